using BTCPayServer.Client;
using Datt.Paid.Regtest.BtcPayServer;

namespace Datt.Paid.Regtest.Official;

/// <summary>The test server, and BTCPay's own client before it.</summary>
internal sealed class OfficialShop : IAsyncDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };

    private OfficialShop(ShopFixture shop) => Shop = shop;

    public ShopFixture Shop { get; }

    public BTCPayServerClient Client => With(Shop.Key);

    public string StoreId => Shop.Server.StoreId;

    public static async Task<OfficialShop> OpenAsync() => new(await ShopFixture.StartAsync());

    public BTCPayServerClient With(string key) => new(new Uri(Shop.Server.Url), key, _http);

    public async ValueTask DisposeAsync()
    {
        await Shop.DisposeAsync();
        _http.Dispose();
    }
}
