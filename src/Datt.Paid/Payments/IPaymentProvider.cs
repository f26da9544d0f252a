using Datt.Paid.Pricing;

namespace Datt.Paid.Payments;

/// <summary>
/// What Payments asks of a payment system. Answers are what the system says now; nothing here decides what they mean for an account.
/// Every call may throw <see cref="ProviderUnavailableException"/>; any call may be repeated, but creating twice makes two invoices,
/// so a repeat is preceded by <see cref="FindAsync"/>.
/// </summary>
public interface IPaymentProvider
{
    PaymentProviderKind Kind { get; }

    /// <summary>The store or wallet at the provider; kept with each invoice. Empty while its settings are not there: then it is not used.</summary>
    string Store { get; }

    /// <summary>
    /// A payment that it called settled and does not list any more was undone by the network. False where such a payment stays listed.
    /// </summary>
    bool ReportsUndonePayments => false;

    /// <summary>The way its invoices can be paid, and what one bitcoin is worth in the currency now.</summary>
    Task<ProviderTerms> TermsAsync(string currency, DateTimeOffset now, CancellationToken ct);

    /// <summary>Makes an invoice. The answer holds what the provider made of it: amounts may have been rounded.</summary>
    Task<ProviderInvoice> CreateAsync(ProviderInvoiceRequest request, DateTimeOffset now, CancellationToken ct);

    /// <summary>The invoice made for an id of ours, or null.</summary>
    Task<ProviderInvoice?> FindAsync(string orderId, DateTimeOffset now, CancellationToken ct);

    /// <summary>The invoice as it stands with all its payments, or null when the provider does not know it.</summary>
    Task<ProviderInvoice?> ReadAsync(string providerId, DateTimeOffset now, CancellationToken ct);

    /// <summary>A page of all invoices created at or after <paramref name="since"/>, oldest or newest first but always in the same order.</summary>
    /// <param name="cursor">Null for the first page, else the answer's <see cref="ProviderPage.Next"/>.</param>
    Task<ProviderPage> ListAsync(DateTimeOffset since, string? cursor, int take, DateTimeOffset now, CancellationToken ct);

    /// <summary>
    /// Makes one claimable refund. A repetition may make a second one, and nothing can be looked up: after a
    /// <see cref="ProviderUnavailableException"/> it is for a person to see whether the refund was made.
    /// </summary>
    Task<ProviderRefundOutcome> RefundAsync(ProviderRefundRequest request, DateTimeOffset now, CancellationToken ct);

    /// <summary>What became of a refund.</summary>
    /// <param name="refundId">Id of <see cref="ProviderRefundOutcome.Made"/>.</param>
    Task<ProviderRefundState> RefundStateAsync(string refundId, DateTimeOffset now, CancellationToken ct);
}

/// <summary>The payment system cannot be reached or cannot serve now; asking again later may help.</summary>
public sealed class ProviderUnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What buyers are told; null for the usual words. The message itself is for the operator's log.</summary>
    public string? ForBuyers { get; init; }
}

/// <summary>A way to pay.</summary>
public enum PaymentMethod
{
    Lightning,
    OnChain,
}

/// <param name="MinimumSats">Least that the provider itself accepts this way (the dust limit on-chain).</param>
public sealed record ProviderMethod(PaymentMethod Method, long MinimumSats);

/// <param name="Rate">Currency units for one bitcoin.</param>
public sealed record ProviderTerms(IReadOnlyList<ProviderMethod> Methods, decimal Rate);

/// <param name="OrderId">Our own invoice id.</param>
/// <param name="Methods">Ways that may be offered to the payer.</param>
/// <param name="Metadata">Comes back with the invoice: what is needed to adopt it after our database was restored.</param>
public sealed record ProviderInvoiceRequest(
    string OrderId, Money Amount, IReadOnlyList<PaymentMethod> Methods, DateTimeOffset ExpiresAt, string Description,
    IReadOnlyDictionary<string, string> Metadata);

public enum ProviderStatus
{
    New,
    Processing,
    Settled,
    Expired,
    Invalid,
}

/// <summary>An invoice as the payment system shows it.</summary>
public sealed record ProviderInvoice
{
    public required string Id { get; init; }

    public required string OrderId { get; init; }

    public required ProviderStatus Status { get; init; }

    /// <summary>The status was set by hand at the provider.</summary>
    public bool Marked { get; init; }

    public required Money Amount { get; init; }

    /// <summary>Currency units for one bitcoin, fixed when the invoice was made.</summary>
    public required decimal Rate { get; init; }

    /// <summary>What was asked for in all, in satoshi.</summary>
    public required long TotalSats { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public string? Address { get; init; }

    public string? Bip21 { get; init; }

    public string? Lightning { get; init; }

    public string? CheckoutUrl { get; init; }

    public IReadOnlyList<ProviderPayment> Payments { get; init; } = [];

    /// <summary>A settled payment of it is so young that the network may still undo it: it is read again with the open ones.</summary>
    public bool MayBeUndone { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}

/// <param name="Id">Names the payment for good: <c>txid-vout</c> or the payment hash.</param>
/// <param name="Settled">Confirmed as the provider's policy asks; false while it may still vanish.</param>
public sealed record ProviderPayment(string Id, PaymentMethod Method, long Sats, DateTimeOffset ReceivedAt, bool Settled);

public sealed record ProviderPage(IReadOnlyList<ProviderInvoice> Invoices, string? Next);

/// <param name="OperationId">Ours, stored before the call.</param>
public sealed record ProviderRefundRequest(string OperationId, string ProviderInvoiceId, Money Amount, string Description);

public abstract record ProviderRefundOutcome
{
    /// <param name="ClaimUrl">Where the payer collects it.</param>
    public sealed record Made(string Id, string? ClaimUrl) : ProviderRefundOutcome;

    /// <summary>The provider does not refund this; nothing was made.</summary>
    public sealed record Refused(string Reason) : ProviderRefundOutcome;
}

public enum ProviderRefundState
{
    /// <summary>The payer has not collected it yet.</summary>
    Open,

    /// <summary>The payer asked for the money, or has it.</summary>
    Claimed,

    /// <summary>Withdrawn before anything was collected: the money stays here.</summary>
    Withdrawn,

    /// <summary>The provider does not know it.</summary>
    Unknown,
}
