using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Datt.Paid.BtcPayServer.Lightning;
using Datt.Paid.Payments.BtcPay;
using Datt.Paid.Payments.L402;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.Jobs;
using Datt.Paid.Server.Tests.Payments;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Access;

public partial class PassTests
{
    private const string Search = "/api/v1/search?q=anything";

    private static readonly Dictionary<string, string?> Sandbox = new() { ["Datt:L402:Enabled"] = "true" };

    [Fact]
    public async Task A_buyer_without_an_account_pays_an_invoice_and_searches_until_the_pass_is_over()
    {
        var time = new WallClock("2026-11-22T12:00:00Z");
        await using var server = await ServerOnDisk.StartAsync(new(Sandbox) { ["Datt:L402:PassDuration"] = "01:00:00" }, time);
        var offer = await OfferAsync(server.Anyone);
        var preimage = await PayAsync(server, offer.Invoice);
        Assert.Equal(HttpStatusCode.OK, (await ShowAsync(server.Anyone, "L402", offer.Token, preimage)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await ShowAsync(server.Anyone, "LSAT", offer.Token, preimage)).StatusCode);
        await server.RestartAsync();
        Assert.Equal(HttpStatusCode.OK, (await ShowAsync(server.Anyone, "L402", offer.Token, preimage)).StatusCode);

        time.Advance(TimeSpan.FromMinutes(69)); // an hour, counted from the end of the invoice's ten minutes
        Assert.Equal(HttpStatusCode.OK, (await ShowAsync(server.Anyone, "L402", offer.Token, preimage)).StatusCode);
        time.Advance(TimeSpan.FromMinutes(1));
        var over = await ShowAsync(server.Anyone, "L402", offer.Token, preimage);
        await Refused.WithAsync(over, HttpStatusCode.Unauthorized, "unauthorized");
        Assert.NotEqual(offer.Invoice, OfferOf(over)!.Invoice);
    }

    [Fact]
    public async Task A_pass_goes_on_when_the_server_changes_its_key()
    {
        await using var server = await ServerOnDisk.StartAsync(Sandbox);
        var offer = await OfferAsync(server.Anyone);
        var preimage = await PayAsync(server, offer.Invoice);
        await server.StopAsync();
        var path = Path.Combine(server.Directory, "server.key");
        using (var former = ServerKeyFile.Open(path))
        using (var next = former.Rotate(DateTimeOffset.UnixEpoch.AddYears(56)))
            ServerKeyFile.Replace(path, next!);
        await server.RestartAsync();
        Assert.Equal(HttpStatusCode.OK, (await ShowAsync(server.Anyone, "L402", offer.Token, preimage)).StatusCode);
    }

    [Fact]
    public async Task A_pass_opens_search_alone_and_only_with_its_preimage()
    {
        await using var server = await ServerOnDisk.StartAsync(Sandbox);
        var offer = await OfferAsync(server.Anyone);
        await Refused.WithAsync(ShowAsync(server.Anyone, "L402", offer.Token, new string('0', 64)), HttpStatusCode.Unauthorized, "unauthorized");
        var preimage = await PayAsync(server, offer.Invoice);
        using var announce = new HttpRequestMessage(HttpMethod.Put, "/api/v1/content/c:1?node=n") { Content = JsonContent.Create(new { title = "x" }) };
        announce.Headers.Authorization = new AuthenticationHeaderValue("L402", $"{offer.Token}:{preimage}");
        await Refused.WithAsync(server.Anyone.SendAsync(announce), HttpStatusCode.Forbidden, "forbidden");

        await using var other = await ServerOnDisk.StartAsync(Sandbox);
        var foreign = await ShowAsync(other.Anyone, "L402", offer.Token, preimage);
        var problem = await Refused.WithAsync(foreign, HttpStatusCode.Unauthorized, "unauthorized");
        Assert.Contains("another server", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.NotNull(OfferOf(foreign));
    }

    [Fact]
    public async Task Off_by_default_there_is_no_offer_and_no_pass()
    {
        await using var server = await ServerOnDisk.StartAsync();
        Assert.Null(OfferOf(await server.Anyone.GetAsync(Search)));
        await Refused.WithAsync(ShowAsync(server.Anyone, "L402", "AgI=", new string('0', 64)), HttpStatusCode.Unauthorized, "unauthorized");
    }

    [Fact]
    public async Task A_caller_has_one_offer_until_it_is_paid_or_nearly_expired_and_a_key_gets_one_on_request()
    {
        var time = new WallClock("2026-11-22T12:00:00Z");
        await using var server = await ServerOnDisk.StartAsync(Sandbox, time);
        var first = await OfferAsync(server.Anyone);
        Assert.Equal(first, await OfferAsync(server.Anyone));
        time.Advance(TimeSpan.FromMinutes(9.5));
        var second = await OfferAsync(server.Anyone);
        Assert.NotEqual(first, second);
        await ShowAsync(server.Anyone, "L402", second.Token, await PayAsync(server, second.Invoice));
        Assert.NotEqual(second, await OfferAsync(server.Anyone));

        using var customer = await server.NewCustomerAsync();
        Assert.Null(OfferOf(await customer.Http.GetAsync(Search)));
        customer.Http.DefaultRequestHeaders.Add("Accept-Authenticate", "L402");
        Assert.NotNull(OfferOf(await customer.Http.GetAsync(Search)));
    }

    [Fact]
    public async Task A_flood_of_addresses_gets_a_bounded_number_of_invoices()
    {
        await using var server = await ServerOnDisk.StartAsync(new(Sandbox)
        {
            ["Datt:L402:MaximumOpen"] = "5",
            ["Datt:TrustedProxies:0"] = "127.0.0.1",
        });
        var offers = new HashSet<string>();
        for (var i = 0; i < 40; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Search);
            request.Headers.Add("X-Forwarded-For", $"2001:db8:0:{i:x}::1");
            using var answer = await server.Anyone.SendAsync(request);
            await Refused.WithAsync(answer, HttpStatusCode.PaymentRequired, "payment_required");
            if (OfferOf(answer) is { } offer)
                offers.Add(offer.Invoice);
        }
        Assert.Equal(5, offers.Count);
        Assert.Equal(5, server.Services.GetRequiredService<ChallengeDesk>().Open);
    }

