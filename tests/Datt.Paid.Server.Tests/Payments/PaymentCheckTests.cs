using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Datt.Paid.BtcPayServer;
using Datt.Paid.BtcPayServer.Stores;
using Datt.Paid.Payments.BtcPay;
using Datt.Paid.Server.Payments;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Payments;

/// <summary>A wrong set-up never keeps the server from starting; it is shown, also from the shell.</summary>
public class PaymentCheckTests
{
    [Fact]
    public async Task A_good_store_has_nothing_wrong_and_its_webhook_is_registered()
    {
        await using var shop = await Shop.OpenAsync();
        Assert.Equal([], shop.Report.Findings.Select(f => f.Code));
        var (code, _) = await VerbAsync(shop.BtcPay, shop.ApiKey);
        Assert.Equal(0, code);
    }

    [Theory]
    [InlineData("Datt:Payments:BtcPay:StoreId", "NoSuchStore", "store-unknown")]
    [InlineData("Datt:Payments:BtcPay:ApiKey", "0123456789", "key-unknown")]
    [InlineData("Datt:Payments:BtcPay:Url", "http://127.0.0.1:9", "unreachable")]
    [InlineData("Datt:Pricing:Currency", "EUR", "no-rate")]
    public async Task A_wrong_setting_is_named_while_the_server_runs(string key, string value, string code)
    {
        await using var shop = await Shop.OpenAsync(settings => settings[key] = value);
        Assert.Contains(code, shop.Report.Findings.Select(f => f.Code));
        Assert.Contains(key, string.Join(' ', shop.Report.Findings));
        using var customer = await shop.Server.NewCustomerAsync();
        var refused = await Refused.WithAsync(
            await customer.Http.PostAsJsonAsync("/api/v1/subscription/invoices", new { months = 1 }), HttpStatusCode.ServiceUnavailable, "payments_unavailable");
        Assert.DoesNotContain(shop.ApiKey, refused.ToString());
        Assert.Equal([], (await customer.Http.GetFromJsonAsync<JsonElement>("/api/v1/subscription/invoices")).GetProperty("invoices").EnumerateArray());
    }

    [Fact]
    public async Task The_verb_says_everything_and_shows_no_secret()
    {
        await using var btcPay = await BtcPayTestServer.StartAsync();
        btcPay.Store.Lightning = false;
        btcPay.Store.SpeedPolicy = SpeedPolicy.HighSpeed;
        var key = btcPay.CreateApiKey($"{BtcPayPermissions.Invoices}:{btcPay.StoreId}", $"{BtcPayPermissions.Settings}:{btcPay.StoreId}");
        var (code, said) = await VerbAsync(btcPay, key);
        Assert.Equal(1, code);
        foreach (var finding in new[] { "permission-missing", "network-fee-mode", "speed-policy", "lightning-missing", "webhook-unreadable" })
            Assert.Contains(finding, said);
        Assert.DoesNotContain(key, said);
        Assert.DoesNotContain(Shop.Secret, said);
        var (_, json) = await VerbAsync(btcPay, key, "--json");
        Assert.Contains(
            JsonSerializer.Deserialize<JsonElement>(json).GetProperty("findings").EnumerateArray(), f => f.GetProperty("code").GetString() == "network-fee-mode");
    }

    [Fact]
    public async Task What_was_wrong_is_looked_at_again_until_it_is_right()
    {
        await using var shop = await Shop.OpenAsync(store: s => s.NetworkFeeMode = NetworkFeeMode.Always);
        Assert.Equal(["network-fee-mode"], shop.Report.Findings.Select(f => f.Code));
        Assert.Equal(1, (await VerbAsync(shop.BtcPay, shop.ApiKey)).Code);
        shop.BtcPay.Store.NetworkFeeMode = NetworkFeeMode.Never;
        Assert.Equal(0, (await VerbAsync(shop.BtcPay, shop.ApiKey)).Code);
        await Eventually.HoldsAsync(() => Task.FromResult(shop.Report.Findings.Count == 0), "the server has noticed by itself");
    }

    private static async Task<(int Code, string Said)> VerbAsync(BtcPayTestServer btcPay, string key, params string[] flags)
    {
        var said = new StringWriter();
        var settings = Shop.Settings(btcPay.Url, btcPay.StoreId, key).Select(s => $"--{s.Key}={s.Value}");
        var code = await PaymentVerb.RunAsync(["check", .. flags, "--environment=Development", .. settings], said, TestContext.Current.CancellationToken);
        return (code, said.ToString());
    }
}
