using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Storage;

public abstract record IdempotencyLookup
{
    /// <summary>Not seen within the last day: answer the request, then keep the answer.</summary>
    public sealed record New : IdempotencyLookup;

    public sealed record Known(int Status, string Body) : IdempotencyLookup;

    /// <summary>The key was used for another request.</summary>
    public sealed record OtherRequest : IdempotencyLookup;
}

/// <summary>Answers given to an <c>Idempotency-Key</c>: the same key within a day gets the same answer.</summary>
public sealed class IdempotencyRecords(Database database)
{
    public static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    /// <summary>Longest key that is accepted, in characters.</summary>
    public const int MaximumKeyLength = 200;

    /// <summary>Longer answers are not kept.</summary>
    private const int MaximumBody = 64 * 1024;

    /// <summary>The name of a request: who (an account, or an address without one), where, and the key. Also fit as an operation's name.</summary>
    public static string NameOf(string caller, string route, string key) => Hash($"{caller}\n{route}\n{key}");

    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    public Task<IdempotencyLookup> FindAsync(string name, string requestBody, DateTimeOffset now, CancellationToken ct) =>
        database.ReadAsync<IdempotencyLookup>(async db =>
        {
            var since = now - Kept;
            if (await db.IdempotencyRecords.SingleOrDefaultAsync(r => r.Id == name && r.At >= since, ct) is not { } record)
                return new IdempotencyLookup.New();
            return record.Request == Hash(requestBody)
                ? new IdempotencyLookup.Known(record.Status, record.Body)
                : new IdempotencyLookup.OtherRequest();
        }, ct);

    /// <summary>Keeps an answer. The first one stays; later ones of the same name are ignored.</summary>
    public Task KeepAsync(string name, string requestBody, int status, string body, DateTimeOffset now, CancellationToken ct) =>
        database.WriteAsync(async db =>
        {
            if (body.Length > MaximumBody)
                return;
            var since = now - Kept;
            await db.IdempotencyRecords.Where(r => r.Id == name && r.At < since).ExecuteDeleteAsync(ct);
            if (!await db.IdempotencyRecords.AnyAsync(r => r.Id == name, ct))
                db.IdempotencyRecords.Add(new IdempotencyRecord { Id = name, Request = Hash(requestBody), Status = status, Body = body, At = now });
        }, ct);
}
