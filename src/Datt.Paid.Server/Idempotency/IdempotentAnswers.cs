using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Server.Idempotency;

/// <summary>An answer as it went out: what a repeat of the request gets again.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="ContentType">Of the body, or null without one.</param>
/// <param name="Location">The header of that name, if there was one.</param>
/// <param name="Body">The bytes of the body.</param>
public sealed record KeptAnswer(int Status, string? ContentType, string? Location, byte[] Body);

/// <summary>
/// Answers to requests with an <c>Idempotency-Key</c>, kept for <see cref="Lifetime"/>. An answer may hold a secret (a new API key), so it is
/// encrypted with a key made from the caller's Idempotency-Key, of which only a hash is kept: the database alone opens none.
/// </summary>
public sealed class IdempotentAnswers(Database database, TimeProvider time)
{
    /// <summary>How long the same key gives the same answer.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);

    /// <summary>Largest body that is kept, in bytes.</summary>
    public const int MaxBody = 64 * 1_024;

    private const int MaxKept = 200_000;
    private const int NonceSize = 12;
    private const int TagSize = 16;

    /// <summary>The answer that was given to this key, if it is still kept.</summary>
    public async Task<KeptAnswer?> FindAsync(string scope, string key, CancellationToken ct)
    {
        var id = IdOf(scope, key);
        var oldest = time.GetUtcNow() - Lifetime;
        var row = await database.ReadAsync(db => db.IdempotencyRecords.FirstOrDefaultAsync(r => r.Id == id && r.At > oldest, ct), ct);
        return row is null ? null : Open(row.Body, scope, key);
    }

    /// <summary>Keeps an answer; of two for one key the first stays. Larger ones than <see cref="MaxBody"/> are not kept.</summary>
    public async Task KeepAsync(string scope, string key, KeptAnswer answer, CancellationToken ct)
    {
        if (answer.Body.Length > MaxBody)
            return;
        var id = IdOf(scope, key);
        var now = time.GetUtcNow();
        var body = Seal(answer, scope, key);
        await database.WriteAsync(
            async db =>
            {
                var row = await db.IdempotencyRecords.FirstOrDefaultAsync(r => r.Id == id, ct);
                if (row is not null && row.At > now - Lifetime)
                    return;
                if (row is not null)
                    db.IdempotencyRecords.Remove(row);
                await db.SaveChangesAsync(ct);
                db.IdempotencyRecords.Add(new IdempotencyRecord { Id = id, Request = "", Status = answer.Status, Body = body, At = now });
            }, ct);
    }

    /// <summary>Deletes what is too old, and the oldest beyond the bound; returns how many.</summary>
    public Task<int> PurgeAsync(CancellationToken ct)
    {
        var oldest = time.GetUtcNow() - Lifetime;
        return database.WriteAsync(
            async db =>
            {
                var deleted = await db.IdempotencyRecords.Where(r => r.At <= oldest).ExecuteDeleteAsync(ct);
                var excess = await db.IdempotencyRecords.CountAsync(ct) - MaxKept;
                if (excess > 0)
                {
                    var last = await db.IdempotencyRecords.OrderBy(r => r.At).Skip(excess - 1).Select(r => r.At).FirstAsync(ct);
                    deleted += await db.IdempotencyRecords.Where(r => r.At <= last).ExecuteDeleteAsync(ct);
                }
                return deleted;
            }, ct);
    }

    private static string IdOf(string scope, string key) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"id\n{scope}\n{key}")));

    private static byte[] SecretOf(string scope, string key) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key), 32, info: Encoding.UTF8.GetBytes("answer\n" + scope));

    private static string Seal(KeptAnswer answer, string scope, string key)
    {
        var plain = JsonSerializer.SerializeToUtf8Bytes(answer);
        var bytes = new byte[NonceSize + plain.Length + TagSize];
        RandomNumberGenerator.Fill(bytes.AsSpan(0, NonceSize));
        using var aes = new AesGcm(SecretOf(scope, key), TagSize);
        aes.Encrypt(bytes.AsSpan(0, NonceSize), plain, bytes.AsSpan(NonceSize, plain.Length), bytes.AsSpan(NonceSize + plain.Length));
        return Convert.ToBase64String(bytes);
    }

    private static KeptAnswer? Open(string body, string scope, string key)
    {
        var bytes = Convert.FromBase64String(body);
        var plain = new byte[bytes.Length - NonceSize - TagSize];
        using var aes = new AesGcm(SecretOf(scope, key), TagSize);
        aes.Decrypt(bytes.AsSpan(0, NonceSize), bytes.AsSpan(NonceSize, plain.Length), bytes.AsSpan(NonceSize + plain.Length), plain);
        return JsonSerializer.Deserialize<KeptAnswer>(plain);
    }
}
