using System.Net;
using System.Text;
using System.Text.Json;
using Datt.Paid.Payments;
using Datt.Paid.Payments.BtcPay;
using Datt.Paid.Pricing;
using Datt.Paid.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Tests.Payments.BtcPay;

/// <summary>The client as the product composes it, with what would be the network answered by the test.</summary>
internal sealed class BtcPayBench : IDisposable
{
    public const string Key = "the-api-key-of-this-test";
    public const string Secret = "the-webhook-secret-of-this-test";

    private readonly ServiceProvider _services;

    public BtcPayBench(Func<HttpRequestMessage, HttpResponseMessage> answer, string store = "store1", string currency = "USD", Action<IServiceCollection>? customise = null, string spendKey = "")
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection([.. Settings(store, currency), new("Datt:Payments:BtcPay:SpendApiKey", spendKey)]).Build());
        services.AddLogging();
        services.AddStorage(_ => "Data Source=:memory:");
        services.AddPricing();
        services.AddPayments("Development", _ => new InvoiceOrigin("server-1"));
        services.AddHttpClient(BtcPayTransport.ClientName).ConfigurePrimaryHttpMessageHandler(() => new Wire(this, answer));
        customise?.Invoke(services);
        _services = services.BuildServiceProvider();
    }

    public BtcPayClient Client => _services.GetRequiredService<BtcPayClient>();

    public BtcPayProvider Provider => _services.GetRequiredService<BtcPayProvider>();

    public BtcPayInspection Inspection => _services.GetRequiredService<BtcPayInspection>();

    public WebhookInbox Inbox => _services.GetRequiredService<WebhookInbox>();

    /// <summary>What was sent, oldest first.</summary>
    public List<Sent> Requests { get; } = [];

    public static Dictionary<string, string?> Settings(string store, string currency = "USD") => new()
    {
        ["Datt:Payments:Provider"] = "BtcPay",
        ["Datt:Payments:BtcPay:Url"] = "http://btcpay.test/root",
        ["Datt:Payments:BtcPay:StoreId"] = store,
        ["Datt:Payments:BtcPay:ApiKey"] = Key,
        ["Datt:Payments:BtcPay:WebhookSecret"] = Secret,
        ["Datt:Pricing:Currency"] = currency,
    };

    public static HttpResponseMessage Json(int status, JsonElement body) => Text(status, body.GetRawText(), "application/json");

    public static HttpResponseMessage Json(string body, int status = 200) => Text(status, body, "application/json");

    public static HttpResponseMessage Text(int status, string body, string type) =>
        new((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, type) };

    public void Dispose() => _services.Dispose();

    internal sealed record Sent(string Method, string PathAndQuery, string? Authorization, string Body)
    {
        public string Path => PathAndQuery.Split('?')[0];

        public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Body);
    }

    private sealed class Wire(BtcPayBench bench, Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(ct);
            lock (bench.Requests)
                bench.Requests.Add(new Sent(request.Method.Method, request.RequestUri!.PathAndQuery, request.Headers.Authorization?.ToString(), body));
            var response = answer(request);
            response.RequestMessage = request;
            return response;
        }
    }
}
