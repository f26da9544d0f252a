using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Datt.Paid.BtcPayServer;
using Datt.Paid.BtcPayServer.Stores;
using Datt.Paid.Server.Payments;
using Datt.Paid.Server.Tests.Running;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Regtest.Campaigns;

/// <summary>Wrong settings and wrong input end to end: each is told with the setting's name, and nothing is left half made.</summary>
public class BadInputTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;

    public static TheoryData<string, string, string> WrongSettings => new()
    {
        { "store", "permission-missing", "Datt:Payments:BtcPay:StoreId" },
        { "key", "key-unknown", "Datt:Payments:BtcPay:ApiKey" },
        { "permission", "permission-missing", "btcpay.store.canmodifyinvoices" },
        { "currency", "no-rate", "Datt:Pricing:Currency" },
    };

    [Theory]
    [MemberData(nameof(WrongSettings))]
    public async Task A_wrong_setting_is_named_and_nothing_is_half_made(string what, string code, string named)
    {
        await using var side = await BtcPaySide.StartAsync(now: null, new Random(1));
        side.Trouble.On = false;
        var settings = new Dictionary<string, string?>(side.Settings);
        settings["Datt:Payments:BtcPay:StoreId"] = what == "store" ? "AnotherStore123" : side.Server.StoreId;
        settings["Datt:Payments:BtcPay:ApiKey"] = what switch
        {
            "key" => new string('0', 40),
            "permission" => side.Server.CreateApiKey(Policies.ViewInvoices, Policies.ViewStoreSettings, Policies.ModifyWebhooks),
            _ => side.Key,
        };
        settings["Datt:Pricing:Currency"] = what == "currency" ? "CHF" : "USD";
        await using var server = await ServerOnDisk.StartAsync(settings);

        using var buyer = await server.NewCustomerAsync();
        using var answer = await buyer.Http.PostAsJsonAsync("/api/v1/subscription/invoices", new { months = 1 });
        await Refused.WithAsync(answer, HttpStatusCode.ServiceUnavailable, "payments_unavailable");
        await Eventually.HoldsAsync(() => Task.FromResult(Report(server).CheckedAt is not null), "the payment side was checked");
        var finding = Assert.Single(Report(server).Findings, f => f.Code == code);
        Assert.Contains(named, finding.Problem + finding.Remedy, StringComparison.Ordinal);
        await NothingIsLeftAsync(server);
        Assert.Empty(side.Server.Payments());

        // The same from the shell, while the server runs.
        using var output = new StringWriter();
        string[] args = ["check", .. settings.Select(s => $"--{s.Key}={s.Value}"), "--environment=Development"];
        Assert.Equal(1, await PaymentVerb.RunAsync(args, output, Ct));
        Assert.Contains(code, output.ToString(), StringComparison.Ordinal);
        Assert.Contains(named, output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_taken_away_while_the_server_runs_changes_nothing_but_that_nobody_can_buy()
    {
        var side = await BtcPaySide.StartAsync(MoneyScene.Start, new Random(1));
        side.Trouble.On = false;
        await using var scene = await MoneyScene.StartAsync(side);
        var buyer = await scene.NewBuyerAsync();
        var invoice = (await scene.BuyAsync(buyer, 1))!;
        side.Server.RevokeApiKey(side.Key);
        Assert.True(side.PayLightning(invoice.Lightning!));
        await side.RestAsync();
        await scene.AdvanceAsync(TimeSpan.FromMinutes(1));
        await scene.ReconcileAsync();
        Assert.Null(await scene.BuyAsync(buyer, 1));
        Assert.Empty((await Books.OfAsync(scene)).Ledger);
    }

    [Fact]
    public async Task A_delivery_with_another_secret_changes_nothing_and_is_not_answered_with_200()
    {
        var side = await BtcPaySide.StartAsync(MoneyScene.Start, new Random(1));
        side.Trouble.On = false;
        await using var scene = await MoneyScene.StartAsync(side);
        var buyer = await scene.NewBuyerAsync();
        // From the start: the reader of deliveries must have no other reason to look.
        side.Server.Faults.Webhook = _ => new WebhookFault { Drop = true };
        var invoice = (await scene.BuyAsync(buyer, 1))!;
        await side.RestAsync();
        var reads = new HashSet<string>();
        side.Server.Faults.Api = (_, path) =>
        {
            lock (reads)
                reads.Add(path);
            return ApiFault.None;
        };
        Assert.True(side.PayLightning(invoice.Lightning!));

        var body = Delivery(side.Server.StoreId, invoice.ProviderId);
        await Refused.WithAsync(PostAsync(scene, body, null), HttpStatusCode.Unauthorized, "unauthorized");
        await Refused.WithAsync(PostAsync(scene, body, "sha256="), HttpStatusCode.Unauthorized, "unauthorized");
        await Refused.WithAsync(PostAsync(scene, body, Sign(body, "another secret of somebody")), HttpStatusCode.Unauthorized, "unauthorized");
        await Refused.WithAsync(PostAsync(scene, body, Sign(body, "")), HttpStatusCode.Unauthorized, "unauthorized");
        await Refused.WithAsync(PostAsync(scene, body, Sign(Delivery(side.Server.StoreId, "another"), BtcPaySide.Secret)), HttpStatusCode.Unauthorized, "unauthorized");
        // Genuine ones about what is not ours are answered well and change nothing: unknown, of another store, of nobody.
        var unknown = Delivery(side.Server.StoreId, "UnknownInvoice1");
        foreach (var genuine in new[] { unknown, Delivery(side.Server.CreateStore().Id, invoice.ProviderId), "[]"u8.ToArray(), "no json"u8.ToArray() })
            Assert.Equal(HttpStatusCode.OK, (await PostAsync(scene, genuine, Sign(genuine, BtcPaySide.Secret))).StatusCode);
        await Eventually.HoldsAsync(() => Task.FromResult(Read("UnknownInvoice1")), "the genuine delivery made the server look");
        Assert.False(Read(invoice.ProviderId), "a forged delivery made the server look");
        Assert.Empty((await Books.OfAsync(scene)).Ledger);

        Assert.Equal(HttpStatusCode.OK, (await PostAsync(scene, body, Sign(body, BtcPaySide.Secret))).StatusCode);
        await Eventually.HoldsAsync(async () => (await Books.OfAsync(scene)).Ledger.Count == 2, "the genuine delivery led to a payment and its charge");

        bool Read(string id)
        {
            lock (reads)
                return reads.Any(path => path.EndsWith("/invoices/" + id, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task An_invoice_of_a_stranger_in_the_same_store_is_left_alone()
    {
        var side = await BtcPaySide.StartAsync(MoneyScene.Start, new Random(1));
        side.Trouble.On = false;
        await using var scene = await MoneyScene.StartAsync(side);
        var buyer = await scene.NewBuyerAsync();
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add("Authorization", "token " + side.Key);
        // Ours by account and order, but another server's; and one without any metadata of ours.
        foreach (var metadata in new object[]
                 {
                     new { orderId = "inv_1", dattServer = "another", dattAccount = buyer.AccountId, dattPurpose = "Purchase", dattMonths = "1", dattPriceUnits = "1" },
                     new { orderId = "inv_2" },
                 })
        {
            var made = await http.PostAsJsonAsync($"{side.Server.Url}/api/v1/stores/{side.Server.StoreId}/invoices", new { amount = "2", currency = "USD", metadata });
            var id = (await made.Content.ReadFromJsonAsync<System.Text.Json.JsonElement>()).GetProperty("id").GetString()!;
            side.Server.PayLightning(id);
        }
        await side.RestAsync();
        await scene.ReconcileAsync(all: true);
        var books = await Books.OfAsync(scene);
        Assert.Empty(books.Ledger);
        Assert.Empty(books.Invoices);
        Assert.Equal(2, books.Payments.Count);
    }

    [Fact]
    public async Task Below_the_dust_limit_on_chain_more_is_asked_for_and_said_so()
    {
        var side = await BtcPaySide.StartAsync(MoneyScene.Start, new Random(1));
        side.Trouble.On = false;
        side.Server.Store.Lightning = false;
        side.Server.Store.Rates["USD"] = 1_000_000m; // two dollars are 200 satoshi
        await using var scene = await MoneyScene.StartAsync(side);
        var buyer = await scene.NewBuyerAsync();
        using var answer = await buyer.Http.PostAsJsonAsync("/api/v1/subscription/invoices", new { months = 1 });
        var invoice = await answer.Content.ReadFromJsonAsync<System.Text.Json.JsonElement>();
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal(5_000, invoice.GetProperty("dueSats").GetInt64());
        Assert.Contains("5000", invoice.GetProperty("note").GetString(), StringComparison.Ordinal);
        side.Pay(invoice.GetProperty("address").GetString()!, 5_000);
        side.Mine();
        await scene.ReconcileAsync();
        Assert.Equal((5_000 * 1_000_000L) - 200_000_000L, (await Books.OfAsync(scene)).Ledger.Sum(l => l.Units));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public async Task Ten_minutes_of_clock_skew_lose_nothing(int minutes)
    {
        var side = await BtcPaySide.StartAsync(MoneyScene.Start + TimeSpan.FromMinutes(minutes), new Random(1));
        side.Trouble.On = false;
        side.Server.Faults.Webhook = _ => new WebhookFault { Drop = true };
        await using var scene = await MoneyScene.StartAsync(side);
        var buyer = await scene.NewBuyerAsync();
        var first = (await scene.BuyAsync(buyer, 2))!;
        var second = (await scene.BuyAsync(buyer, 2))!;
        Assert.Equal(scene.Now + TimeSpan.FromMinutes(60 + minutes), first.ExpiresAt); // the provider's clock decides about it
        var finding = Assert.Single(Report(scene.Server).Findings, f => f.Code == "clock-skew");
        Assert.StartsWith(minutes > 0 ? "The clock of BTCPay is ahead" : "This server's clock is ahead", finding.Problem, StringComparison.Ordinal);
        Assert.Contains("0:10:00", finding.Problem, StringComparison.Ordinal);
        await scene.AdvanceAsync(TimeSpan.FromMinutes(55));
        side.Pay(first.Address!, first.DueSats); // in time by the clock that counts
        await scene.AdvanceAsync(TimeSpan.FromMinutes(6));
        side.Pay(second.Address!, second.DueSats); // late by it
        side.Mine();
        await scene.AdvanceAsync(TimeSpan.FromSeconds(5));
        await scene.ReconcileAsync();
        var books = await Books.OfAsync(scene);
        PaymentOracle.Check(scene, books);
        new LedgerOracle(scene, books).Check();
        Assert.Equal([null, "late payment"], books.Ledger.Where(l => l.Kind == Storage.LedgerKind.Payment).Select(l => l.Cause).Order());
        Assert.Equal(4, books.Periods.Sum(p => p.To.Month - p.From.Month));
    }

    private static PaymentReport Report(ServerOnDisk server) => server.Services.GetRequiredService<PaymentHealth>().Report;

    /// <summary>No row that could be paid, nothing in the ledger.</summary>
    private static async Task NothingIsLeftAsync(ServerOnDisk server)
    {
        var (open, entries) = await server.Services.GetRequiredService<Storage.Database>().ReadAsync(
            async db => (await db.Invoices.CountAsync(i => i.Status != Storage.InvoiceStatus.Invalid), await db.Ledger.CountAsync()), Ct);
        Assert.Equal((0, 0), (open, entries));
    }

    private static byte[] Delivery(string store, string invoice) => Encoding.UTF8.GetBytes(
        $$"""{ "deliveryId": "d", "webhookId": "w", "originalDeliveryId": "d", "type": "InvoiceSettled", "storeId": "{{store}}", "invoiceId": "{{invoice}}" }""");

    private static string Sign(byte[] body, string secret) => "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));

    private static async Task<HttpResponseMessage> PostAsync(MoneyScene scene, byte[] body, string? signature)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/webhooks/btcpay") { Content = new ByteArrayContent(body) };
        if (signature is not null)
            request.Headers.TryAddWithoutValidation("BTCPay-Sig", signature);
        return await scene.Server.Anyone.SendAsync(request);
    }
}
