using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Accounts;

public abstract record ApiKeyOutcome
{
    /// <param name="Key">The key itself, shown once.</param>
    public sealed record Created(ApiKey Row, string Key) : ApiKeyOutcome;

    public sealed record Revoked : ApiKeyOutcome;

    /// <summary>No such key, or another account's.</summary>
    public sealed record NotFound : ApiKeyOutcome;

    public sealed record TooMany(int Maximum) : ApiKeyOutcome;

    /// <param name="Field"><c>name</c> or <c>scopes</c>.</param>
    public sealed record Invalid(string Field, string Reason) : ApiKeyOutcome;
}

/// <summary>
/// The keys of an account. Every key can be revoked, the last one too: a leaked key must be stoppable with nothing but itself. Who
/// wants to keep the account makes a new key first.
/// </summary>
public sealed class ApiKeyService(Database database, IOptions<AccountsOptions> options)
{
    /// <summary>What an owner may give to a key; <see cref="Scopes.Operator"/> is given by operators alone.</summary>
    public const Scopes Ordinary = Scopes.Account | Scopes.Search | Scopes.Announce | Scopes.Federation;

    /// <param name="grantable">What the caller may give away.</param>
    public async Task<ApiKeyOutcome> CreateAsync(
        string accountId, string? name, Scopes scopes, DateTimeOffset now, CancellationToken ct, Scopes grantable = Ordinary)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > 200)
            return new ApiKeyOutcome.Invalid("name", "A key needs a name of at most 200 characters.");
        if (scopes == Scopes.None || (scopes & ~grantable) != 0)
            return new ApiKeyOutcome.Invalid("scopes", $"A key needs one or more of: {string.Join(", ", Names(grantable))}.");
        var key = ApiKeyText.New();
        var maximum = options.Value.MaximumKeys;
        return await database.WriteAsync<ApiKeyOutcome>(async db =>
        {
            if (!await db.Users.AnyAsync(a => a.Id == accountId, ct))
                return new ApiKeyOutcome.NotFound();
            if (await db.ApiKeys.CountAsync(k => k.AccountId == accountId && k.RevokedAt == null, ct) >= maximum)
                return new ApiKeyOutcome.TooMany(maximum);
            var row = Row(key, accountId, name, scopes, now);
            db.ApiKeys.Add(row);
            return new ApiKeyOutcome.Created(row, key);
        }, ct);
    }

    /// <summary>Keys that work, oldest first.</summary>
    public Task<List<ApiKey>> ListAsync(string accountId, CancellationToken ct) => database.ReadAsync(
        db => db.ApiKeys.Where(k => k.AccountId == accountId && k.RevokedAt == null).OrderBy(k => k.CreatedAt).ThenBy(k => k.Id).ToListAsync(ct), ct);

    /// <summary>Once this returns the key is refused.</summary>
    public Task<ApiKeyOutcome> RevokeAsync(string accountId, string keyId, DateTimeOffset now, CancellationToken ct) =>
        database.WriteAsync<ApiKeyOutcome>(async db =>
        {
            var row = await db.ApiKeys.SingleOrDefaultAsync(k => k.Id == keyId && k.AccountId == accountId && k.RevokedAt == null, ct);
            if (row is null)
                return new ApiKeyOutcome.NotFound();
            row.RevokedAt = now;
            return new ApiKeyOutcome.Revoked();
        }, ct);

    /// <summary>Scope names of the HTTP contract, lower case.</summary>
    public static IEnumerable<string> Names(Scopes scopes) =>
        Enum.GetValues<Scopes>().Where(s => s != Scopes.None && scopes.HasFlag(s)).Select(s => s.ToString().ToLowerInvariant());

    /// <summary>Reads one scope name of the HTTP contract.</summary>
    public static bool TryReadScope(string? name, out Scopes scope)
    {
        scope = name switch
        {
            "account" => Scopes.Account,
            "search" => Scopes.Search,
            "announce" => Scopes.Announce,
            "federation" => Scopes.Federation,
            "operator" => Scopes.Operator,
            _ => Scopes.None,
        };
        return scope != Scopes.None;
    }

    internal static ApiKey Row(string key, string accountId, string name, Scopes scopes, DateTimeOffset now) => new()
    {
        Id = ApiKeyText.IdOf(key),
        AccountId = accountId,
        Name = name,
        Scopes = scopes,
        Prefix = ApiKeyText.PrefixOf(key),
        Hash = ApiKeyText.HashOf(key),
        CreatedAt = now,
    };
}
