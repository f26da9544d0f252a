namespace Datt.Paid.Payments.L402;

/// <summary>What selling passes needs of a payment side: single Lightning invoices, without an account or anything else around them.</summary>
public interface ILightningMint
{
    PaymentProviderKind Kind { get; }

    /// <summary>Which store of the provider it is; the ids of invoices belong to it.</summary>
    string Store { get; }

    /// <exception cref="ProviderUnavailableException">No invoice can be made now.</exception>
    Task<MintedInvoice> MintAsync(long sats, string description, TimeSpan lifetime, CancellationToken ct);

    /// <summary>How an invoice stands; null when the provider does not know it.</summary>
    /// <exception cref="ProviderUnavailableException">It cannot be asked now.</exception>
    Task<LightningReading?> ReadAsync(string id, CancellationToken ct);
}

/// <param name="Id">The provider's id.</param>
/// <param name="Bolt11">What the buyer's wallet reads.</param>
/// <param name="PaymentHash">64 hexadecimal digits, lower case.</param>
public sealed record MintedInvoice(string Id, string Bolt11, string PaymentHash);

public enum LightningStatus
{
    Unpaid,
    Paid,
    Expired,
}

/// <param name="ReceivedSats">What came in, whole satoshi; zero unless paid.</param>
public sealed record LightningReading(LightningStatus Status, long ReceivedSats, string PaymentHash);
