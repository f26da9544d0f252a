using System.Globalization;
using System.Text.Json.Nodes;
using Datt.Paid.BtcPayServer.Invoices;
using Datt.Paid.BtcPayServer.Stores;

namespace Datt.Paid.BtcPayServer.Refunds;

/// <summary>An amount that whoever knows the id may claim, once, to a destination of his choice.</summary>
internal sealed class PullPayment
{
    public string Id { get; } = Ids.New(20);

    public required Store Store { get; init; }

    public required string Name { get; init; }

    public required string Currency { get; init; }

    public required decimal Amount { get; init; }

    /// <summary>Claims need nobody's approval.</summary>
    public required bool AutoApprove { get; init; }

    public required DateTimeOffset StartsAt { get; init; }

    public bool Archived { get; set; }

    public List<Payout> Payouts { get; } = [];

    public decimal Claimed => Payouts.Where(payout => payout.State != "Cancelled").Sum(payout => payout.Amount);

    public JsonObject ToJson(string url) => new()
    {
        ["startsAt"] = StartsAt.ToUnixTimeSeconds(),
        ["expiresAt"] = null,
        ["id"] = Id,
        ["name"] = Name,
        ["description"] = "",
        ["currency"] = Currency,
        ["amount"] = Amounts.Text(Amount),
        ["BOLT11Expiration"] = 30,
        ["archived"] = Archived,
        ["viewLink"] = $"{url}/pull-payments/{Id}",
        ["autoApproveClaims"] = AutoApprove,
    };
}

internal sealed class Payout
{
    public string Id { get; } = Ids.New(20);

    public required PullPayment PullPayment { get; init; }

    public required string Destination { get; init; }

    public required string Method { get; init; }

    public required decimal Amount { get; init; }

    public required DateTimeOffset Date { get; init; }

    /// <summary>AwaitingApproval, AwaitingPayment, Completed, Cancelled.</summary>
    public required string State { get; set; }

    public JsonObject ToJson() => new()
    {
        ["date"] = Date.ToUnixTimeSeconds(),
        ["id"] = Id,
        ["pullPaymentId"] = PullPayment.Id,
        ["destination"] = Destination,
        ["payoutMethodId"] = Method,
        ["originalAmount"] = Amounts.Text(Amount),
        ["originalCurrency"] = PullPayment.Currency,
        ["payoutCurrency"] = "BTC",
        ["payoutAmount"] = State == "AwaitingApproval" ? null : Amounts.Text(Amount),
        ["state"] = State,
        ["revision"] = 0,
        ["paymentProof"] = null,
        ["metadata"] = new JsonObject(),
    };
}

/// <summary>How much a refund of an invoice is worth, by BTCPay's variants.</summary>
internal sealed record RefundAmount(decimal Amount, string Currency)
{
    /// <summary>What is wrong with the body, or the amount.</summary>
    public static (RefundAmount? Amount, (string Path, string Message)? Problem) Of(Invoice invoice, JsonObject body)
    {
        var paid = invoice.Accounted.Sum(payment => payment.Sats) / 100_000_000m;
        var fiat = Math.Round(paid * invoice.Rate, Amounts.Decimals(invoice.Currency), MidpointRounding.AwayFromZero);
        RefundAmount? amount = null;
        switch (body["refundVariant"]?.ToString())
        {
            case "RateThen":
                amount = new RefundAmount(Trim(paid), "BTC");
                break;
            case "CurrentRate":
                amount = new RefundAmount(Trim(Math.Round(fiat / (invoice.Store.RateOf(invoice.Currency) ?? invoice.Rate), 8)), "BTC");
                break;
            case "Fiat":
                amount = new RefundAmount(fiat, invoice.Currency);
                break;
            case "OverpaidAmount" when !invoice.IsOverPaid:
                return (null, ("RefundVariant", "Invoice is not overpaid"));
            case "OverpaidAmount":
                amount = new RefundAmount(Trim((invoice.NetPaidSats - invoice.TotalSats) / 100_000_000m), "BTC");
                break;
            case "Custom":
                if (!decimal.TryParse(body["customAmount"]?.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var custom) || custom <= 0)
                    return (null, ("CustomAmount", "Amount must be greater than 0"));
                if (body["customCurrency"]?.ToString() is not { Length: > 0 } currency)
                    return (null, ("CustomCurrency", "Invalid currency"));
                amount = new RefundAmount(custom, currency);
                break;
            default:
                return (null, ("refundVariant", "Error converting value to a refund variant."));
        }
        var percent = decimal.TryParse(body["subtractPercentage"]?.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var p) ? p : 0;
        if (percent is < 0 or > 100)
            return (null, ("SubtractPercentage", "Percentage must be a numeric value between 0 and 100"));
        return percent == 0
            ? (amount, null)
            : (amount with { Amount = Math.Round(amount.Amount * (1 - (percent / 100)), Amounts.Decimals(amount.Currency), MidpointRounding.ToZero) }, null);
    }

    private static decimal Trim(decimal amount) => decimal.Parse(Amounts.Btc((long)(amount * 100_000_000m)), CultureInfo.InvariantCulture);
}
