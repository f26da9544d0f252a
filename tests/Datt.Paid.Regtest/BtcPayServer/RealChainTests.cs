using System.Text.Json.Nodes;
using Datt.Paid.Regtest.Node;

namespace Datt.Paid.Regtest.BtcPayServer;

/// <summary>The server's invoices on a real full node: real transactions move them.</summary>
public class RealChainTests
{
    [Fact]
    public async Task A_real_payment_settles_an_invoice_end_to_end()
    {
        await using var node = await RegtestNode.StartAsync();
        var chain = new RegtestChain(node);
        await chain.SyncAsync();
        await using var shop = await ShopFixture.StartAsync(chain);
        await shop.RegisterWebhookAsync();
        var invoice = await shop.CreateInvoiceAsync("10", metadata: new JsonObject { ["orderId"] = "real" });

        var id = await chain.PayAsync(await shop.AddressAsync(invoice), 16_667);
        Assert.Equal("Processing/None", await shop.StatusAsync(invoice));
        await chain.MineAsync();
        Assert.Equal("Settled/None", await shop.StatusAsync(invoice));
        Assert.StartsWith($"{id}-", Assert.Single(shop.Server.Payments()).Id, StringComparison.Ordinal);

        await shop.RestAsync();
        Assert.Equal("InvoiceSettled", shop.Receiver.Types()[^1]);
        var (_, info) = await shop.CallAsync("GET", "/server/info");
        Assert.Equal(111, (int)info!["syncStatus"]![0]!["chainHeight"]!);
    }

    [Fact]
    public async Task A_double_spend_leads_back_to_new_without_an_event_and_a_reorganisation_changes_nothing()
    {
        await using var node = await RegtestNode.StartAsync();
        var chain = new RegtestChain(node);
        await chain.SyncAsync();
        await using var shop = await ShopFixture.StartAsync(chain);
        await shop.RegisterWebhookAsync();
        var invoice = await shop.CreateInvoiceAsync("5");
        var address = await shop.AddressAsync(invoice);

        var first = await chain.PayAsync(address, 8_334, signalsReplacement: true);
        await chain.ReplaceAsync(first);
        Assert.Equal("Processing/None", await shop.StatusAsync(invoice));
        await shop.RestAsync();
        var told = shop.Receiver.Received.Count;
        await chain.MineAsync();
        Assert.Equal("New/None", await shop.StatusAsync(invoice));
        await shop.RestAsync();
        Assert.Equal(told, shop.Receiver.Received.Count);

        var second = await chain.PayAsync(address, 18_334);
        await chain.MineAsync();
        Assert.Equal("Settled/None", await shop.StatusAsync(invoice));
        await chain.ReorganiseAsync(1, second);
        Assert.Equal("Settled/None", await shop.StatusAsync(invoice));
        Assert.True(Assert.Single(shop.Server.Payments()).Settled);
    }
}
