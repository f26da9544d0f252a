using System.Globalization;
using Datt.Paid.Pricing;
using Datt.Paid.Storage;

namespace Datt.Paid.Payments.BitcoinCore;

/// <summary>What was asked for at an address. A node knows no invoices; this comes from our own row, or from the label at the address.</summary>
/// <param name="Address">Also the invoice's id here: each address is given to one invoice only.</param>
internal sealed record ChainInvoice(
    string Address, string OrderId, Money Amount, decimal Rate, long TotalSats, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt,
    IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>How long after its expiry an invoice that was paid in full waits for confirmations: a mempool forgets as late.</summary>
    public static readonly TimeSpan Monitoring = TimeSpan.FromDays(14);

    /// <summary>How long a payment in no block may be missing from the mempool (after a restart of the node, say) before it counts as gone.</summary>
    public static readonly TimeSpan Unseen = TimeSpan.FromMinutes(15);

    /// <param name="row">An invoice that was given its address.</param>
    public static ChainInvoice Of(Invoice row) => new(
        row.ProviderId!, row.Id, new Money(row.AmountUnits, row.Currency), (decimal)row.RateUnits / Money.Scale, row.TotalSats, row.CreatedAt,
        row.ExpiresAt, new Dictionary<string, string>());

    /// <summary>The invoice as it stands. Pure.</summary>
    /// <param name="outputs">Everything that ever paid the address.</param>
    public ProviderInvoice Show(IEnumerable<ChainPayment> outputs, BitcoinCoreOptions options, DateTimeOffset now)
    {
        var standing = outputs.Where(p => Stands(p, now)).OrderBy(p => p.ReceivedAt).ThenBy(p => p.Id, StringComparer.Ordinal).ToList();
        var payments = standing
            .Select(p => new ProviderPayment(p.Id, PaymentMethod.OnChain, p.Sats, p.ReceivedAt, p.Confirmations >= options.Confirmations)).ToList();
        return new ProviderInvoice
        {
            Id = Address,
            OrderId = OrderId,
            Status = Status(payments, now),
            Amount = Amount,
            Rate = Rate,
            TotalSats = TotalSats,
            CreatedAt = CreatedAt,
            ExpiresAt = ExpiresAt,
            Address = Address,
            Bip21 = string.Create(CultureInfo.InvariantCulture, $"bitcoin:{Address}?amount={new Money(TotalSats, "BTC").Amount:0.00000000}"),
            Payments = payments,
            MayBeUndone = standing.Exists(p => p.Confirmations >= options.Confirmations && p.Confirmations < options.FinalDepth),
            Metadata = Metadata,
        };
    }

    private static bool Stands(ChainPayment payment, DateTimeOffset now) =>
        payment.Confirmations > 0 || (payment.Confirmations == 0 && (payment.UnseenSince is not { } since || now < since + Unseen));

    private ProviderStatus Status(List<ProviderPayment> payments, DateTimeOffset now)
    {
        var inTime = payments.Where(p => p.ReceivedAt < ExpiresAt).ToList();
        if (inTime.Where(p => p.Settled).Sum(p => p.Sats) >= TotalSats)
            return ProviderStatus.Settled;
        if (inTime.Sum(p => p.Sats) >= TotalSats)
            return now < ExpiresAt + Monitoring ? ProviderStatus.Processing : ProviderStatus.Invalid;
        return now < ExpiresAt ? ProviderStatus.New : ProviderStatus.Expired;
    }
}
