namespace Datt.Paid.Storage;

/// <summary>Where an invoice stands in our books; nothing leaves <see cref="Settled"/>.</summary>
public enum InvoiceStatus : byte
{
    New,
    Processing,
    Settled,
    Expired,
    Invalid,
}

public enum InvoiceDetail : byte
{
    None,
    PaidPartial,
    PaidOver,
    PaidLate,
    Marked,
}

public enum InvoicePurpose : byte
{
    Purchase,
    Deposit,
    Renewal,
}

/// <summary>A request for money. Price and rate are those of its creation.</summary>
public sealed class Invoice
{
    public required string Id { get; set; }

    public required string AccountId { get; set; }

    public InvoicePurpose Purpose { get; set; }

    /// <summary>Names the request that made it; unique per account, so a repeated request finds it again.</summary>
    public string? Operation { get; set; }

    public required string Provider { get; set; }

    public required string Store { get; set; }

    /// <summary>Null until the provider has answered.</summary>
    public string? ProviderId { get; set; }

    /// <summary>Zero for a deposit.</summary>
    public int Months { get; set; }

    public required string Currency { get; set; }

    /// <summary>Price of one month.</summary>
    public long PriceUnits { get; set; }

    /// <summary>What is asked for.</summary>
    public long AmountUnits { get; set; }

    /// <summary>What its own payments and adjustments brought so far.</summary>
    public long CreditedUnits { get; set; }

    /// <summary>Why more than price times months is asked for.</summary>
    public string? Note { get; set; }

    /// <summary>Currency units (1e-8) for one bitcoin.</summary>
    public long RateUnits { get; set; }

    public InvoiceStatus Status { get; set; }

    public InvoiceDetail Detail { get; set; }

    /// <summary>What the invoice asked for in all, in satoshi.</summary>
    public long TotalSats { get; set; }

    /// <summary>What is still missing.</summary>
    public long DueSats { get; set; }

    public long PaidSats { get; set; }

    public string? Address { get; set; }

    public string? Bip21 { get; set; }

    public string? Lightning { get; set; }

    public string? CheckoutUrl { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset ExpiresAt { get; set; }

    public DateTimeOffset? SettledAt { get; set; }

    public bool Sandbox { get; set; }

    /// <summary>Goes up with every change; what was read from the provider before another change is read again.</summary>
    public long Version { get; set; }

    /// <summary>What the provider said last, in short; the same again needs no transaction.</summary>
    public string? Seen { get; set; }

    /// <summary>When reconciliation reads it next; null when it cannot be paid any more.</summary>
    public DateTimeOffset? NextReadAt { get; set; }
}

/// <summary>One transition of an invoice and its cause; append-only.</summary>
public sealed class InvoiceEvent : IAppendOnly
{
    public long Id { get; set; }

    public required string InvoiceId { get; set; }

    public DateTimeOffset At { get; set; }

    public InvoiceStatus From { get; set; }

    public InvoiceStatus To { get; set; }

    public InvoiceDetail Detail { get; set; }

    public required string Cause { get; set; }
}

public enum LedgerKind : byte
{
    Payment,
    Charge,
    Refund,
    Adjustment,
}

/// <summary>One movement of an account's balance, in 1e-8 units of the currency; append-only. The balance is the sum.</summary>
public sealed class LedgerEntry : IAppendOnly
{
    public long Id { get; set; }

    public required string AccountId { get; set; }

    public LedgerKind Kind { get; set; }

    /// <summary>Positive is money in.</summary>
    public long Units { get; set; }

    public required string Currency { get; set; }

    public DateTimeOffset At { get; set; }

    /// <summary>What was paid, charged or decided; unique, so the same thing counts once.</summary>
    public required string Key { get; set; }

    public string? InvoiceId { get; set; }

    public string? Cause { get; set; }

    /// <summary>Not real money: counts only while the provider is the sandbox.</summary>
    public bool Sandbox { get; set; }
}

/// <summary>Paid access for [From, To) of an account.</summary>
public sealed class Period
{
    public long Id { get; set; }

    public required string AccountId { get; set; }

    public DateTimeOffset From { get; set; }

    public DateTimeOffset To { get; set; }

    /// <summary>Start of the unbroken series; To is that plus <see cref="SeriesMonths"/> calendar months.</summary>
    public DateTimeOffset SeriesStart { get; set; }

