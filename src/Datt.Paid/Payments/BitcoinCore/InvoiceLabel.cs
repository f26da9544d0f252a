using System.Text.Json;
using Datt.Paid.Pricing;

namespace Datt.Paid.Payments.BitcoinCore;

/// <summary>
/// What the wallet keeps beside the address of an invoice: enough to adopt the invoice after our database was restored from an older copy.
/// </summary>
/// <param name="Order">Our invoice id.</param>
/// <param name="Units">Amount in 1e-8 of the currency.</param>
/// <param name="RateUnits">Rate in 1e-8 of the currency.</param>
/// <param name="Created">Unix milliseconds.</param>
/// <param name="Expires">Unix milliseconds.</param>
internal sealed record InvoiceLabel(
    string Order, string Currency, long Units, long RateUnits, long Sats, long Created, long Expires, Dictionary<string, string> Metadata)
{
    private const string Prefix = "datt:";
    private const int Longest = 2_000;
    private const long LastMoment = 253_402_300_799_999;

    public static string Write(ChainInvoice invoice) => Prefix + JsonSerializer.Serialize(
        new InvoiceLabel(
            invoice.OrderId, invoice.Amount.Currency, invoice.Amount.Units, Money.Of(invoice.Rate, invoice.Amount.Currency).Units, invoice.TotalSats,
            invoice.CreatedAt.ToUnixTimeMilliseconds(), invoice.ExpiresAt.ToUnixTimeMilliseconds(), new(invoice.Metadata)),
        RpcJson.Default.InvoiceLabel);

    /// <summary>The invoice of an address; null for a label that is not ours to read.</summary>
    public static ChainInvoice? TryRead(string? text, string address)
    {
        if (text is null || text.Length > Longest || !text.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        try
        {
            var label = JsonSerializer.Deserialize(text[Prefix.Length..], RpcJson.Default.InvoiceLabel);
            if (label is not { Units: > 0, RateUnits: > 0, Sats: > 0, Created: >= 0 and <= LastMoment, Expires: >= 0 and <= LastMoment }
                || !Currencies.IsKnown(label.Currency))
            {
                return null;
            }
            return new ChainInvoice(
                address, label.Order, new Money(label.Units, label.Currency), (decimal)label.RateUnits / Money.Scale, label.Sats,
                DateTimeOffset.FromUnixTimeMilliseconds(label.Created), DateTimeOffset.FromUnixTimeMilliseconds(label.Expires), label.Metadata);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
