using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Datt.Paid.BtcPayServer;
using Datt.Paid.BtcPayServer.Chain;
using Microsoft.Extensions.Time.Testing;

namespace Datt.Paid.Regtest.BtcPayServer;

/// <summary>A test server on a clock that stands still, a webhook receiver, and a key that may do everything.</summary>
internal sealed class ShopFixture : IAsyncDisposable
{
    public const string Secret = "a secret of the shop";

    private readonly HttpClient _http;

    private ShopFixture(BtcPayTestServer server, WebhookReceiver receiver, FakeTimeProvider clock, HttpMessageHandler? handler)
    {
        Server = server;
        Receiver = receiver;
        Clock = clock;
        _http = handler is null ? new HttpClient() : new HttpClient(handler);
        _http.Timeout = TimeSpan.FromSeconds(60);
        Key = server.CreateApiKey();
    }

    public BtcPayTestServer Server { get; }

    public WebhookReceiver Receiver { get; }

    public FakeTimeProvider Clock { get; }

    public MemoryChain Chain => Server.Chain;

    /// <summary>Sent with every call.</summary>
    public string Key { get; set; }

    /// <param name="handler">What calls go through, such as a check of them.</param>
    public static async Task<ShopFixture> StartAsync(IBitcoinChain? chain = null, HttpMessageHandler? handler = null, DateTimeOffset? now = null)
    {
        var clock = new FakeTimeProvider(now ?? new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
        var server = await BtcPayTestServer.StartAsync(new BtcPayTestServerOptions { Clock = clock, Chain = chain });
        return new ShopFixture(server, await WebhookReceiver.StartAsync(clock), clock, handler);
    }

    /// <summary>Registers a webhook for everything.</summary>
    public async Task<string> RegisterWebhookAsync(string path = "/hook", params IReadOnlyList<string> events)
    {
        var (_, body) = await CallAsync("POST", $"/stores/{Server.StoreId}/webhooks", new JsonObject
        {
            ["url"] = Receiver.Url + path,
            ["secret"] = Secret,
            ["authorizedEvents"] = new JsonObject
            {
                ["everything"] = events.Count == 0,
                ["specificEvents"] = new JsonArray([.. events.Select(e => JsonValue.Create(e))]),
            },
        });
        return body!["id"]!.ToString();
    }

    /// <param name="path">Below <c>/api/v1</c>.</param>
    public async Task<(int Status, JsonNode? Body)> CallAsync(string method, string path, JsonNode? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"{Server.Url}/api/v1{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("token", Key);
        if (body is not null)
            request.Content = JsonContent.Create(body);
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    public async Task<JsonObject> CreateInvoiceAsync(string amount, string currency = "USD", JsonObject? checkout = null, JsonObject? metadata = null)
    {
        var (status, body) = await CallAsync("POST", $"/stores/{Server.StoreId}/invoices", new JsonObject
        {
            ["amount"] = amount,
            ["currency"] = currency,
            ["checkout"] = checkout,
            ["metadata"] = metadata,
        });
        Assert.True(status == 200, $"{status}: {body}");
        return (JsonObject)body!;
    }

    /// <summary>Status and detail as <c>Settled/None</c>.</summary>
    public async Task<string> StatusAsync(JsonObject invoice)
    {
        var (_, body) = await CallAsync("GET", $"/stores/{Server.StoreId}/invoices/{invoice["id"]}");
        return $"{body!["status"]}/{body["additionalStatus"]}";
    }

    public async Task<JsonArray> MethodsAsync(JsonObject invoice) =>
        (JsonArray)(await CallAsync("GET", $"/stores/{Server.StoreId}/invoices/{invoice["id"]}/payment-methods")).Body!;

    public async Task<string> AddressAsync(JsonObject invoice) =>
        (await MethodsAsync(invoice)).Single(method => method!["paymentMethodId"]!.ToString() == "BTC-CHAIN")!["destination"]!.ToString();

    /// <summary>Waits until nothing more happens by itself.</summary>
    public async Task RestAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await Server.WebhooksAtRestAsync(deadline.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Receiver.DisposeAsync();
        _http.Dispose();
    }
}
