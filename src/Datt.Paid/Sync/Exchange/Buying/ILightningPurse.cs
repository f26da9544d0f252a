namespace Datt.Paid.Sync.Exchange.Buying;

/// <summary>What buying needs of a Lightning node that may spend.</summary>
public interface ILightningPurse
{
    /// <summary>Whether there is one at all.</summary>
    bool CanPay { get; }

    /// <summary>Satoshi for one unit of a currency, more than 0; null where no rate is known now.</summary>
    Task<decimal?> SatsPerUnitAsync(string currency, CancellationToken ct);

    /// <summary>Pays an invoice. Called at most once for one; whatever goes wrong is an outcome.</summary>
    /// <param name="bolt11">The invoice.</param>
    /// <param name="maxFeeSats">Highest fee beside its amount.</param>
    /// <param name="ct">Stops waiting; what was sent may arrive all the same.</param>
    Task<PayOutcome> PayAsync(string bolt11, long maxFeeSats, CancellationToken ct);
}

/// <summary>What came of a payment.</summary>
public abstract record PayOutcome
{
    /// <param name="Sats">What it cost with the fee, rounded up.</param>
    public sealed record Paid(long Sats) : PayOutcome;

    /// <summary>Surely no money went.</summary>
    public sealed record NotPaid(string Reason) : PayOutcome;

    /// <summary>Money may have gone, or may still go.</summary>
    public sealed record Unknown(string Reason) : PayOutcome;
}
