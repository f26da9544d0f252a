using System.Text;
using System.Text.Json.Nodes;

namespace Datt.Paid.BtcPayServer.Invoices;

/// <summary>Invoices and their methods as the Greenfield API shows them.</summary>
internal static class InvoiceJson
{
    /// <param name="metadata">Shown as given when the invoice was just made; read from the database the order of keys is another.</param>
    public static JsonObject Write(Invoice invoice, string url, JsonObject? metadata = null, bool withMethods = false)
    {
        var marks = new[] { InvoiceStatus.Settled, InvoiceStatus.Invalid }.Where(invoice.MayBeMarked);
        return new JsonObject
        {
            ["id"] = invoice.Id,
            ["storeId"] = invoice.Store.Id,
            ["amount"] = invoice.Price is null or 0 ? "0.0" : Amounts.Text(invoice.Price.Value),
            ["paidAmount"] = PaidAmount(invoice),
            ["checkoutLink"] = $"{url}/i/{invoice.Id}",
            ["status"] = invoice.Status.ToString(),
            ["additionalStatus"] = invoice.Detail.ToString(),
            ["monitoringExpiration"] = invoice.MonitoredUntil.ToUnixTimeSeconds(),
            ["expirationTime"] = invoice.Expires.ToUnixTimeSeconds(),
            ["createdTime"] = invoice.Created.ToUnixTimeSeconds(),
            ["availableStatusesForManualMarking"] = new JsonArray([.. marks.Select(status => JsonValue.Create(status.ToString()))]),
            ["archived"] = invoice.Archived,
            ["paymentMethods"] = withMethods ? WriteMethods(invoice) : new JsonArray(),
            ["type"] = invoice.IsTopUp ? "TopUp" : "Standard",
            ["currency"] = invoice.Currency,
            ["metadata"] = (metadata ?? Stored(invoice.Metadata)).DeepClone(),
            ["checkout"] = invoice.Checkout.DeepClone(),
            ["receipt"] = new JsonObject { ["enabled"] = true, ["showQR"] = true, ["showPayments"] = true },
        };
    }

    public static JsonArray WriteMethods(Invoice invoice) => new([.. invoice.Methods.Select(method => WriteMethod(invoice, method))]);

    /// <summary>A payment as the invoice and webhooks show it.</summary>
    public static JsonObject WritePayment(Payment payment, bool settled) => new()
    {
        ["id"] = payment.Id,
        ["receivedDate"] = payment.ReceivedAt.ToUnixTimeSeconds(),
        ["value"] = Amounts.Btc(payment.Sats),
        ["fee"] = Amounts.Btc(payment.FeeSats),
        ["status"] = settled ? "Settled" : "Processing",
        ["destination"] = payment.Destination,
    };

    /// <summary>Keys in the order of PostgreSQL's jsonb: by length, then by bytes.</summary>
    public static JsonObject Stored(JsonObject given)
    {
        var sorted = new JsonObject();
        foreach (var (key, value) in given.OrderBy(p => Encoding.UTF8.GetByteCount(p.Key)).ThenBy(p => p.Key, StringComparer.Ordinal))
            sorted[key] = value is JsonObject inner ? Stored(inner) : value?.DeepClone();
        return sorted;
    }

    private static JsonObject WriteMethod(Invoice invoice, InvoiceMethod method)
    {
        var due = invoice.DueSats(method);
        var totalPaid = invoice.Accounted.Sum(payment => payment.Sats);
        var own = invoice.Accounted.Where(payment => payment.Method == method).OrderBy(payment => payment.ReceivedAt).ToList();
        var fee = own.Sum(payment => payment.FeeSats) + (invoice.IsUnderPaid ? method.NextFeeSats : 0);
        return new JsonObject
        {
            ["activated"] = true,
            ["destination"] = method.Destination,
            ["paymentLink"] = method.IsChain
                ? $"bitcoin:{method.Address}{(due > 0 ? $"?amount={Amounts.Btc(due)}" : "")}"
                : $"lightning:{method.Destination}",
            ["rate"] = Amounts.Text(invoice.Rate),
            ["paymentMethodPaid"] = Amounts.Btc(own.Sum(payment => payment.Sats)),
            ["totalPaid"] = Amounts.Btc(totalPaid),
            ["due"] = Amounts.Btc(due),
            ["amount"] = Amounts.Btc(invoice.IsUnsetTopUp ? 0 : totalPaid + due),
            ["paymentMethodFee"] = Amounts.Btc(fee),
            ["payments"] = new JsonArray([.. own.Select(payment => WritePayment(payment, payment.Settled))]),
            ["paymentMethodId"] = method.Id,
            ["additionalData"] = method.Bolt11 is { } bolt11
                ? new JsonObject
                {
                    ["paymentHash"] = bolt11.PaymentHash,
                    ["preimage"] = bolt11.PaidAt is null ? null : bolt11.Preimage,
                    ["invoiceId"] = bolt11.Id,
                    ["nodeInfo"] = null,
                }
                : new JsonObject
                {
                    ["feeMode"] = method.FeeMode.ToString(),
                    ["paymentMethodFeeRate"] = method.FeeRate,
                    ["payjoinEnabled"] = false,
                    ["recommendedFeeRate"] = method.FeeRate,
                    ["keyPath"] = $"0/{method.KeyIndex}",
                    ["keyIndex"] = method.KeyIndex,
                    ["accountDerivation"] = null,
                },
            ["currency"] = "BTC",
        };
    }

    private static string PaidAmount(Invoice invoice)
    {
        if (!invoice.Accounted.Any())
            return "0";
        var paid = invoice.NetPaidSats / 100_000_000m * invoice.Rate;
        return Amounts.Text(Math.Round(paid, Amounts.Decimals(invoice.Currency), MidpointRounding.AwayFromZero));
    }
}
