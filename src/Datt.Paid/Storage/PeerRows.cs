namespace Datt.Paid.Storage;

/// <summary>Bytes of runs that went to and came from another server.</summary>
public sealed class PeerTrafficRow
{
    public required string ServerId { get; set; }

    public long Given { get; set; }

    public long Taken { get; set; }

    /// <summary>The part of <see cref="Given"/> that was not for bytes taken.</summary>
    public long Covered { get; set; }

    public DateTimeOffset At { get; set; }
}

/// <summary>Our account at a server that serves subscribers alone.</summary>
public sealed class PeerKeyRow
{
    public required string ServerId { get; set; }

    /// <summary>An API key there, with the scopes <c>account</c> and <c>federation</c>.</summary>
    public required string ApiKey { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
}

/// <summary>How a purchase stands.</summary>
public enum PeerPurchaseState
{
    /// <summary>Nothing can be paid yet: there is no invoice.</summary>
    Planned,

    /// <summary>There is an invoice, and it was not paid by us: <see cref="PeerPurchaseRow.Problem"/> says why. Anybody may pay it.</summary>
    Waiting,

    /// <summary>The money was set aside and the payment is being made.</summary>
    Paying,

    /// <summary>It is not known whether money went. It counts as spent and is not paid again until an operator or the seller says.</summary>
    Uncertain,

    Paid,
}

/// <summary>One period of a subscription at another server; at most one payment belongs to it.</summary>
public sealed class PeerPurchaseRow
{
    public required string Id { get; set; }

    public required string ServerId { get; set; }

    /// <summary>1 for the first period, then on; unique for each server.</summary>
    public int Number { get; set; }

    public PeerPurchaseState State { get; set; }

    public int Months { get; set; }

    /// <summary>Invoices asked for so far; the newest stands below.</summary>
    public int Attempt { get; set; }

    public string? InvoiceId { get; set; }

    /// <summary>BOLT11; null where the seller takes no Lightning.</summary>
    public string? Lightning { get; set; }

    public string? CheckoutUrl { get; set; }

    public long Sats { get; set; }

    public DateTimeOffset? InvoiceExpiresAt { get; set; }

    /// <summary>Set aside with the highest fee; what really went, once that is known.</summary>
    public long SpentSats { get; set; }

    /// <summary>The same in <see cref="Currency"/> at the rate of <see cref="PaidAt"/>, whole numbers of 1e-8.</summary>
    public long SpentUnits { get; set; }

    /// <summary>The budget's currency when the money was set aside.</summary>
    public string? Currency { get; set; }

    /// <summary>When the money was set aside; it belongs to that month's (UTC) budget.</summary>
    public DateTimeOffset? PaidAt { get; set; }

    /// <summary>Until then the bought period lasts.</summary>
    public DateTimeOffset? To { get; set; }

    public string? Problem { get; set; }

    /// <summary>When it is looked at next.</summary>
    public DateTimeOffset DueAt { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public long Version { get; set; }
}
