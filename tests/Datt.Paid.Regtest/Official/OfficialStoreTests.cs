using System.Text;
using BTCPayServer.Client;
using BTCPayServer.Client.Models;
using BTCPayServer.Lightning;
using Newtonsoft.Json;

namespace Datt.Paid.Regtest.Official;

/// <summary>Server, keys, store, webhooks and Lightning of the test server through BTCPay's own client.</summary>
public class OfficialStoreTests
{
    [Fact]
    public async Task Server_and_keys_are_read_and_a_refusal_names_the_permission()
    {
        await using var official = await OfficialShop.OpenAsync();
        var info = await official.Client.GetServerInfo();
        Assert.Equal(("2.4.1", true), (info.Version, info.FullySynched));
        Assert.Contains("BTC-CHAIN", info.SupportedPaymentMethods);

        var permission = Permission.Create(Policies.CanModifyInvoices, official.StoreId);
        var key = await official.Client.CreateAPIKey(new CreateApiKeyRequest { Label = "narrow", Permissions = [permission] });
        var narrow = official.With(key.ApiKey);
        var current = await narrow.GetCurrentAPIKeyInfo();
        Assert.Equal("narrow", current.Label);
        Assert.Equal([permission.ToString()], current.Permissions.Select(p => p.ToString()));

        var refused = await Assert.ThrowsAsync<GreenfieldAPIException>(() => narrow.GetWebhooks(official.StoreId));
        Assert.Equal(403, refused.HttpCode);
        Assert.Equal(Policies.CanModifyWebhooks, Assert.IsType<GreenfieldPermissionAPIError>(refused.APIError).MissingPermission);
        var wrong = await Assert.ThrowsAsync<GreenfieldValidationException>(() =>
            narrow.CreateInvoice(official.StoreId, new CreateInvoiceRequest { Amount = -1m, Currency = "USD" }));
        Assert.Contains(wrong.ValidationErrors, error => error.Path == "Amount");
    }

    [Fact]
    public async Task A_store_its_methods_and_rates_are_read()
    {
        await using var official = await OfficialShop.OpenAsync();
        var store = await official.Client.GetStore(official.StoreId);
        Assert.Equal((official.StoreId, "USD"), (store.Id, store.DefaultCurrency));
        Assert.Equal((SpeedPolicy.MediumSpeed, NetworkFeeMode.MultiplePaymentsOnly), (store.SpeedPolicy, store.NetworkFeeMode));
        Assert.Equal((TimeSpan.FromMinutes(15), TimeSpan.FromDays(1)), (store.InvoiceExpiration, store.MonitoringExpiration));
        var methods = await official.Client.GetStorePaymentMethods(official.StoreId, onlyEnabled: true);
        Assert.Contains(methods, method => method is { PaymentMethodId: "BTC-CHAIN", Enabled: true });
        var rate = Assert.Single(await official.Client.GetStoreRates(official.StoreId, ["BTC_USD"]));
        Assert.Equal(("BTC_USD", 60_000m), (rate.CurrencyPair, rate.Rate));
    }

    [Fact]
    public async Task A_webhook_is_made_changed_fired_logged_and_deleted()
    {
        await using var official = await OfficialShop.OpenAsync();
        var (client, shop) = (official.Client, official.Shop);
        var made = await client.CreateWebhook(official.StoreId, new CreateStoreWebhookRequest
        {
            Url = shop.Receiver.Url + "/hook",
            Secret = "a secret",
            AuthorizedEvents = new StoreWebhookBaseData.AuthorizedEventsData { Everything = false, SpecificEvents = [WebhookEventType.InvoiceSettled] },
        });
        Assert.Equal("a secret", made.Secret);
        var read = Assert.Single(await client.GetWebhooks(official.StoreId));
        Assert.Equal((made.Id, null), (read.Id, read.Secret));
        Assert.Equal([WebhookEventType.InvoiceSettled], read.AuthorizedEvents.SpecificEvents);

        var invoice = await client.CreateInvoice(official.StoreId, new CreateInvoiceRequest { Amount = 10m, Currency = "USD" });
        shop.Server.PayLightning(invoice.Id);
        await shop.RestAsync();
        var received = Assert.Single(shop.Receiver.Received);
        Assert.True(received.IsSignedWith("a secret"));
        var settled = JsonConvert.DeserializeObject<WebhookInvoiceSettledEvent>(Encoding.UTF8.GetString(received.Body), WebhookEvent.DefaultSerializerSettings)!;
        Assert.Equal((WebhookEventType.InvoiceSettled, invoice.Id, official.StoreId), (settled.Type, settled.InvoiceId, settled.StoreId));
        Assert.Equal((made.Id, false, false), (settled.WebhookId, settled.IsRedelivery, settled.ManuallyMarked));

        var delivery = Assert.Single(await client.GetWebhookDeliveries(made.Id));
        Assert.Equal((settled.DeliveryId, 200, WebhookDeliveryStatus.HttpSuccess), (delivery.Id, delivery.HttpCode, delivery.Status));
        Assert.Equal(invoice.Id, (await client.GetWebhookDeliveryRequest(made.Id, delivery.Id)).ReadAs<WebhookInvoiceSettledEvent>().InvoiceId);
        Assert.NotEqual(delivery.Id, await client.RedeliverWebhook(made.Id, delivery.Id));

        var changed = await client.UpdateWebhook(made.Id, new UpdateStoreWebhookRequest { Url = made.Url, Enabled = false });
        Assert.Equal((false, true), (changed.Enabled, changed.AuthorizedEvents.Everything));
        Assert.True(await client.DeleteWebhook(made.Id));
        Assert.Empty(await client.GetWebhooks(official.StoreId));
    }

    [Fact]
    public async Task A_lightning_invoice_is_made_paid_and_proven()
    {
        await using var official = await OfficialShop.OpenAsync();
        var made = await official.Client.CreateLightningInvoice(
            official.StoreId, "BTC", new CreateLightningInvoiceRequest(LightMoney.Satoshis(21), "a pass", TimeSpan.FromMinutes(10)));
        Assert.Equal((LightningInvoiceStatus.Unpaid, LightMoney.Satoshis(21)), (made.Status, made.Amount));
        Assert.Equal(official.Shop.Clock.GetUtcNow().AddMinutes(10), made.ExpiresAt);

        official.Shop.Server.PayBolt11(made.BOLT11);
        var paid = await official.Client.GetLightningInvoice(official.StoreId, "BTC", made.Id);
        Assert.Equal((LightningInvoiceStatus.Paid, LightMoney.Satoshis(21)), (paid.Status, paid.AmountReceived));
        var hash = System.Security.Cryptography.SHA256.HashData(Convert.FromHexString(paid.Preimage));
        Assert.Equal(made.PaymentHash, Convert.ToHexStringLower(hash));
    }
}