    [Fact]
    public async Task Through_BTCPay_a_pass_is_paid_used_and_booked_once()
    {
        await using var shop = await ShopAsync();
        Assert.DoesNotContain(shop.Report.Findings, f => f.Code.StartsWith("permission", StringComparison.Ordinal));
        var offer = await OfferAsync(shop.Server.Anyone);
        Assert.StartsWith("lnbcrt", offer.Invoice, StringComparison.Ordinal);
        Assert.Equal(LightningOutcome.Paid, shop.BtcPay.PayBolt11(offer.Invoice));
        Assert.Equal(HttpStatusCode.OK, (await ShowAsync(shop.Server.Anyone, "L402", offer.Token, await PreimageAsync(shop))).StatusCode);

        var jobs = shop.Server.Services.GetRequiredService<ServerJobs>();
        await jobs.ReconcileAsync(CancellationToken.None);
        await Task.WhenAll(jobs.ReconcileAsync(CancellationToken.None), jobs.ReconcileAsync(CancellationToken.None));
        var (sale, ledger) = await BooksAsync(shop);
        Assert.NotNull(sale.PaidAt);
        Assert.Equal([LedgerKind.Payment, LedgerKind.Charge], ledger.Select(l => l.Kind));
        Assert.Equal((long)(sale.Sats * (sale.RateUnits / 100_000_000m)), ledger[0].Units);
        Assert.Equal(0, ledger.Sum(l => l.Units));
        Assert.Equal(1, shop.Server.Services.GetRequiredService<PassSales>().Sold);
    }

    [Fact]
    public async Task What_nobody_paid_is_forgotten_when_its_time_is_over()
    {
        var time = new WallClock("2026-11-22T12:00:00Z");
        await using var server = await ServerOnDisk.StartAsync(Sandbox, time);
        var offer = await OfferAsync(server.Anyone);
        time.Advance(TimeSpan.FromMinutes(12));
        using var late = await server.Anyone.PostAsync($"/api/v1/sandbox/lightning/{offer.Invoice}/pay", null);
        await Refused.WithAsync(late, HttpStatusCode.NotFound, "not_found");
        await server.Services.GetRequiredService<PassSales>().RunAsync(time.GetUtcNow(), CancellationToken.None);
        Assert.Equal(0, await server.Services.GetRequiredService<Database>().ReadAsync(db => db.PassSales.CountAsync(), CancellationToken.None));
    }

    [Fact]
    public async Task What_was_paid_and_never_used_is_booked_too()
    {
        await using var shop = await ShopAsync();
        var sales = shop.Server.Services.GetRequiredService<PassSales>();
        var offer = await OfferAsync(shop.Server.Anyone);
        shop.BtcPay.PayBolt11(offer.Invoice);
        await sales.RunAsync(TimeProvider.System.GetUtcNow().AddMinutes(20), CancellationToken.None);
        Assert.Equal(2, (await BooksAsync(shop)).Ledger.Count);
    }

    [Fact]
    public async Task A_sale_that_a_restored_database_has_forgotten_is_found_by_its_pass()
    {
        await using var shop = await ShopAsync();
        var offer = await OfferAsync(shop.Server.Anyone);
        shop.BtcPay.PayBolt11(offer.Invoice);
        var preimage = await PreimageAsync(shop);
        await shop.Server.Services.GetRequiredService<Database>().WriteAsync(db => db.PassSales.ExecuteDeleteAsync(), CancellationToken.None);
        await ShowAsync(shop.Server.Anyone, "L402", offer.Token, preimage);
        await shop.Server.Services.GetRequiredService<ServerJobs>().ReconcileAsync(CancellationToken.None);
        Assert.Equal(2, (await BooksAsync(shop)).Ledger.Count);
    }

