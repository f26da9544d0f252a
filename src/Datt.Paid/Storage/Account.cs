using Microsoft.AspNetCore.Identity;

namespace Datt.Paid.Storage;

/// <summary>Who subscribes. <see cref="IdentityUser{TKey}.UserName"/> is the id; e-mail and password are optional.</summary>
public sealed class Account : IdentityUser
{
    /// <summary>A label for people; need not be unique.</summary>
    public string? Name { get; set; }

    /// <summary>Where signed notices are posted.</summary>
    public string? NoticeUrl { get; set; }

    public bool AutoRenew { get; set; } = true;

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Goes up with everything that touches the account's money; two writers cannot both succeed from the same value.</summary>
    public long Version { get; set; }

    /// <summary>UTC day (days since 1970) that <see cref="TrialUsed"/> counts.</summary>
    public int TrialDay { get; set; }

    public int TrialUsed { get; set; }

    /// <summary>A provisional period was lost once: no further access before confirmation.</summary>
    public bool ProvisionalLost { get; set; }

    public DateTimeOffset? SuspendedAt { get; set; }

    public string? SuspendedReason { get; set; }
}

/// <summary>What a key may be used for.</summary>
[Flags]
public enum Scopes : byte
{
    None = 0,
    Account = 1,
    Search = 2,
    Announce = 4,
    Federation = 8,
    Operator = 16,
}

/// <summary>A credential of an account. Only the SHA-256 of the key is kept.</summary>
public sealed class ApiKey
{
    public required string Id { get; set; }

    public required string AccountId { get; set; }

    public required string Name { get; set; }

    public Scopes Scopes { get; set; }

    /// <summary>The first characters of the key, to recognise it in a list.</summary>
    public required string Prefix { get; set; }

    public required byte[] Hash { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? LastUsedAt { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }
}

/// <summary>Says that something about an account changed which an entitlement depends on. Readers tail it by <see cref="Id"/>.</summary>
public sealed class AccountChange
{
    public long Id { get; set; }

    public required string AccountId { get; set; }
}
