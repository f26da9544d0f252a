using System.Globalization;
using System.Text.Json.Nodes;
using Datt.Paid.BtcPayServer.Stores;
using Datt.Paid.BtcPayServer.Webhooks;

namespace Datt.Paid.BtcPayServer.Api;

/// <summary>Webhooks and their delivery log.</summary>
internal sealed class WebhookEndpoints(Greenfield api)
{
    private readonly ServerState _state = api.State;

    public void Map()
    {
        const string policy = Policies.ModifyWebhooks;
        api.Map("GET", "/stores/{storeId}/webhooks", policy, List);
        api.Map("POST", "/stores/{storeId}/webhooks", policy, Create);
        api.MapBoth("GET", "/webhooks/{webhookId}", policy, call => Known(call, () => Answer.Ok(call.Webhook.ToJson())));
        api.MapBoth("PUT", "/webhooks/{webhookId}", policy, call => Known(call, () => Change(call)));
        api.MapBoth("DELETE", "/webhooks/{webhookId}", policy, call => Known(call, () =>
        {
            call.Store.Webhooks.Remove(call.Webhook.Id);
            return Answer.Ok();
        }));
        api.MapBoth("GET", "/webhooks/{webhookId}/deliveries", policy, call => Known(call, () => Log(call)));
        api.MapBoth("GET", "/webhooks/{webhookId}/deliveries/{deliveryId}", policy, call => Delivery(call, delivery => delivery.ToJson()));
        api.MapBoth("GET", "/webhooks/{webhookId}/deliveries/{deliveryId}/request", policy, call => Delivery(call, d => JsonNode.Parse(d.Body)));
        api.MapBoth("POST", "/webhooks/{webhookId}/deliveries/{deliveryId}/redeliver", policy, call =>
            Delivery(call, delivery => JsonValue.Create(_state.Sender.Redeliver(call.Webhook, delivery))));
    }

    private Answer Known(Call call, Func<Answer> handle)
    {
        if (call.ScopedWebhook is null)
            return Answer.NotFound("webhook-not-found", "The webhook was not found");
        lock (_state.Watcher.Gate)
            return handle();
    }

    private Answer List(Call call)
    {
        lock (_state.Watcher.Gate)
            return Answer.Ok(new JsonArray([.. call.Store.Webhooks.Values.Select(webhook => webhook.ToJson())]));
    }

    private Answer Create(Call call)
    {
        if (Url(call) is not { } url)
            return Answer.Invalid(("Url", "Invalid Url"));
        var secret = call.Body["secret"]?.ToString();
        var webhook = new Webhook { StoreId = call.Store.Id, Url = url, Secret = string.IsNullOrEmpty(secret) ? Ids.New() : secret };
        Apply(webhook, call.Body);
        lock (_state.Watcher.Gate)
            call.Store.Webhooks.Add(webhook.Id, webhook);
        return Answer.Ok(webhook.ToJson(withSecret: true));
    }

    private static Answer Change(Call call)
    {
        if (Url(call) is not { } url)
            return Answer.Invalid(("Url", "Invalid Url"));
        call.Webhook.Url = url;
        if (call.Body["secret"]?.ToString() is { Length: > 0 } secret)
            call.Webhook.Secret = secret;
        Apply(call.Webhook, call.Body);
        return Answer.Ok(call.Webhook.ToJson());
    }

    /// <summary>What the body leaves out goes back to its default.</summary>
    private static void Apply(Webhook webhook, JsonObject body)
    {
        webhook.Enabled = (bool?)body["enabled"] ?? true;
        webhook.AutomaticRedelivery = (bool?)body["automaticRedelivery"] ?? true;
        var events = body["authorizedEvents"] as JsonObject;
        webhook.Events = events is null || ((bool?)events["everything"] ?? true)
            ? null
            : [.. (events["specificEvents"] as JsonArray ?? []).Select(type => type!.ToString())];
    }

    private static string? Url(Call call) =>
        call.Body["url"]?.ToString() is { } text && Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? call.Body["url"]!.ToString() : null;

    private static Answer Log(Call call)
    {
        var count = int.TryParse(call.Query("count"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var n) ? n : int.MaxValue;
        lock (call.Webhook.Log)
            return Answer.Ok(new JsonArray([.. call.Webhook.Log.AsEnumerable().Reverse().Take(count).Select(delivery => delivery.ToJson())]));
    }

    private Answer Delivery(Call call, Func<WebhookDelivery, JsonNode?> show) => Known(call, () =>
    {
        WebhookDelivery? delivery;
        lock (call.Webhook.Log)
            delivery = call.Webhook.Log.Find(d => d.Id == call.Route("deliveryId"));
        return delivery is null
            ? Answer.NotFound("webhookdelivery-not-found", "The webhook delivery was not found")
            : Answer.Ok(show(delivery));
    });
}