    [Fact]
    public async Task While_BTCPay_is_down_refusals_come_without_an_offer_and_passes_go_on()
    {
        await using var shop = await ShopAsync();
        var offer = await OfferAsync(shop.Server.Anyone);
        shop.BtcPay.PayBolt11(offer.Invoice);
        var preimage = await PreimageAsync(shop);
        await shop.BtcPay.StopAsync();
        Assert.Equal(HttpStatusCode.OK, (await ShowAsync(shop.Server.Anyone, "L402", offer.Token, preimage)).StatusCode);
        var refused = await shop.Server.Anyone.GetAsync(Search);
        await Refused.WithAsync(refused, HttpStatusCode.PaymentRequired, "payment_required");
        Assert.Null(OfferOf(refused));
    }

    [Fact]
    public async Task The_check_asks_for_the_permissions_only_where_passes_are_sold()
    {
        await using var shop = await Shop.OpenAsync(settings => settings["Datt:L402:Enabled"] = "true");
        var missing = Assert.Single(shop.Report.Findings, f => f.Code == "permission-missing");
        Assert.Contains(BtcPayPermissions.MakesLightning, missing.Problem, StringComparison.Ordinal);
        Assert.Contains(BtcPayPermissions.ReadsLightning, missing.Problem, StringComparison.Ordinal);
    }

    private static Task<Shop> ShopAsync() => Shop.OpenAsync(settings => settings["Datt:L402:Enabled"] = "true", sellsPasses: true);

    private static async Task<Offer> OfferAsync(HttpClient http)
    {
        using var refused = await http.GetAsync(Search);
        await Refused.WithAsync(refused, HttpStatusCode.PaymentRequired, "payment_required");
        return OfferOf(refused) ?? throw new InvalidOperationException("The refusal came without an offer.");
    }

    /// <summary>As clients read it: the new form, and the old one with the same content.</summary>
    private static Offer? OfferOf(HttpResponseMessage refused)
    {
        if (!refused.Headers.TryGetValues("WWW-Authenticate", out var values))
            return null;
        var all = values.ToList();
        var today = all.Select(v => Today().Match(v)).FirstOrDefault(m => m.Success);
        var legacy = all.Select(v => Legacy().Match(v)).FirstOrDefault(m => m.Success);
        if (today is null || legacy is null)
            return null;
        Assert.Equal((today.Groups[1].Value, today.Groups[2].Value), (legacy.Groups[2].Value, legacy.Groups[3].Value));
        return new Offer(today.Groups[1].Value, today.Groups[2].Value);
    }

    private static async Task<string> PayAsync(ServerOnDisk server, string invoice)
    {
        using var paid = await server.Anyone.PostAsync($"/api/v1/sandbox/lightning/{invoice}/pay", null);
        Assert.Equal(HttpStatusCode.OK, paid.StatusCode);
        return (await paid.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("preimage").GetString()!;
    }

    private static Task<HttpResponseMessage> ShowAsync(HttpClient http, string scheme, string token, string preimage)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, Search);
        request.Headers.Authorization = new AuthenticationHeaderValue(scheme, $"{token}:{preimage}");
        return http.SendAsync(request);
    }

    /// <summary>What the payer's node learnt, asked of the merchant's.</summary>
    private static async Task<string> PreimageAsync(Shop shop)
    {
        var id = await shop.Server.Services.GetRequiredService<Database>().ReadAsync(db => db.PassSales.Select(s => s.ProviderId).SingleAsync(), CancellationToken.None);
        using var greenfield = shop.Greenfield();
        return (await greenfield.GetFromJsonAsync<JsonElement>($"lightning/BTC/invoices/{id}")).GetProperty("preimage").GetString()!;
    }

    private static Task<(PassSale Sale, List<LedgerEntry> Ledger)> BooksAsync(Shop shop) => shop.Server.Services.GetRequiredService<Database>().ReadAsync(
        async db => (await db.PassSales.SingleAsync(), await db.Ledger.Where(l => l.AccountId == PassSales.AccountId).OrderBy(l => l.Id).ToListAsync()),
        CancellationToken.None);

    [GeneratedRegex("^L402 version=\"0\", token=\"(.*?)\", invoice=\"(.*?)\"$")]
    private static partial Regex Today();

    [GeneratedRegex("(LSAT|L402) macaroon=\"(.*?)\", invoice=\"(.*?)\"")]
    private static partial Regex Legacy();

    private sealed record Offer(string Token, string Invoice);
}
