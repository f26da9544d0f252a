using System.Text.Json;

namespace Datt.Paid.Client;

/// <summary>What an account starts with; all of it may be left out.</summary>
/// <param name="Name">Only a label, need not be unique.</param>
/// <param name="Email">For notices and for signing in to the portal.</param>
/// <param name="Password">For signing in to the portal.</param>
public sealed record NewAccount(string? Name = null, string? Email = null, string? Password = null);

/// <summary>An account was made.</summary>
/// <param name="AccountId">Opaque id.</param>
/// <param name="ApiKey">Its first key, with the scopes <c>account</c>, <c>search</c>, <c>announce</c>; shown this once.</param>
public sealed record CreatedAccount(string AccountId, string ApiKey);

/// <summary>Where notices go; null leaves a field as it is, an empty text clears it.</summary>
public sealed record AccountChange(string? NoticeUrl = null, string? Email = null);

/// <summary>An account as its owner sees it.</summary>
public sealed record Account
{
    /// <summary>Opaque id.</summary>
    public string AccountId { get => field ?? ""; init; }

    /// <summary>The label it was made with.</summary>
    public string? Name { get; init; }

    /// <summary>Notices are mailed there.</summary>
    public string? Email { get; init; }

    /// <summary>Notices are posted there, signed with the server's key.</summary>
    public string? NoticeUrl { get; init; }

    /// <summary>Whether its keys may search, and until when.</summary>
    public SubscriptionState Subscription { get => field ?? new(); init; }

    /// <summary>What is left of its payments.</summary>
    public Money? Balance { get; init; }

    /// <summary>Trial quota and limits, as the server words them.</summary>
    public JsonElement? Quota { get; init; }
}

/// <summary>State of a subscription.</summary>
public sealed record SubscriptionState
{
    /// <summary><c>none</c>, <c>active</c>, <c>grace</c>, <c>expired</c> or <c>suspended</c>.</summary>
    public string State { get => field ?? "none"; init; }

    /// <summary>End of the last month paid for.</summary>
    public DateTimeOffset? PaidUntil { get; init; }

    /// <summary>Whether it is renewed from the balance.</summary>
    public bool AutoRenew { get; init; }
}

/// <summary>Asks for a key.</summary>
/// <param name="Name">What it is for.</param>
/// <param name="Scopes">Some of <c>account</c>, <c>search</c>, <c>announce</c>, <c>federation</c>.</param>
public sealed record NewKey(string Name, IReadOnlyList<string> Scopes);

/// <summary>A key as listed: without its secret.</summary>
public record ApiKey
{
    /// <summary>Names the key in calls.</summary>
    public string Id { get => field ?? ""; init; }

    /// <summary>What it is for.</summary>
    public string? Name { get; init; }

    /// <summary>What it may do.</summary>
    public IReadOnlyList<string> Scopes { get => field ?? []; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset? CreatedAt { get; init; }
}

/// <summary>A new key with its secret, which is shown this once.</summary>
public sealed record CreatedKey : ApiKey
{
    /// <summary>What goes into <c>Authorization: Bearer</c>. Named <c>apiKey</c> on the wire.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("apiKey")]
    public string Secret { get => field ?? ""; init; }
}

/// <summary>A page of keys.</summary>
public sealed record KeyList
{
    /// <summary>The keys.</summary>
    public IReadOnlyList<ApiKey> Keys { get => field ?? []; init; }

    /// <summary>Cursor of the next page; null at the end.</summary>
    public string? Next { get; init; }
}
