using Datt.Paid.Accounts;
using Datt.Paid.Server.Pricing;
using Datt.Paid.Storage;

namespace Datt.Paid.Server.Accounts;

/// <summary>What an account is opened with; all of it is optional.</summary>
/// <param name="Name">A label; need not be unique.</param>
/// <param name="Email">Where notices go.</param>
/// <param name="Password">For the console.</param>
public sealed record AccountRequest(string? Name, string? Email, string? Password);

/// <summary>A new account. The key is shown this once.</summary>
public sealed record NewAccountAnswer(string AccountId, string ApiKey);

/// <summary>Where notices go; what is left out stays, null or an empty text clears.</summary>
public sealed record AccountChangeRequest
{
    // The setter runs for what the body names, and for nothing else.
    private bool _namesUrl;
    private bool _namesEmail;

    public string? NoticeUrl { get; set => (field, _namesUrl) = (value, true); }

    public string? Email { get; set => (field, _namesEmail) = (value, true); }

    public AccountPatch ToPatch() => new(_namesUrl ? NoticeUrl ?? "" : null, _namesEmail ? Email ?? "" : null);
}

/// <summary>The subscription of an account; <c>state</c> is none, active, grace, expired or suspended.</summary>
public sealed record SubscriptionAnswer(string State, DateTimeOffset? PaidUntil, bool AutoRenew);

/// <summary>Trial searches of a day (UTC), and limits.</summary>
public sealed record QuotaAnswer(int FreeQueriesPerDay, int FreeQueriesUsed, double RequestsPerSecond);

/// <summary>An account as its owner sees it.</summary>
public sealed record AccountAnswer(
    string AccountId, string? Name, string? Email, string? NoticeUrl, DateTimeOffset CreatedAt, SubscriptionAnswer Subscription, MoneyAnswer Balance,
    QuotaAnswer Quota);

/// <summary>A key to make.</summary>
/// <param name="Name">What the owner calls it.</param>
/// <param name="Scopes">One or more of account, search, announce, federation.</param>
public sealed record KeyRequest(string? Name, IReadOnlyList<string?>? Scopes);

/// <summary>A new key, shown this once.</summary>
public sealed record NewKeyAnswer(string Id, string Name, IReadOnlyList<string> Scopes, string ApiKey, DateTimeOffset CreatedAt);

/// <summary>A key as its owner sees it later.</summary>
public sealed record KeyAnswer(
    string Id, string Name, IReadOnlyList<string> Scopes, string Prefix, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt)
{
    public static KeyAnswer Of(ApiKey row) =>
        new(row.Id, row.Name, [.. ApiKeyService.Names(row.Scopes)], row.Prefix, row.CreatedAt, row.LastUsedAt);
}

/// <summary>All keys of an account that work; never more than one page.</summary>
public sealed record KeysAnswer(IReadOnlyList<KeyAnswer> Keys, string? Next);
