using System.Text.Json.Nodes;
using Datt.Paid.BtcPayServer.Lightning;

namespace Datt.Paid.Regtest.BtcPayServer;

/// <summary>What no recording shows, or shows too rarely to rest on.</summary>
public class InvoiceFlowTests
{
    [Fact]
    public async Task A_confirmed_payment_settles_and_every_event_is_signed()
    {
        await using var shop = await ShopFixture.StartAsync();
        await shop.RegisterWebhookAsync();
        var invoice = await shop.CreateInvoiceAsync("10", metadata: new JsonObject { ["orderId"] = "o-1" });

        shop.Chain.Pay(await shop.AddressAsync(invoice), 16_667);
        Assert.Equal("Processing/None", await shop.StatusAsync(invoice));
        shop.Chain.Mine();
        Assert.Equal("Settled/None", await shop.StatusAsync(invoice));

        await shop.RestAsync();
        Assert.Equal(
            ["InvoiceCreated", "InvoiceReceivedPayment", "InvoiceProcessing", "InvoicePaymentSettled", "InvoiceSettled"],
            shop.Receiver.Types());
        Assert.All(shop.Receiver.Received, webhook => Assert.True(webhook.IsSignedWith(ShopFixture.Secret)));
        Assert.All(shop.Receiver.Received, webhook => Assert.Equal("o-1", webhook.Json["metadata"]!["orderId"]!.ToString()));
    }

    [Fact]
    public async Task Lightning_settles_at_once_and_only_once()
    {
        await using var shop = await ShopFixture.StartAsync();
        var invoice = await shop.CreateInvoiceAsync("0.25");
        var id = invoice["id"]!.ToString();

        Assert.Equal(LightningOutcome.Paid, shop.Server.PayLightning(id));
        Assert.Equal("Settled/None", await shop.StatusAsync(invoice));
        Assert.Equal(LightningOutcome.AlreadyPaid, shop.Server.PayLightning(id));
        var payment = Assert.Single(shop.Server.Payments());
        Assert.Equal(417, payment.Sats);
    }
}
