using Datt.Paid.Payments;
using Datt.Paid.Payments.BtcPay;

namespace Datt.Paid.Tests.Payments.BtcPay;

/// <summary>A BTCPay that is set up as it should be, and each way in which it is not.</summary>
public class BtcPayCheckTests
{
    private const string SpendKey = "the-key-that-may-spend";
    private const string Public = "https://datt.test";
    private const string Url = Public + "/webhooks/btcpay";
    private static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    public async Task A_store_that_is_set_up_well_has_no_findings() => Assert.Empty(await FindingsAsync(new()));

    [Theory]
    [InlineData("server/info", """{"version":"1.13.1+abc","fullySynched":true}""", 200, "version")]
    [InlineData("server/info", """{"version":"2.4.1","fullySynched":false}""", 200, "not-synced")]
    [InlineData("server/info", """{"code":"unauthenticated","message":"Unknown API Key"}""", 401, "key-unknown")]
    [InlineData("server/info", "<html>", 502, "unreachable")]
    [InlineData("api-keys/current", """{"permissions":["btcpay.store.canmodifyinvoices:store1"]}""", 200, "permission-missing")]
    [InlineData("stores/store1", """{"code":"missing-permission","message":"no","missingPermission":"btcpay.store.canviewstoresettings"}""", 403, "store-unknown")]
    [InlineData("stores/store1", """{"id":"store1","speedPolicy":"MediumSpeed","networkFeeMode":"MultiplePaymentsOnly","monitoringExpiration":86400}""", 200, "network-fee-mode")]
    [InlineData("stores/store1", """{"id":"store1","speedPolicy":"HighSpeed","networkFeeMode":"Never","monitoringExpiration":86400}""", 200, "speed-policy")]
    [InlineData("stores/store1", """{"id":"store1","speedPolicy":"MediumSpeed","networkFeeMode":"Never","monitoringExpiration":3600}""", 200, "monitoring")]
    [InlineData("stores/store1", """{"id":"store1","speedPolicy":"MediumSpeed","networkFeeMode":"Never","monitoringExpiration":86400,"archived":true}""", 200, "store-archived")]
    [InlineData("payment-methods", """[{"enabled":true,"paymentMethodId":"BTC-CHAIN"},{"enabled":false,"paymentMethodId":"BTC-LN"}]""", 200, "lightning-missing")]
    [InlineData("payment-methods", """[{"enabled":true,"paymentMethodId":"BTC-LN"}]""", 200, "on-chain-missing")]
    [InlineData("payment-methods", "[]", 200, "no-method")]
    [InlineData("rates", """[{"currencyPair":"BTC_USD","rate":null,"errors":["RateUnavailable"]}]""", 200, "no-rate")]
    [InlineData("rates", """{"code":"generic-error","message":"no"}""", 400, "no-rate")]
    [InlineData("webhooks", """{"code":"missing-permission","message":"no"}""", 403, "webhook-unreadable")]
    [InlineData("webhooks/w1", """[{"path":"Url","message":"Invalid Url"}]""", 422, "webhook-missing")]
    [InlineData("deliveries", """[{"id":"d","status":"HttpError","httpCode":401}]""", 200, "webhook-secret")]
    [InlineData("deliveries", """[{"id":"d","status":"Failed","errorMessage":"Connection refused"}]""", 200, "webhook-failing")]
    public async Task Each_misconfiguration_is_found_and_says_what_to_do(string path, string body, int status, string code)
    {
        var findings = await FindingsAsync(new() { [path] = (status, body) });
        var finding = Assert.Single(findings);
        Assert.Equal(code, finding.Code);
        Assert.NotEqual("", finding.Remedy);
        Assert.DoesNotContain(BtcPayBench.Key, finding.ToString());
        Assert.DoesNotContain(BtcPayBench.Secret, finding.ToString());
    }

    [Fact]
    public async Task Everything_wrong_is_said_at_once()
    {
        var findings = await FindingsAsync(new()
        {
            ["api-keys/current"] = (200, """{"permissions":["unrestricted"]}"""),
            ["stores/store1"] = (200, """{"id":"store1","speedPolicy":"HighSpeed","networkFeeMode":"Always","monitoringExpiration":600}"""),
            ["payment-methods"] = (200, "[]"),
            ["rates"] = (200, "[]"),
        });
        Assert.Equal(["permission-excess", "network-fee-mode", "speed-policy", "monitoring", "no-method", "no-rate"], findings.Select(f => f.Code));
    }

