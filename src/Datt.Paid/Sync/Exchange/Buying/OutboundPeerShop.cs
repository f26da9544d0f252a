using System.Globalization;
using System.Text.Json;
using Datt.Paid.Federation;
using Datt.Paid.Outbound;

namespace Datt.Paid.Sync.Exchange.Buying;

/// <summary>Another server's subscription API over HTTP. Redirects are not followed: they would carry the key elsewhere.</summary>
public sealed class OutboundPeerShop(OutboundClient client) : IPeerShop
{
    private const int MostBytes = 64 * 1024;

    public async Task<string?> OpenAccountAsync(KnownServer server, CancellationToken ct)
    {
        var made = await SendAsync(HttpMethod.Post, server, "/api/v1/accounts", null, """{"name":"federation"}"""u8.ToArray(), null, ct);
        if (Text(made, "apiKey", 200) is not { } first)
            return null;
        // The first key could announce and search too; what is kept can do no more than it is for.
        var narrowed = await SendAsync(
            HttpMethod.Post, server, "/api/v1/account/keys", first, """{"name":"federation","scopes":["account","federation"]}"""u8.ToArray(), null, ct);
        return Text(narrowed, "key", 200) ?? Text(narrowed, "apiKey", 200);
    }

    public async Task<PeerQuote?> QuoteAsync(KnownServer server, int months, CancellationToken ct)
    {
        var quote = await SendAsync(
            HttpMethod.Get, server, string.Create(CultureInfo.InvariantCulture, $"/api/v1/subscription/quote?months={months}"), null, null, null, ct);
        return quote is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty("amount", out var amount)
            && Text(amount, "amount", 40) is { } text && decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            && Text(amount, "currency", 8) is { } currency
            ? new PeerQuote(value, currency)
            : null;
    }

    public async Task<PeerInvoice?> OrderAsync(KnownServer server, string key, int months, string operation, CancellationToken ct) => Read(await SendAsync(
        HttpMethod.Post, server, "/api/v1/subscription/invoices", key, JsonSerializer.SerializeToUtf8Bytes(new { months }), operation, ct));

    public async Task<PeerInvoice?> InvoiceAsync(KnownServer server, string key, string id, CancellationToken ct) =>
        Read(await SendAsync(HttpMethod.Get, server, "/api/v1/subscription/invoices/" + Uri.EscapeDataString(id), key, null, null, ct));

    private static PeerInvoice? Read(JsonElement? answer)
    {
        if (answer is not { } json || Text(answer, "id", 100) is not { } id || Text(answer, "status", 20) is not { } status
            || !json.TryGetProperty("dueSats", out var due) || due.ValueKind != JsonValueKind.Number || !due.TryGetInt64(out var sats)
            || !json.TryGetProperty("expiresAt", out var at) || at.ValueKind != JsonValueKind.String || !at.TryGetDateTimeOffset(out var expiresAt))
            return null;
        var lightning = Text(answer, "lightning", 4_000);
        const string Scheme = "lightning:";
        if (lightning?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) == true)
            lightning = lightning[Scheme.Length..];
        return new PeerInvoice(id, status, sats, lightning, Text(answer, "checkoutUrl", 2_000), expiresAt);
    }

    private async Task<JsonElement?> SendAsync(
        HttpMethod method, KnownServer server, string path, string? key, byte[]? body, string? operation, CancellationToken ct)
    {
        var headers = new List<(string, string)>();
        if (key is not null)
            headers.Add(("Authorization", "Bearer " + key));
        if (operation is not null)
            headers.Add(("Idempotency-Key", operation));
        var request = new OutboundRequest(method, server.Url.AbsoluteUri.TrimEnd('/') + path) { Headers = headers, Body = body, MaxResponseBytes = MostBytes };
        if (await client.SendAsync(request, ct) is not OutboundOutcome.Answered { Status: 200 or 201 } answer)
            return null;
        try
        {
            using var json = JsonDocument.Parse(answer.Body, new JsonDocumentOptions { MaxDepth = 16 });
            return json.RootElement.ValueKind == JsonValueKind.Object ? json.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement? json, string name, int longest) =>
        json is { ValueKind: JsonValueKind.Object } from && from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
        && value.GetString() is { Length: > 0 } text && text.Length <= longest && !text.Any(char.IsControl)
            ? text
            : null;
}
