using BTCPayServer.Client;
using BTCPayServer.Client.Models;
using NBitcoin;
using Newtonsoft.Json.Linq;

namespace Datt.Paid.Regtest.Official;

/// <summary>Invoices of the test server as BTCPay's own client asks for and reads them.</summary>
public class OfficialInvoiceTests
{
    [Fact]
    public async Task An_invoice_is_created_found_paid_and_read_back()
    {
        await using var official = await OfficialShop.OpenAsync();
        var (client, shop, now) = (official.Client, official.Shop, official.Shop.Clock.GetUtcNow());
        var created = await client.CreateInvoice(official.StoreId, new CreateInvoiceRequest
        {
            Amount = 10m,
            Currency = "USD",
            Metadata = new JObject { ["orderId"] = "o-1" },
            Checkout = new InvoiceDataBase.CheckoutOptions { Expiration = TimeSpan.FromMinutes(30), SpeedPolicy = SpeedPolicy.LowSpeed },
        });
        Assert.Equal((InvoiceStatus.New, InvoiceExceptionStatus.None), (created.Status, created.AdditionalStatus));
        Assert.Equal((10m, "USD", official.StoreId), (created.Amount, created.Currency, created.StoreId));
        Assert.Equal((now, now.AddMinutes(30)), (created.CreatedTime, created.ExpirationTime));
        Assert.Equal((TimeSpan.FromMinutes(30), SpeedPolicy.LowSpeed), (created.Checkout.Expiration, created.Checkout.SpeedPolicy));
        Assert.Equal("o-1", (string?)created.Metadata["orderId"]);

        await client.CreateInvoice(official.StoreId, new CreateInvoiceRequest { Amount = 1m, Currency = "USD" });
        Assert.Equal(created.Id, Assert.Single(await client.GetInvoices(official.StoreId, orderId: ["o-1"])).Id);
        Assert.Equal(2, (await client.GetInvoices(official.StoreId, status: [InvoiceStatus.New], take: 10)).Count());
        Assert.Empty(await client.GetInvoices(official.StoreId, status: [InvoiceStatus.Settled]));

        var methods = await client.GetInvoicePaymentMethods(created.Id);
        Assert.Equal(["BTC-CHAIN", "BTC-LN"], methods.Select(method => method.PaymentMethodId).Order(StringComparer.Ordinal));
        var chain = methods.Single(method => method.PaymentMethodId == "BTC-CHAIN");
        Assert.Equal((60_000m, 0.00016667m, 0.00016667m), (chain.Rate, chain.Amount, chain.Due));
        var address = BitcoinAddress.Create(chain.Destination, Network.RegTest);
        Assert.StartsWith($"bitcoin:{address}?", chain.PaymentLink, StringComparison.Ordinal);

        shop.Chain.Pay(chain.Destination, 16_667);
        shop.Chain.Mine(6);
        var paid = await client.GetInvoice(created.Id, includePaymentMethods: true);
        Assert.Equal((InvoiceStatus.Settled, InvoiceExceptionStatus.None), (paid.Status, paid.AdditionalStatus));
        var payment = Assert.Single(paid.PaymentMethods.Single(method => method.PaymentMethodId == "BTC-CHAIN").Payments);
        Assert.Equal((0.00016667m, chain.Destination), (payment.Value, payment.Destination));
        Assert.Equal(InvoicePaymentMethodDataModel.Payment.PaymentStatus.Settled, payment.Status);
    }

    [Fact]
    public async Task An_invoice_is_marked_changed_and_archived()
    {
        await using var official = await OfficialShop.OpenAsync();
        var client = official.Client;
        var id = (await client.CreateInvoice(official.StoreId, new CreateInvoiceRequest { Amount = 1m, Currency = "USD" })).Id;

        await client.UpdateInvoice(id, new UpdateInvoiceRequest { Metadata = new JObject { ["orderId"] = "later" } });
        Assert.Equal("later", (string?)(await client.GetInvoice(id)).Metadata["orderId"]);

        Assert.Contains(InvoiceStatus.Invalid, (await client.GetInvoice(id)).AvailableStatusesForManualMarking);
        await client.MarkInvoiceStatus(id, new MarkInvoiceStatusRequest { Status = InvoiceStatus.Invalid });
        var marked = await client.GetInvoice(id);
        Assert.Equal((InvoiceStatus.Invalid, InvoiceExceptionStatus.Marked), (marked.Status, marked.AdditionalStatus));

        await client.ArchiveInvoice(id);
        Assert.Empty(await client.GetInvoices(official.StoreId));
        Assert.True(Assert.Single(await client.GetInvoices(official.StoreId, includeArchived: true)).Archived);
        Assert.False((await client.UnarchiveInvoice(id)).Archived);
    }

    [Fact]
    public async Task A_refund_is_a_pull_payment_of_what_was_paid()
    {
        await using var official = await OfficialShop.OpenAsync();
        var client = official.Client;
        var id = (await client.CreateInvoice(official.StoreId, new CreateInvoiceRequest { Amount = 10m, Currency = "USD" })).Id;
        var request = new RefundInvoiceRequest { RefundVariant = RefundVariant.RateThen, PayoutMethods = ["BTC-CHAIN"], Name = "back" };
        var refused = await Assert.ThrowsAsync<GreenfieldAPIException>(() => client.RefundInvoice(id, request));
        Assert.Equal((400, "non-refundable"), (refused.HttpCode, refused.APIError.Code));

        official.Shop.Server.PayLightning(id);
        var offer = await client.GetInvoiceRefundTriggerData(id, "BTC-CHAIN");
        Assert.Equal((0.00016667m, 10m, "USD"), (offer.PaymentAmountThen, offer.InvoiceAmount, offer.InvoiceCurrency));
        var refund = await client.RefundInvoice(id, request);
        Assert.Equal((0.00016667m, "BTC", "back"), (refund.Amount, refund.Currency, refund.Name));
        Assert.Equal(refund.Id, (await client.GetPullPayment(refund.Id)).Id);
        Assert.Equal(refund.Id, Assert.Single(await client.GetPullPayments(official.StoreId)).Id);
        await client.ArchivePullPayment(refund.Id);
        Assert.Empty(await client.GetPullPayments(official.StoreId));
        Assert.True(Assert.Single(await client.GetPullPayments(official.StoreId, includeArchived: true)).Archived);
    }
}
