using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Datt.Paid.Pricing;

namespace Datt.Paid.Payments.BtcPay;

/// <summary>What BTCPay shows of an invoice, in the words of the port.</summary>
internal static class BtcPayReading
{
    private const decimal AllBitcoin = 21_000_000m;
    private const decimal MaximumAmount = 1_000_000_000m;

    /// <summary>The end of the year 9999, in Unix seconds.</summary>
    private const long MaximumTime = 253_402_300_799;

    /// <summary>Null when the invoice cannot be read as one of ours: no way to pay it in bitcoin, a state or amount that is unknown here.</summary>
    public static ProviderInvoice? Of(BtcPayInvoice invoice, IReadOnlyList<BtcPayInvoiceMethod> all)
    {
        var methods = all.Where(m => m.PaymentMethodId is BtcPayInvoiceMethod.OnChain or BtcPayInvoiceMethod.Lightning).ToList();
        if (methods.Count == 0 || methods.Any(m => m.Rate <= 0) || !TryStatus(invoice.Status, out var status)
            || !Currencies.IsKnown(invoice.Currency) || invoice.Amount is <= 0 or > MaximumAmount || !all.All(IsSane)
            || invoice.CreatedTime is < 0 or > MaximumTime || invoice.ExpirationTime is < 0 or > MaximumTime)
        {
            return null;
        }
        var chain = methods.Find(m => m.PaymentMethodId == BtcPayInvoiceMethod.OnChain && m.Activated);
        var lightning = methods.Find(m => m.PaymentMethodId == BtcPayInvoiceMethod.Lightning && m.Activated);
        var metadata = Texts(invoice.Metadata);
        return new ProviderInvoice
        {
            Id = invoice.Id,
            OrderId = metadata.GetValueOrDefault("orderId", ""),
            Status = status.Value,
            Marked = invoice.AdditionalStatus == "Marked",
            Amount = Money.Of(invoice.Amount, invoice.Currency),
            Rate = methods[0].Rate,
            TotalSats = methods.Min(m => Sats(m.Amount - m.PaymentMethodFee)),
            CreatedAt = DateTimeOffset.FromUnixTimeSeconds(invoice.CreatedTime),
            ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(invoice.ExpirationTime),
            Address = Text(chain?.Destination),
            Bip21 = Text(chain?.PaymentLink),
            Lightning = Text(lightning?.Destination),
            CheckoutUrl = invoice.CheckoutLink,
            Payments = [.. methods.SelectMany(Payments)],
            Metadata = metadata,
        };
    }

    private static IEnumerable<ProviderPayment> Payments(BtcPayInvoiceMethod method)
    {
        var way = method.PaymentMethodId == BtcPayInvoiceMethod.OnChain ? PaymentMethod.OnChain : PaymentMethod.Lightning;
        // What is neither settled nor on its way was replaced or lost.
        return (method.Payments ?? []).Where(p => p.Status is "Settled" or "Processing").Select(p => new ProviderPayment(
            p.Id, way, Sats(p.Value), DateTimeOffset.FromUnixTimeSeconds(p.ReceivedDate), p.Status == "Settled"));
    }

    private static bool IsSane(BtcPayInvoiceMethod method) =>
        method.Rate < MaximumAmount * 1_000 && Math.Abs(method.Amount) <= AllBitcoin && Math.Abs(method.PaymentMethodFee) <= AllBitcoin
        && (method.Payments ?? []).All(p => p.Value is >= 0 and <= AllBitcoin && p.ReceivedDate is >= 0 and <= MaximumTime);

    private static bool TryStatus(string text, [NotNullWhen(true)] out ProviderStatus? status)
    {
        status = text switch
        {
            "New" => ProviderStatus.New,
            "Processing" => ProviderStatus.Processing,
            "Settled" => ProviderStatus.Settled,
            "Expired" => ProviderStatus.Expired,
            "Invalid" => ProviderStatus.Invalid,
            _ => null,
        };
        return status is not null;
    }

    /// <summary>The members that are texts; a stranger's invoice may hold anything.</summary>
    private static Dictionary<string, string> Texts(Dictionary<string, JsonElement>? metadata) =>
        (metadata ?? []).Where(m => m.Value.ValueKind == JsonValueKind.String).ToDictionary(m => m.Key, m => m.Value.GetString()!);

    /// <summary>Whole satoshi; Lightning may bring parts of one, which are not counted.</summary>
    private static long Sats(decimal bitcoin) => checked((long)Math.Floor(bitcoin * Money.Scale));

    private static string? Text(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
