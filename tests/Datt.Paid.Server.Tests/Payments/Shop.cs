using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Datt.Paid.BtcPayServer;
using Datt.Paid.BtcPayServer.Stores;
using Datt.Paid.Payments.BtcPay;
using Datt.Paid.Server.Payments;
using Datt.Paid.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Payments;

/// <summary>Our server and a BTCPay Server that is set up for it. Reconciliation is a day away: what happens is the webhook's doing.</summary>
internal sealed class Shop : IAsyncDisposable
{
    public const string Secret = "a-webhook-secret-for-tests";

    private Shop(BtcPayTestServer btcPay, ServerOnDisk server, string apiKey) => (BtcPay, Server, ApiKey) = (btcPay, server, apiKey);

    public BtcPayTestServer BtcPay { get; }

    public ServerOnDisk Server { get; }

    public string ApiKey { get; }

    public PaymentReport Report => Server.Services.GetRequiredService<PaymentHealth>().Report;

    public static async Task<Shop> OpenAsync(Action<Dictionary<string, string?>>? settings = null, Action<Store>? store = null, bool sellsPasses = false)
    {
        var btcPay = await BtcPayTestServer.StartAsync();
        btcPay.Store.NetworkFeeMode = NetworkFeeMode.Never;
        var key = btcPay.CreateApiKey([.. BtcPayPermissions.Used(sellsPasses).Select(p => $"{p}:{btcPay.StoreId}")]);
        store?.Invoke(btcPay.Store);
        var all = Settings(btcPay.Url, btcPay.StoreId, key);
        settings?.Invoke(all);
        var shop = new Shop(btcPay, await ServerOnDisk.StartAsync(all), key);
        await Eventually.HoldsAsync(() => Task.FromResult(shop.Report.CheckedAt is not null), "BTCPay was checked");
        return shop;
    }

    public static Dictionary<string, string?> Settings(string url, string store, string key, string secret = Secret) => new()
    {
        ["Datt:Payments:Provider"] = "BtcPay",
        ["Datt:Payments:ReconcileInterval"] = "1.00:00:00",
        ["Datt:Payments:BtcPay:Url"] = url,
        ["Datt:Payments:BtcPay:StoreId"] = store,
        ["Datt:Payments:BtcPay:ApiKey"] = key,
        ["Datt:Payments:BtcPay:WebhookSecret"] = secret,
    };

    /// <summary>Delivers a body signed with a secret.</summary>
    public Task<HttpResponseMessage> DeliverAsync(string body, string secret = Secret) => DeliverAsync(
        Server.Anyone, Encoding.UTF8.GetBytes(body),
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(body))));

    public static async Task<HttpResponseMessage> DeliverAsync(HttpClient http, byte[] body, string? signature)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/webhooks/btcpay") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (signature is not null)
            request.Headers.TryAddWithoutValidation("BTCPay-Sig", signature);
        return await http.SendAsync(request);
    }

    /// <summary>A client of BTCPay's own API with our server's key.</summary>
    public HttpClient Greenfield()
    {
        var http = new HttpClient { BaseAddress = new Uri($"{BtcPay.Url}/api/v1/stores/{BtcPay.StoreId}/") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("token", ApiKey);
        return http;
    }

    /// <summary>The id at BTCPay of one of our invoices, out of the checkout's address.</summary>
    public static string ProviderId(JsonElement invoice) => invoice.GetProperty("checkoutUrl").GetString()!.Split('/')[^1];

    public Task SettledAsync(Customer customer, JsonElement invoice) => Eventually.HoldsAsync(
        async () => (await customer.Http.GetFromJsonAsync<JsonElement>($"/api/v1/subscription/invoices/{invoice.GetProperty("id").GetString()}"))
            .GetProperty("status").GetString() == "settled", "the invoice is settled");

    public static async Task<HttpStatusCode> SearchAsync(Customer customer) => (await customer.Http.GetAsync("/api/v1/search?q=anything")).StatusCode;

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await BtcPay.DisposeAsync();
    }
}
