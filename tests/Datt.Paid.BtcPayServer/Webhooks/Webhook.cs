using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Datt.Paid.BtcPayServer.Webhooks;

/// <summary>A registered webhook.</summary>
internal sealed class Webhook
{
    public string Id { get; } = Ids.New();

    public required string StoreId { get; init; }

    public required string Url { get; set; }

    public required string Secret { get; set; }

    public bool Enabled { get; set; } = true;

    public bool AutomaticRedelivery { get; set; } = true;

    /// <summary>Null: everything.</summary>
    public IReadOnlyList<string>? Events { get; set; }

    /// <summary>Attempts, oldest first.</summary>
    public List<WebhookDelivery> Log { get; } = [];

    public bool Wants(string type) => Enabled && (Events is null || Events.Contains(type));

    public JsonObject ToJson(bool withSecret = false)
    {
        var json = new JsonObject { ["id"] = Id, ["enabled"] = Enabled };
        if (withSecret)
            json["secret"] = Secret;
        json["automaticRedelivery"] = AutomaticRedelivery;
        json["url"] = Url;
        json["authorizedEvents"] = new JsonObject
        {
            ["everything"] = Events is null,
            ["specificEvents"] = new JsonArray([.. (Events ?? []).Select(type => JsonValue.Create(type))]),
        };
        return json;
    }
}

/// <summary>One attempt to deliver an event, with what came of it.</summary>
internal sealed class WebhookDelivery
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="content">The event without the fields that say which attempt it is.</param>
    /// <param name="original">The first attempt; null when this is it.</param>
    public WebhookDelivery(Webhook webhook, JsonObject content, WebhookDelivery? original, DateTimeOffset now)
    {
        Content = content;
        OriginalId = original?.OriginalId ?? Id;
        Timestamp = now;
        Body = [.. Request(webhook.Id)];
    }

    public string Id { get; } = Ids.New();

    public string OriginalId { get; }

    public JsonObject Content { get; }

    public byte[] Body { get; }

    public string Type => Content["type"]!.ToString();

    public string? InvoiceId => Content["invoiceId"]?.ToString();

    public DateTimeOffset Timestamp { get; }

    public int? HttpCode { get; set; }

    public string? Error { get; set; }

    public string Status { get; set; } = "Failed";

    public JsonObject ToJson() => new()
    {
        ["id"] = Id,
        ["timestamp"] = Timestamp.ToUnixTimeSeconds(),
        ["deliveryTime"] = Timestamp.ToUnixTimeSeconds(),
        ["httpCode"] = HttpCode,
        ["errorMessage"] = Error,
        ["status"] = Status,
    };

    private byte[] Request(string webhookId)
    {
        var json = new JsonObject
        {
            ["deliveryId"] = Id,
            ["webhookId"] = webhookId,
            ["originalDeliveryId"] = OriginalId,
            ["isRedelivery"] = OriginalId != Id,
        };
        foreach (var (name, value) in Content)
            json[name] = value?.DeepClone();
        return JsonSerializer.SerializeToUtf8Bytes(json, Indented);
    }
}
