using System.Globalization;
using Datt.Paid.BtcPayServer.Lightning;
using Datt.Paid.BtcPayServer.Stores;

namespace Datt.Paid.BtcPayServer.Api;

/// <summary>Invoices of the store's Lightning node that belong to no BTCPay invoice.</summary>
internal sealed class LightningEndpoints(Greenfield api)
{
    private readonly ServerState _state = api.State;

    public void Map()
    {
        api.Map("POST", "/stores/{storeId}/lightning/BTC/invoices", Policies.CreateLightningInvoice, Create);
        api.Map("GET", "/stores/{storeId}/lightning/BTC/invoices/{id}", Policies.ViewLightningInvoice, Read);
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
