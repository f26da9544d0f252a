using System.Globalization;
using Datt.Paid.Storage;

namespace Datt.Paid.Payments;

/// <summary>
/// What an invoice carries at the provider, so that it can be adopted after our database was restored from an older copy. The keys start
/// with <c>datt</c>; the server id keeps servers that share a store apart.
/// </summary>
internal static class InvoiceMetadata
{
    /// <summary>Key that holds the id of the server an invoice belongs to.</summary>
    public const string Server = "dattServer";

    public static Dictionary<string, string> Of(Invoice row, InvoiceOrigin origin) => new()
    {
        [Server] = origin.ServerId,
        ["dattAccount"] = row.AccountId,
        ["dattPurpose"] = row.Purpose.ToString(),
        ["dattMonths"] = row.Months.ToString(CultureInfo.InvariantCulture),
        ["dattPriceUnits"] = row.PriceUnits.ToString(CultureInfo.InvariantCulture),
        ["dattOperation"] = row.Operation ?? "",
    };

    /// <summary>A row for a provider's invoice that is ours but unknown here; null for a stranger's.</summary>
    public static Invoice? Adopt(ProviderInvoice read, IPaymentProvider provider, InvoiceOrigin origin)
    {
        var data = read.Metadata;
        if (data.GetValueOrDefault(Server) != origin.ServerId
            || data.GetValueOrDefault("dattAccount") is not { Length: > 0 } account
            || !Enum.TryParse<InvoicePurpose>(data.GetValueOrDefault("dattPurpose"), out var purpose)
            || !int.TryParse(data.GetValueOrDefault("dattMonths"), CultureInfo.InvariantCulture, out var months)
            || months is < 0 or > Quotes.MaximumMonths
            || !long.TryParse(data.GetValueOrDefault("dattPriceUnits"), CultureInfo.InvariantCulture, out var price)
            || price <= 0 || read.OrderId.Length is 0 or > 64)
        {
            return null;
        }
        return new Invoice
        {
            Id = read.OrderId,
            AccountId = account,
            Purpose = purpose,
            Operation = data.GetValueOrDefault("dattOperation") is { Length: > 0 } operation ? operation : null,
            Provider = provider.Kind.ToString(),
            Store = provider.Store,
            Currency = read.Amount.Currency,
            Months = months,
            PriceUnits = price,
            AmountUnits = read.Amount.Units,
            CreatedAt = read.CreatedAt,
            ExpiresAt = read.ExpiresAt,
            NextReadAt = read.CreatedAt,
            Sandbox = provider.Kind == PaymentProviderKind.Sandbox,
        };
    }

    /// <summary>Takes over what the provider made of an invoice: its own id, rate, rounded amount and ways to pay.</summary>
    public static void Attach(Invoice row, ProviderInvoice read)
    {
        row.ProviderId = read.Id;
        row.AmountUnits = read.Amount.Units;
        row.RateUnits = checked((long)Math.Round(read.Rate * Pricing.Money.Scale, MidpointRounding.AwayFromZero));
        row.TotalSats = read.TotalSats;
        row.DueSats = read.TotalSats;
        row.ExpiresAt = read.ExpiresAt;
        row.Version++;
        Show(row, read);
    }

    /// <summary>Ways to pay, which may change while an invoice is open.</summary>
    public static void Show(Invoice row, ProviderInvoice read) =>
        (row.Address, row.Bip21, row.Lightning, row.CheckoutUrl) = (read.Address, read.Bip21, read.Lightning, read.CheckoutUrl);
}
