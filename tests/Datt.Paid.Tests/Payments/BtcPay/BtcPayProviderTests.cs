using System.Text.Json;
using System.Text.Json.Nodes;
using Datt.Paid.Payments;
using Datt.Paid.Pricing;

namespace Datt.Paid.Tests.Payments.BtcPay;

public class BtcPayProviderTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly CancellationToken Ct = CancellationToken.None;
    private static readonly Dictionary<string, string> Metadata = new() { ["dattServer"] = "server-1", ["dattMonths"] = "1" };

    [Fact]
    public async Task An_invoice_is_asked_for_with_our_id_and_rules_and_kept_as_BTCPay_rounds_it()
    {
        using var bench = new BtcPayBench(r => r.Method == HttpMethod.Post
            ? BtcPayBench.Json(Invoice("b1", amount: "0.257").ToJsonString())
            : BtcPayBench.Json($"[{Method("BTC-LN", "0.00000429")}]"));
        var made = await bench.Provider.CreateAsync(
            new ProviderInvoiceRequest("inv1", Money.Of(0.2571m, "USD"), [PaymentMethod.Lightning], Now.AddSeconds(3_601), "1 month(s)", Metadata), Now, Ct);

        var sent = bench.Requests[0].Json;
        Assert.Equal("0.2571", sent.GetProperty("amount").GetString());
        var metadata = sent.GetProperty("metadata");
        Assert.Equal(["inv1", "server-1"], new[] { "orderId", "dattServer" }.Select(k => metadata.GetProperty(k).GetString()));
        var checkout = sent.GetProperty("checkout");
        Assert.Equal("MediumSpeed", checkout.GetProperty("speedPolicy").GetString());
        Assert.Equal(["BTC-LN"], checkout.GetProperty("paymentMethods").EnumerateArray().Select(m => m.GetString()));
        Assert.Equal([61, 10_080, 0], new[] { "expirationMinutes", "monitoringMinutes", "paymentTolerance" }.Select(k => checkout.GetProperty(k).GetInt32()));
        Assert.Equal(Money.Of(0.257m, "USD"), made.Amount);
        Assert.Equal((429L, 60_000m, "destination of BTC-LN", (string?)null), (made.TotalSats, made.Rate, made.Lightning, made.Address));
    }

    [Fact]
    public async Task The_oldest_of_two_invoices_of_one_order_is_found()
    {
        using var bench = new BtcPayBench(_ => BtcPayBench.Json(
            new JsonArray(Invoice("younger", created: 200, methods: [Method("BTC-LN")]), Invoice("older", created: 100, methods: [Method("BTC-LN")])).ToJsonString()));
        Assert.Equal("older", (await bench.Provider.FindAsync("inv 1&x", Now, Ct))!.Id);
        Assert.Contains("orderId=inv%201%26x", bench.Requests[0].PathAndQuery);
        Assert.Contains("includeArchived=true", bench.Requests[0].PathAndQuery);
        Assert.Contains("take=", bench.Requests[0].PathAndQuery);
    }

    [Fact]
    public async Task A_page_reads_payments_only_where_the_list_has_none_and_leaves_strangers_out()
    {
        using var bench = new BtcPayBench(r => r.RequestUri!.AbsolutePath.EndsWith("/payment-methods", StringComparison.Ordinal)
            ? BtcPayBench.Json($"[{Method("BTC-LN")}]")
            : BtcPayBench.Json(new JsonArray(
                Invoice("full", methods: [Method("BTC-CHAIN")]), Invoice("bare"), Invoice("stranger", metadata: new JsonObject { ["orderId"] = 7 })).ToJsonString()));
        var page = await bench.Provider.ListAsync(Now, "3", 3, Now, Ct);
        Assert.Equal(["full", "bare"], page.Invoices.Select(i => i.Id));
        Assert.Equal("6", page.Next);
        Assert.Contains("skip=3&take=3", bench.Requests[0].PathAndQuery);
        Assert.Contains($"startDate={Now.ToUnixTimeSeconds()}", bench.Requests[0].PathAndQuery);
        Assert.Equal(["/root/api/v1/stores/store1/invoices", "/root/api/v1/stores/store1/invoices/bare/payment-methods"], bench.Requests.Select(r => r.Path));
    }

    [Fact]
    public async Task The_last_page_has_no_next()
    {
        using var bench = new BtcPayBench(_ => BtcPayBench.Json(new JsonArray(Invoice("only", methods: [Method("BTC-LN")])).ToJsonString()));
        Assert.Null((await bench.Provider.ListAsync(Now, null, 2, Now, Ct)).Next);
    }

    [Fact]
    public async Task An_invoice_of_another_store_or_of_nobody_is_not_there()
    {
        using var bench = new BtcPayBench(r => r.RequestUri!.AbsolutePath.EndsWith("/other", StringComparison.Ordinal)
            ? BtcPayBench.Json(Invoice("other", store: "store2", methods: [Method("BTC-LN")]).ToJsonString())
            : BtcPayBench.Json("""{"code":"missing-permission","message":"no","missingPermission":"btcpay.store.canviewinvoices"}""", 403));
        Assert.Null(await bench.Provider.ReadAsync("other", Now, Ct));
        Assert.Null(await bench.Provider.ReadAsync("unknown", Now, Ct));
        await Assert.ThrowsAsync<ProviderUnavailableException>(() => bench.Provider.ListAsync(Now, null, 10, Now, Ct));
    }

    [Fact]
    public async Task Vanished_payments_and_other_coins_are_not_counted()
    {
        var chain = Method("BTC-CHAIN", payments:
            """[{"id":"a-0","receivedDate":100,"value":"0.0001","status":"Settled"},{"id":"b-0","receivedDate":101,"value":"0.0002","status":"Invalid"},{"id":"c-0","receivedDate":102,"value":0.0003,"status":"Processing"}]""");
        using var bench = new BtcPayBench(_ => BtcPayBench.Json(Invoice("i", methods: [chain, Method("LTC-CHAIN", "1.5")]).ToJsonString()));
        var read = (await bench.Provider.ReadAsync("i", Now, Ct))!;
        Assert.Equal([("a-0", 10_000L, true), ("c-0", 30_000L, false)], read.Payments.Select(p => (p.Id, p.Sats, p.Settled)));
        Assert.Equal(417, read.TotalSats);
    }

    [Theory]
    [InlineData("USD", """[{"currencyPair":"BTC_USD","rate":null,"errors":["RateUnavailable"]}]""", "Store settings, Rates")]
    [InlineData("EUR", "[]", "no rate for EUR")]
    public async Task A_store_without_a_rate_cannot_be_paid_and_says_where_to_set_it(string currency, string rates, string expected)
    {
        using var bench = new BtcPayBench(r => r.RequestUri!.AbsolutePath.EndsWith("/rates", StringComparison.Ordinal) ? BtcPayBench.Json(rates) : BtcPayBench.Json(Both));
        Assert.Contains(expected, (await Assert.ThrowsAsync<ProviderUnavailableException>(() => bench.Provider.TermsAsync(currency, Now, Ct))).Message);
    }

    [Fact]
    public async Task Terms_are_asked_for_once_in_a_while()
    {
        using var bench = new BtcPayBench(r => r.RequestUri!.AbsolutePath.EndsWith("/rates", StringComparison.Ordinal)
            ? BtcPayBench.Json("""[{"currencyPair":"BTC_USD","rate":"60000","errors":[]}]""")
            : BtcPayBench.Json(Both));
        var many = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => bench.Provider.TermsAsync("USD", Now, Ct)));
        Assert.All(many, t => Assert.Equal(60_000m, t.Rate));
        Assert.Equal([PaymentMethod.Lightning, PaymentMethod.OnChain], many[0].Methods.Select(m => m.Method));
        Assert.Equal(2, bench.Requests.Count);
        await bench.Provider.TermsAsync("USD", Now + TimeSpan.FromMinutes(1), Ct);
        Assert.Equal(4, bench.Requests.Count);
    }

    [Fact]
    public async Task Bitcoin_itself_needs_no_rate()
    {
        using var bench = new BtcPayBench(_ => BtcPayBench.Json(Both), currency: "SATS");
        Assert.Equal(100_000_000m, (await bench.Provider.TermsAsync("SATS", Now, Ct)).Rate);
        Assert.Single(bench.Requests);
    }

    [Fact]
    public async Task A_refusal_of_dust_or_of_a_node_that_is_down_makes_no_invoice()
    {
        using var bench = new BtcPayBench(_ => BtcPayBench.Json(
            """{"code":"generic-error","message":"Error retrieving a matching payment method or rate.\nBTC-CHAIN: Payment method unavailable (Amount below the dust threshold)"}""", 400));
        var refused = await Assert.ThrowsAsync<ProviderUnavailableException>(() => bench.Provider.CreateAsync(
            new ProviderInvoiceRequest("inv1", Money.Of(0.25m, "USD"), [PaymentMethod.OnChain], Now.AddHours(1), "", Metadata), Now, Ct));
        Assert.Contains("dust", refused.Message);
        Assert.Single(bench.Requests);
    }

    [Theory]
    [InlineData(false, "[]", ProviderRefundState.Open)]
    [InlineData(true, "[]", ProviderRefundState.Withdrawn)]
    [InlineData(true, """[{"id":"p","state":"Cancelled"}]""", ProviderRefundState.Withdrawn)]
    [InlineData(false, """[{"id":"p","state":"AwaitingApproval"}]""", ProviderRefundState.Claimed)]
    [InlineData(true, """[{"id":"p","state":"Completed"}]""", ProviderRefundState.Claimed)]
    public async Task A_refund_is_withdrawn_only_when_nothing_was_claimed(bool archived, string payouts, ProviderRefundState expected)
    {
        using var bench = new BtcPayBench(r => BtcPayBench.Json(r.RequestUri!.AbsolutePath.EndsWith("/payouts", StringComparison.Ordinal)
            ? payouts
            : $$"""{"id":"pp","currency":"USD","amount":"0.10","archived":{{(archived ? "true" : "false")}}}"""));
        Assert.Equal(expected, await bench.Provider.RefundStateAsync("pp", Now, Ct));
    }

    [Fact]
    public async Task A_refund_names_its_operation_and_may_be_refused()
    {
        var answers = new Queue<(int, string)>(
        [
            (400, """{"code":"non-refundable","message":"Cannot refund this invoice"}"""),
            (200, """{"id":"pp","currency":"USD","amount":"0.10","archived":false,"viewLink":"http://btcpay.test/pull-payments/pp"}"""),
        ]);
        using var bench = new BtcPayBench(_ => answers.Dequeue() is var (status, body) ? BtcPayBench.Json(body, status) : null!);
        var request = new ProviderRefundRequest("op7", "i", Money.Of(0.10m, "USD"), "unused month");
        Assert.Equal("Cannot refund this invoice", Assert.IsType<ProviderRefundOutcome.Refused>(await bench.Provider.RefundAsync(request, Now, Ct)).Reason);
        var made = Assert.IsType<ProviderRefundOutcome.Made>(await bench.Provider.RefundAsync(request, Now, Ct));
        Assert.Equal(("pp", "http://btcpay.test/pull-payments/pp"), (made.Id, made.ClaimUrl));
        Assert.Contains("op7", bench.Requests[1].Json.GetProperty("name").GetString());
        Assert.Equal(("Custom", "0.1"), (bench.Requests[1].Json.GetProperty("refundVariant").GetString(), bench.Requests[1].Json.GetProperty("customAmount").GetString()));
    }

    private const string Both = """[{"enabled":true,"paymentMethodId":"BTC-CHAIN"},{"enabled":true,"paymentMethodId":"BTC-LN"},{"enabled":false,"paymentMethodId":"BTC-LNURL"}]""";

    private static JsonObject Invoice(
        string id, string amount = "0.25", long created = 1_795_353_422, string store = "store1", JsonObject? metadata = null, params string[] methods) => new()
        {
            ["id"] = id,
            ["storeId"] = store,
            ["amount"] = amount,
            ["currency"] = "USD",
            ["status"] = "New",
            ["additionalStatus"] = "None",
            ["createdTime"] = created,
            ["expirationTime"] = created + 3_600,
            ["metadata"] = metadata ?? new JsonObject { ["orderId"] = "inv1", ["dattServer"] = "server-1", ["foreign"] = new JsonObject() },
            ["paymentMethods"] = new JsonArray([.. methods.Select(m => JsonNode.Parse(m))]),
        };

    private static string Method(string id, string amount = "0.00000417", string payments = "[]") => JsonSerializer.Serialize(new
    {
        paymentMethodId = id,
        destination = "destination of " + id,
        rate = "60000",
        amount,
        due = amount,
        paymentMethodFee = "0",
        activated = true,
        payments = JsonSerializer.Deserialize<JsonElement>(payments),
    });
}
