namespace Datt.Paid.Storage;

/// <summary>Which account a node of this server belongs to.</summary>
public sealed class NodeOwner
{
    public required string NodeId { get; set; }

    public required string AccountId { get; set; }

    public DateTimeOffset FirstSeen { get; set; }

    public DateTimeOffset LastSeen { get; set; }
}

/// <summary>An address of another server, and how it was met.</summary>
public sealed class KnownServerRow
{
    public required string Url { get; set; }

    /// <summary>Null where no card was ever accepted from it, as is <see cref="Card"/>.</summary>
    public string? Id { get; set; }

    /// <summary>The newest accepted card, as it was signed.</summary>
    public byte[]? Card { get; set; }

    public int State { get; set; }

    public string? Problem { get; set; }

    public DateTimeOffset FirstSeen { get; set; }

    public DateTimeOffset? LastSeen { get; set; }

    public DateTimeOffset Due { get; set; }

    public int Failures { get; set; }

    /// <summary>Who named it first.</summary>
    public required string Source { get; set; }

    public int Depth { get; set; }
}

/// <summary>A complaint about a content, for the operator.</summary>
public sealed class ContentReport
{
    public long Id { get; set; }

    public required string ContentId { get; set; }

    public required string AccountId { get; set; }

    public required string Reason { get; set; }

    public DateTimeOffset At { get; set; }

    public DateTimeOffset? HandledAt { get; set; }
}

/// <summary>The answer once given to an Idempotency-Key, kept for a day.</summary>
public sealed class IdempotencyRecord
{
    /// <summary>SHA-256 over account (or address), route and key.</summary>
    public required string Id { get; set; }

    /// <summary>SHA-256 of the request's body: the same key with another body is a mistake.</summary>
    public required string Request { get; set; }

    public int Status { get; set; }

    public required string Body { get; set; }

    public DateTimeOffset At { get; set; }
}

/// <summary>What an operator set at run time; wins over the configuration file.</summary>
public sealed class Setting
{
    public required string Key { get; set; }

    public required string Value { get; set; }

    public DateTimeOffset At { get; set; }
}

/// <summary>An invoice of the built-in sandbox provider: its own books, apart from ours.</summary>
public sealed class SandboxInvoice
{
    public required string Id { get; set; }

    public required string OrderId { get; set; }

    public required string Currency { get; set; }

    public long AmountUnits { get; set; }

    public long RateUnits { get; set; }

    public long TotalSats { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset ExpiresAt { get; set; }

    public bool OnChain { get; set; }

    /// <summary>JSON object of strings.</summary>
    public required string Metadata { get; set; }
}

public sealed class SandboxPayment
{
    public required string Id { get; set; }

    public required string InvoiceId { get; set; }

    public long Sats { get; set; }

    public DateTimeOffset ReceivedAt { get; set; }
}