    [Theory]
    [InlineData("\"btcpay.store.canuselightningnode:store1\"")]
    [InlineData("\"btcpay.store.canuselightningnode:store1\",\"btcpay.store.cancreatelightninginvoice:store1\"")]
    [InlineData("\"btcpay.store.canuselightningnode:store2\"", "spend-permission-missing", "spend-permission-excess")]
    [InlineData("\"btcpay.store.canuselightningnode\"", "spend-permission-excess")]
    [InlineData("\"unrestricted\"", "spend-permission-excess")]
    [InlineData("\"btcpay.store.canuselightningnode:store1\",\"btcpay.store.canmodifyinvoices:store1\"", "spend-permission-excess")]
    [InlineData("", "spend-permission-missing")]
    public async Task The_key_that_may_spend_may_do_that_and_nothing_else(string permissions, params string[] codes)
    {
        using var bench = Bench(new(), spendKey: (200, $$"""{"permissions":[{{permissions}}]}"""));
        var findings = await bench.Inspection.CheckAsync(Public, Ct);
        Assert.Equal(codes, findings.Select(f => f.Code));
        Assert.All(findings, f => Assert.Contains("SpendApiKey", f.Problem + f.Remedy, StringComparison.Ordinal));
        Assert.DoesNotContain(SpendKey, string.Join(' ', findings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_to_spend_that_BTCPay_does_not_know_is_named_and_none_is_not_asked_about()
    {
        using var bench = Bench(new(), spendKey: (401, """{"code":"unauthenticated","message":"Authentication is required"}"""));
        Assert.Equal("spend-key-unknown", Assert.Single(await bench.Inspection.CheckAsync(Public, Ct)).Code);
        using var without = Bench(new());
        await without.Inspection.CheckAsync(Public, Ct);
        Assert.Single(without.Requests, r => r.Path.EndsWith("/api-keys/current", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_missing_webhook_is_registered_and_a_present_one_gets_our_secret()
    {
        using var missing = Bench(new() { ["webhooks"] = (200, "[]") });
        Assert.Empty(await missing.Inspection.CheckAsync(Public, Ct));
        using var present = Bench(new());
        Assert.Empty(await present.Inspection.CheckAsync(Public, Ct));
        foreach (var (bench, method, path) in new[] { (missing, "POST", "/webhooks"), (present, "PUT", "/webhooks/w1") })
        {
            var written = Assert.Single(bench.Requests, r => r.Method != "GET");
            Assert.Equal((method, "/root/api/v1/stores/store1" + path), (written.Method, written.Path));
            Assert.Equal(BtcPayBench.Secret, written.Json.GetProperty("secret").GetString());
            Assert.True(written.Json.GetProperty("enabled").GetBoolean() && written.Json.GetProperty("automaticRedelivery").GetBoolean());
            Assert.True(written.Json.GetProperty("authorizedEvents").GetProperty("everything").GetBoolean());
        }
    }

    [Fact]
    public async Task Without_a_public_address_no_webhook_is_touched()
    {
        using var bench = Bench(new());
        Assert.Equal("webhook-address", Assert.Single(await bench.Inspection.CheckAsync(null, Ct)).Code);
        Assert.All(bench.Requests, r => Assert.Equal("GET", r.Method));
    }

    [Theory]
    [InlineData("http://127.0.0.1:5000", "webhook-loopback")]
    [InlineData("http://localhost", "webhook-loopback")]
    public async Task An_address_that_only_this_machine_reaches_is_noticed(string url, string code) =>
        Assert.Equal(code, Assert.Single(await FindingsAsync(new() { ["webhooks"] = (200, "[]") }, url)).Code);

    [Theory]
    [InlineData(10, "The clock of BTCPay is ahead")]
    [InlineData(-10, "This server's clock is ahead")]
    public async Task A_clock_that_is_ten_minutes_off_is_found_by_what_BTCPay_answers(int minutes, string says)
    {
        using var bench = Bench(new(), date: TimeProvider.System.GetUtcNow().AddMinutes(minutes));
        var finding = Assert.Single(await bench.Inspection.CheckAsync(Public, Ct));
        Assert.Equal("clock-skew", finding.Code);
        Assert.StartsWith(says, finding.Problem, StringComparison.Ordinal);
        Assert.NotEqual("", finding.Remedy);
    }

    [Fact]
    public void Permissions_are_compared_exactly()
    {
        string[] exact = [.. BtcPayPermissions.Needed.Select(p => p + ":store1")];
        Assert.Empty(BtcPayPermissions.Missing(exact, "store1"));
        Assert.Empty(BtcPayPermissions.Excess([.. exact, "btcpay.store.canviewinvoices:store1"], "store1"));
        Assert.Equal(BtcPayPermissions.Needed, BtcPayPermissions.Missing(exact, "store2"));
        Assert.Equal(exact, BtcPayPermissions.Excess(exact, "store2"));
        // For all stores of the user: enough, and too much.
        Assert.Empty(BtcPayPermissions.Missing(BtcPayPermissions.Needed, "store1"));
        Assert.Equal(BtcPayPermissions.Needed, BtcPayPermissions.Excess(BtcPayPermissions.Needed, "store1"));
        Assert.Empty(BtcPayPermissions.Missing(["btcpay.store.canmodifystoresettings:store1"], "store1"));
        Assert.Equal([BtcPayPermissions.Refunds], BtcPayPermissions.Missing([.. exact[..3], "btcpay.store.canarchivepullpayments:store1"], "store1"));
    }

    private static async Task<IReadOnlyList<PaymentFinding>> FindingsAsync(Dictionary<string, (int Status, string Body)> otherwise, string publicUrl = Public)
    {
        using var bench = Bench(otherwise);
        return await bench.Inspection.CheckAsync(publicUrl, Ct);
    }

    /// <summary>A store as it should be, but for the answers given; they are named by the end of their path.</summary>
    private static BtcPayBench Bench(
        Dictionary<string, (int Status, string Body)> otherwise, DateTimeOffset? date = null, (int Status, string Body)? spendKey = null)
    {
        var permissions = string.Join(',', BtcPayPermissions.Needed.Select(p => $"\"{p}:store1\""));
        var webhook = $$$"""{"id":"w1","url":"{{{Url}}}","enabled":true,"automaticRedelivery":true,"authorizedEvents":{"everything":true,"specificEvents":[]}}""";
        var answers = new Dictionary<string, (int Status, string Body)>
        {
            ["server/info"] = (200, """{"version":"2.4.1+03345c28","fullySynched":true}"""),
            ["api-keys/current"] = (200, $$"""{"permissions":[{{permissions}}]}"""),
            ["stores/store1"] = (200, """{"id":"store1","speedPolicy":"MediumSpeed","networkFeeMode":"Never","monitoringExpiration":86400}"""),
            ["payment-methods"] = (200, """[{"enabled":true,"paymentMethodId":"BTC-CHAIN"},{"enabled":true,"paymentMethodId":"BTC-LN"}]"""),
            ["rates"] = (200, """[{"currencyPair":"BTC_USD","rate":"60000","errors":[]}]"""),
            ["webhooks"] = (200, $"[{webhook}]"),
            ["webhooks/w1"] = (200, webhook),
            ["deliveries"] = (200, """[{"id":"d","status":"HttpSuccess","httpCode":200}]"""),
        };
        foreach (var (path, answer) in otherwise)
            answers[path] = answer;
        return new BtcPayBench(request =>
        {
            var (status, body) = request.Method == HttpMethod.Post
                ? (200, webhook)
                : spendKey is { } spending && request.Headers.Authorization?.Parameter == SpendKey ? spending
                : answers.Single(a => request.RequestUri!.AbsolutePath.EndsWith("/" + a.Key, StringComparison.Ordinal)).Value;
            var response = BtcPayBench.Json(body, status);
            response.Headers.Date = date;
            return response;
        }, spendKey: spendKey is null ? "" : SpendKey);
    }
}
