using System.Net.Http.Json;
using System.Text.Json;
using Datt.Paid.BtcPayServer;
using Datt.Paid.BtcPayServer.Stores;
using Datt.Paid.Cli.Commands;
using Datt.Paid.Payments.BtcPay;
using Datt.Paid.Server.Jobs;
using Datt.Paid.Server.Tests.Payments;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Storage;
using Datt.Paid.Sync.Exchange.Buying;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Sync;

/// <summary>A server that sells its index, one that buys it, and a BTCPay Server with a store for each.</summary>
public sealed class BuyingTests : IAsyncLifetime
{
    private readonly Network _network = new();
    private BtcPayTestServer _btcPay = null!;
    private Store _purse = null!;
    private string? _operator;

    public async ValueTask InitializeAsync()
    {
        _btcPay = await BtcPayTestServer.StartAsync();
        _btcPay.Store.NetworkFeeMode = NetworkFeeMode.Never;
        _purse = _btcPay.CreateStore();
        var seller = Shop.Settings(_btcPay.Url, _btcPay.StoreId, Key(_btcPay.StoreId));
        seller["Datt:Federation:Access"] = "Paid";
        await _network.AddAsync([], seller);
        using var customer = await _network[0].NewCustomerAsync();
        await customer.AnnounceAsync("node", "sha256:one", new { title = "Sold by the month" });
    }

    public async ValueTask DisposeAsync()
    {
        await _network.DisposeAsync();
        await _btcPay.DisposeAsync();
    }

    [Fact]
    public async Task A_buyer_pays_once_over_Lightning_and_then_has_the_index()
    {
        var buyer = await BuyerAsync(_btcPay.CreateApiKey($"{BtcPayPermissions.PaysLightning}:{_purse.Id}"));
        await RoundAsync(buyer);
        await FindsAsync(buyer);
        await RoundAsync(buyer);
        var row = Assert.Single(await RowsAsync(buyer));
        Assert.Equal(PeerPurchaseState.Paid, row.State);
        Assert.Equal(_purse.LightningSpentMillisats, row.SpentSats * 1_000);
        Assert.InRange(row.SpentSats, 417, 418); // 0.25 USD at 60,000, and a fee of one satoshi

        // The key outlives a restart, and the period is not bought again.
        await buyer.RestartAsync();
        await RoundAsync(buyer);
        Assert.NotNull(buyer.Services.GetRequiredService<PeerKeys>().For(Network.IdOf(_network[0])));
        Assert.Equal(row.SpentSats * 1_000, _purse.LightningSpentMillisats);
    }

    [Fact]
    public async Task A_lost_answer_is_not_paid_twice_and_the_seller_tells_that_it_came()
    {
        var buyer = await BuyerAsync(_btcPay.CreateApiKey($"{BtcPayPermissions.PaysLightning}:{_purse.Id}"));
        var asked = 0;
        _btcPay.Faults.Api = (method, path) =>
            path.EndsWith("/invoices/pay", StringComparison.Ordinal) && Interlocked.Increment(ref asked) > 0 ? ApiFault.LoseAnswer : ApiFault.None;
        await RoundAsync(buyer);
        Assert.Equal(PeerPurchaseState.Uncertain, Assert.Single(await RowsAsync(buyer)).State);
        Assert.Equal(1, asked);
        await Eventually.HoldsAsync(
            async () =>
            {
                await RoundAsync(buyer);
                return Assert.Single(await RowsAsync(buyer)).State == PeerPurchaseState.Paid;
            }, "the seller has booked it and says so");
        Assert.Equal(1, asked);
        await FindsAsync(buyer);
    }

    [Fact]
    public async Task Without_the_second_key_the_operator_is_shown_the_invoice_and_pays_it()
    {
        var buyer = await BuyerAsync("");
        await RoundAsync(buyer);
        var row = Assert.Single(await RowsAsync(buyer));
        Assert.Equal(PeerPurchaseState.Waiting, row.State);
        Assert.NotNull(row.Lightning);
        var (exit, shown) = await AsOperatorAsync(buyer, "operator", "peers");
        Assert.Equal(0, exit);
        Assert.Contains(row.Lightning, shown, StringComparison.Ordinal);
        Assert.Contains("Invoices are paid by hand", shown, StringComparison.Ordinal);
        Assert.Equal(Paid.BtcPayServer.Lightning.LightningOutcome.Paid, _btcPay.PayBolt11(row.Lightning));
        await Eventually.HoldsAsync(
            async () =>
            {
                await RoundAsync(buyer);
                return Assert.Single(await RowsAsync(buyer)).State == PeerPurchaseState.Paid;
            }, "the seller says that it was paid");
        await FindsAsync(buyer);
        Assert.Equal(0, _purse.LightningSpentMillisats);
    }

