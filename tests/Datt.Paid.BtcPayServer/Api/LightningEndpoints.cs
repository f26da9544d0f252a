using System.Globalization;
using Datt.Paid.BtcPayServer.Lightning;
using Datt.Paid.BtcPayServer.Stores;

namespace Datt.Paid.BtcPayServer.Api;

/// <summary>The store's Lightning node: invoices that belong to no BTCPay invoice, and payments.</summary>
internal sealed class LightningEndpoints(Greenfield api)
{
    private const long Fee = 1_000;

    private readonly ServerState _state = api.State;

    public void Map()
    {
        api.Map("POST", "/stores/{storeId}/lightning/BTC/invoices", Policies.CreateLightningInvoice, Create);
        api.Map("GET", "/stores/{storeId}/lightning/BTC/invoices/{id}", Policies.ViewLightningInvoice, Read);
        api.Map("POST", "/stores/{storeId}/lightning/BTC/invoices/pay", Policies.UseLightningNode, Pay);
    }

    private Answer Create(Call call)
    {
        if (Unavailable(call.Store) is { } refusal)
            return refusal;
        if (!long.TryParse(call.Body["amount"]?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var millisats))
            return Answer.Invalid(("amount", "Amount should be more or equals to 0"));
        var expiry = TimeSpan.FromSeconds((double?)call.Body["expiry"] ?? 86_400);
        if (expiry <= TimeSpan.Zero)
            return Answer.Invalid(("expiry", "Expiry should be more than 0"));
        var now = _state.Clock.GetUtcNow();
        var invoice = new LightningInvoice(millisats, now + expiry);
        lock (_state.Watcher.Gate)
        {
            call.Store.LightningInvoices.Add(invoice.Id, invoice);
            _state.Watcher.Offer(invoice);
            return Answer.Ok(invoice.ToJson(now));
        }
    }

    private Answer Read(Call call)
    {
        if (Unavailable(call.Store) is { } refusal)
            return refusal;
        lock (_state.Watcher.Gate)
        {
            return call.Store.LightningInvoices.TryGetValue(call.Route("id"), out var invoice)
                ? Answer.Ok(invoice.ToJson(_state.Clock.GetUtcNow()))
                : Answer.NotFound("lightning-invoice-not-found", "Impossible to find a lightning invoice with this id");
        }
    }

    /// <summary>Pays an invoice of any store here, with a fee of one satoshi; all nodes have a channel to each other and money enough.</summary>
    private Answer Pay(Call call)
    {
        if (Unavailable(call.Store) is { } refusal)
            return refusal;
        if (call.Body["BOLT11"]?.ToString() is not { Length: > 0 } bolt11 || !bolt11.StartsWith("lnbcrt", StringComparison.Ordinal))
            return Answer.Invalid(("BOLT11", "The BOLT11 invoice was invalid."));
        lock (_state.Watcher.Gate)
        {
            var outcome = _state.Watcher.PayLightning(bolt11, 0);
            if (outcome is not (LightningOutcome.Paid or LightningOutcome.AlreadyPaid))
                return new Answer(400, new System.Text.Json.Nodes.JsonObject { ["code"] = "could-not-find-route", ["message"] = $"The payment failed: {outcome}" });
            var invoice = _state.Watcher.Find(bolt11)!;
            if (outcome == LightningOutcome.Paid)
                call.Store.LightningSpentMillisats += invoice.ReceivedMillisats + Fee;
            return Answer.Ok(new System.Text.Json.Nodes.JsonObject
            {
                ["id"] = invoice.PaymentHash,
                ["status"] = "Complete",
                ["BOLT11"] = bolt11,
                ["paymentHash"] = invoice.PaymentHash,
                ["preimage"] = invoice.Preimage,
                ["createdAt"] = _state.Clock.GetUtcNow().ToUnixTimeSeconds(),
                ["totalAmount"] = (invoice.ReceivedMillisats + Fee).ToString(CultureInfo.InvariantCulture),
                ["feeAmount"] = Fee.ToString(CultureInfo.InvariantCulture),
            });
        }
    }

    private static Answer? Unavailable(Store store) => store switch
    {
        { Lightning: false } => Answer.NotFound("lightning-node-not-configured", "The lightning node is not set"),
        { LightningReachable: false } => new Answer(503, new System.Text.Json.Nodes.JsonObject
        {
            ["code"] = "lightning-node-unavailable",
            ["message"] = "The lightning node is unavailable",
        }),
        _ => null,
    };
}