    public int SeriesMonths { get; set; }

    /// <summary>Paid for one month.</summary>
    public long PriceUnits { get; set; }

    /// <summary>What the ledger was charged for all of it; zero for a provisional one.</summary>
    public long ChargedUnits { get; set; }

    public required string Currency { get; set; }

    public string? InvoiceId { get; set; }

    /// <summary>Taken back before its time was over: To is then, no grace follows, and nothing continues its series.</summary>
    public bool EndedEarly { get; set; }

    /// <summary>Opened by an unconfirmed payment; replaced when it settles, removed when it goes.</summary>
    public bool Provisional { get; set; }

    public bool Sandbox { get; set; }
}

public enum RefundState : byte
{
    /// <summary>Debited; the provider was not asked yet.</summary>
    Debited,

    /// <summary>The provider was asked and its answer is not known: asking again could pay twice, so an operator decides.</summary>
    Uncertain,

    /// <summary>The payer can collect it.</summary>
    Open,

    /// <summary>The payer has asked for it, or the operator paid it by hand.</summary>
    Claimed,

    /// <summary>Refused or withdrawn; the amount was booked back.</summary>
    BookedBack,
}

/// <summary>Money on its way back to a payer.</summary>
public sealed class Refund
{
    /// <summary>Names the operation; asked for again, it is the same refund.</summary>
    public required string Id { get; set; }

    public required string AccountId { get; set; }

    public required string InvoiceId { get; set; }

    public long Units { get; set; }

    public required string Currency { get; set; }

    public RefundState State { get; set; }

    /// <summary>Why, in the operator's words.</summary>
    public required string Reason { get; set; }

    /// <summary>What the provider said, where it refused.</summary>
    public string? Detail { get; set; }

    /// <summary>The provider's id of it.</summary>
    public string? ProviderId { get; set; }

    /// <summary>Where the payer collects it.</summary>
    public string? ClaimUrl { get; set; }

    public DateTimeOffset At { get; set; }

    /// <summary>When the provider is asked next; null when all is said.</summary>
    public DateTimeOffset? NextLookAt { get; set; }
}

/// <summary>A Lightning invoice for a pass that belongs to no account. Deleted when it expires unpaid.</summary>
public sealed class PassSale
{
    /// <summary>64 hexadecimal digits; names the payment for good.</summary>
    public required string PaymentHash { get; set; }

    public required string Provider { get; set; }

    public required string Store { get; set; }

    public required string ProviderId { get; set; }

    /// <summary>What is asked for; once paid, what came in.</summary>
    public long Sats { get; set; }

    public required string Currency { get; set; }

    /// <summary>Currency units (1e-8) for one bitcoin when it was made.</summary>
    public long RateUnits { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset PayableUntil { get; set; }

    /// <summary>When the payment was booked; null before.</summary>
    public DateTimeOffset? PaidAt { get; set; }

    /// <summary>When the provider is asked; null once it is paid.</summary>
    public DateTimeOffset? NextReadAt { get; set; }

    public bool Sandbox { get; set; }
}

/// <summary>A published price of one month; append-only.</summary>
public sealed class PricePoint : IAppendOnly
{
    public long Id { get; set; }

    public DateTimeOffset PublishedAt { get; set; }

    public DateTimeOffset EffectiveFrom { get; set; }

    public long Units { get; set; }

    public required string Currency { get; set; }

    public required string Model { get; set; }

    /// <summary>The options it was computed under.</summary>
    public required string Options { get; set; }

    public long Records { get; set; }

    public long Origins { get; set; }

    public long NetworkRecords { get; set; }
}

public enum NoticeKind : byte
{
    RenewalDue,
    EndsSoon,
    Grace,
    Expired,
    Renewed,
    ProvisionalLost,
}

/// <summary>Something the owner of an account should hear, once.</summary>
public sealed class Notice
{
    public long Id { get; set; }

    public required string AccountId { get; set; }

    public NoticeKind Kind { get; set; }

    /// <summary>What it is about; unique with account and kind.</summary>
    public required string Subject { get; set; }

    public DateTimeOffset At { get; set; }

    public string? InvoiceId { get; set; }

    /// <summary>One for each way that the account had when it was written.</summary>
    public List<NoticeDelivery> Deliveries { get; } = [];
}

/// <summary>Rows that are only ever added: changing or deleting one is refused.</summary>
public interface IAppendOnly;