    [Fact]
    public async Task An_operator_sees_what_was_spent_and_says_how_an_uncertain_payment_ended()
    {
        var buyer = await BuyerAsync(_btcPay.CreateApiKey($"{BtcPayPermissions.PaysLightning}:{_purse.Id}"));
        _btcPay.Faults.Api = (_, path) => path.EndsWith("/invoices/pay", StringComparison.Ordinal) ? ApiFault.ServerError : ApiFault.None;
        await RoundAsync(buyer);
        _btcPay.Faults.Api = null;
        await RoundAsync(buyer);
        var row = Assert.Single(await RowsAsync(buyer));
        Assert.Equal(PeerPurchaseState.Uncertain, row.State);
        var report = await ReportAsync(buyer);
        Assert.Equal("uncertain", report.GetProperty("purchases")[0].GetProperty("state").GetString());
        Assert.Equal("5.00", report.GetProperty("budget").GetProperty("perMonth").GetString());
        Assert.StartsWith("4.7", report.GetProperty("budget").GetProperty("left").GetString(), StringComparison.Ordinal); // 417 sats and the highest fee are set aside

        Assert.Equal(2, (await AsOperatorAsync(buyer, "operator", "peers", "resolve", row.Id)).Exit);
        Assert.Equal(5, (await AsOperatorAsync(buyer, "operator", "peers", "resolve", "buy_nothing", "--paid")).Exit);
        Assert.Equal(0, (await AsOperatorAsync(buyer, "operator", "peers", "resolve", row.Id, "--not-paid")).Exit);
        Assert.Equal(1, (await AsOperatorAsync(buyer, "operator", "peers", "resolve", row.Id, "--not-paid")).Exit); // it waits for nothing any more
        await RoundAsync(buyer);
        Assert.Equal(PeerPurchaseState.Paid, Assert.Single(await RowsAsync(buyer)).State);
        await FindsAsync(buyer);
        Assert.True((await ReportAsync(buyer)).GetProperty("peers")[0].GetProperty("takenBytes").GetInt64() > 0);

        using var anybody = new Cli.Terminal(buyer.Address);
        Assert.Equal(3, (await anybody.RunAsync("operator", "peers")).Exit);
    }

    private async Task<JsonElement> ReportAsync(ServerOnDisk server) => JsonDocument.Parse((await AsOperatorAsync(server, "operator", "peers", "--json")).Out).RootElement;

    private async Task<(int Exit, string Out)> AsOperatorAsync(ServerOnDisk server, params string[] arguments)
    {
        _operator ??= await OperatorOf.KeyAsync(server);
        using var output = new StringWriter();
        var exit = await CommandTree.RunAsync(arguments, new Surroundings
        {
            Out = output,
            Error = TextWriter.Null,
            RawOut = () => Stream.Null,
            Environment = name => name switch { "DATT_SERVER" => server.Address.ToString(), "DATT_API_KEY" => _operator, "XDG_CONFIG_HOME" => server.Directory, _ => null },
        }, TestContext.Current.CancellationToken);
        return (exit, output.ToString());
    }

    private string Key(string store) => _btcPay.CreateApiKey([.. BtcPayPermissions.Used(passes: false).Select(p => $"{p}:{store}")]);

    private async Task<ServerOnDisk> BuyerAsync(string spendKey)
    {
        var settings = Shop.Settings(_btcPay.Url, _purse.Id, Key(_purse.Id));
        settings["Datt:Payments:BtcPay:SpendApiKey"] = spendKey;
        settings["Datt:Search:Access"] = "Free";
        settings["Datt:Federation:Buying:Enabled"] = "true";
        settings["Datt:Sync:PollInterval"] = "00:00:02";
        var buyer = await _network.AddAsync([_network[0].Address.ToString()], settings);
        await _network.CompleteAsync();
        return buyer;
    }

    private static Task RoundAsync(ServerOnDisk server) => server.Services.GetRequiredService<ServerJobs>().BuyAsync(TestContext.Current.CancellationToken);

    private static Task<List<PeerPurchaseRow>> RowsAsync(ServerOnDisk server) =>
        server.Services.GetRequiredService<PurchaseBook>().ListAsync(TestContext.Current.CancellationToken);

    private static Task FindsAsync(ServerOnDisk server) => Eventually.HoldsAsync(
        async () => (await server.Anyone.GetFromJsonAsync<JsonElement>("/api/v1/search?q=sold")).GetProperty("hits").GetArrayLength() == 1, "the buyer has the seller's index");
}
