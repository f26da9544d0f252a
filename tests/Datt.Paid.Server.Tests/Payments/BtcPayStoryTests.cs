using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Datt.Paid.BtcPayServer;
using Datt.Paid.BtcPayServer.Lightning;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Payments;

/// <summary>Buyers, our server and a BTCPay Server.</summary>
public class BtcPayStoryTests
{
    [Fact]
    public async Task A_month_paid_over_Lightning_opens_search_by_the_webhook_alone()
    {
        await using var shop = await Shop.OpenAsync();
        using var customer = await shop.Server.NewCustomerAsync();
        var invoice = await customer.InvoiceAsync(1);
        Assert.StartsWith("lnbcrt", invoice.GetProperty("lightning").GetString());
        Assert.Equal(JsonValueKind.Null, invoice.GetProperty("address").ValueKind);
        Assert.Equal(HttpStatusCode.PaymentRequired, await Shop.SearchAsync(customer));

        Assert.Equal(LightningOutcome.Paid, shop.BtcPay.PayLightning(Shop.ProviderId(invoice)));
        await shop.SettledAsync(customer, invoice);
        Assert.Equal(HttpStatusCode.OK, await Shop.SearchAsync(customer));
    }

    [Fact]
    public async Task A_bundle_can_be_paid_on_chain_and_counts_once_confirmed()
    {
        await using var shop = await Shop.OpenAsync();
        using var customer = await shop.Server.NewCustomerAsync();
        var invoice = await customer.InvoiceAsync(24);
        shop.BtcPay.Chain.Pay(invoice.GetProperty("address").GetString()!, invoice.GetProperty("dueSats").GetInt64());
        await shop.BtcPay.WebhooksAtRestAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.PaymentRequired, await Shop.SearchAsync(customer));
        shop.BtcPay.Chain.Mine();
        await shop.SettledAsync(customer, invoice);
        Assert.Equal(HttpStatusCode.OK, await Shop.SearchAsync(customer));
    }

    [Fact]
    public async Task Deliveries_doubled_and_overtaken_apply_once()
    {
        await using var shop = await Shop.OpenAsync();
        shop.BtcPay.Faults.Webhook = attempt => new WebhookFault { Copies = 3, Late = attempt.Type == "InvoiceCreated" ? TimeSpan.FromSeconds(1) : default };
        using var customer = await shop.Server.NewCustomerAsync();
        var invoice = await customer.InvoiceAsync(1);
        shop.BtcPay.PayLightning(Shop.ProviderId(invoice));
        await shop.SettledAsync(customer, invoice);
        await shop.BtcPay.WebhooksAtRestAsync(TestContext.Current.CancellationToken);
        var balance = (await customer.Http.GetFromJsonAsync<JsonElement>("/api/v1/account")).GetProperty("balance").GetProperty("amount").GetString();
        // 417 satoshi at 60,000 USD are 0.2502 USD: one payment, one month.
        Assert.Equal("0.0002", balance);
    }

    [Fact]
    public async Task While_BTCPay_is_down_buyers_are_told_when_to_come_back_and_subscribers_search_on()
    {
        await using var shop = await Shop.OpenAsync();
        using var subscriber = await shop.Server.NewCustomerAsync();
        var paid = await subscriber.InvoiceAsync(1);
        shop.BtcPay.PayLightning(Shop.ProviderId(paid));
        await shop.SettledAsync(subscriber, paid);
        using var buyer = await shop.Server.NewCustomerAsync();

        foreach (var outage in new[] { Outage.Refused, Outage.Unavailable })
        {
            await shop.BtcPay.StopAsync(outage);
            // What BTCPay said last is kept for a moment, so an invoice fails at once in any case; creating is not repeated.
            await Refused.WithAsync(buyer.Http.PostAsJsonAsync("/api/v1/subscription/invoices", new { months = 1 }), HttpStatusCode.ServiceUnavailable, "payments_unavailable");
            Assert.Equal(HttpStatusCode.OK, await Shop.SearchAsync(subscriber));
            Assert.True((await shop.Server.Anyone.GetAsync("/health/ready")).IsSuccessStatusCode);
            await shop.BtcPay.StartAgainAsync();
        }
        await Eventually.HoldsAsync(
            async () => (await buyer.Http.PostAsJsonAsync("/api/v1/subscription/invoices", new { months = 1 })).StatusCode == HttpStatusCode.Created,
            "invoices are made again");
    }

    [Fact]
    public async Task Where_only_the_chain_works_a_month_asks_for_enough_to_be_no_dust()
    {
        await using var shop = await Shop.OpenAsync(store: s => s.Lightning = false);
        using var customer = await shop.Server.NewCustomerAsync();
        var invoice = await customer.InvoiceAsync(1);
        Assert.InRange(invoice.GetProperty("dueSats").GetInt64(), 5_000, 5_100);
        shop.BtcPay.Chain.Pay(invoice.GetProperty("address").GetString()!, invoice.GetProperty("dueSats").GetInt64());
        shop.BtcPay.Chain.Mine();
        await shop.SettledAsync(customer, invoice);
    }

    [Fact]
    public async Task A_lost_answer_and_a_repeated_purchase_are_one_invoice()
    {
        await using var shop = await Shop.OpenAsync();
        using var customer = await shop.Server.NewCustomerAsync();
        customer.Http.DefaultRequestHeaders.Add("Idempotency-Key", "one-purchase");
        var lost = 0;
        shop.BtcPay.Faults.Api = (method, path) => method == "POST" && path.EndsWith("/invoices", StringComparison.Ordinal) && Interlocked.Increment(ref lost) == 1
            ? ApiFault.LoseAnswer
            : ApiFault.None;
        await Refused.WithAsync(customer.Http.PostAsJsonAsync("/api/v1/subscription/invoices", new { months = 1 }), HttpStatusCode.ServiceUnavailable, "payments_unavailable");
        var invoice = await customer.InvoiceAsync(1);
        using var http = shop.Greenfield();
        var atBtcPay = await http.GetFromJsonAsync<JsonElement>("invoices?take=100");
        Assert.Equal([Shop.ProviderId(invoice)], atBtcPay.EnumerateArray().Select(i => i.GetProperty("id").GetString()));
        Assert.Equal(1, lost);
    }

    [Fact]
    public async Task Somebody_elses_invoice_in_the_store_changes_nothing()
    {
        await using var shop = await Shop.OpenAsync();
        using var customer = await shop.Server.NewCustomerAsync();
        var mine = await customer.InvoiceAsync(1);
        using var http = shop.Greenfield();
        foreach (var server in new[] { "another-server", "" })
        {
            // It claims our order and our customer, but not this server.
            var made = await http.PostAsJsonAsync("invoices", new
            {
                amount = "10",
                currency = "USD",
                metadata = new
                {
                    orderId = mine.GetProperty("id").GetString(),
                    dattServer = server,
                    dattAccount = customer.AccountId,
                    dattPurpose = "Purchase",
                    dattMonths = "24",
                    dattPriceUnits = "1",
                },
            });
            var foreign = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
            Assert.Equal(LightningOutcome.Paid, shop.BtcPay.PayLightning(foreign));
        }
        await shop.BtcPay.WebhooksAtRestAsync(TestContext.Current.CancellationToken);
        // An own payment after them has come through, so they have been looked at before.
        using var other = await shop.Server.NewCustomerAsync();
        var last = await other.InvoiceAsync(1);
        shop.BtcPay.PayLightning(Shop.ProviderId(last));
        await shop.SettledAsync(other, last);
        Assert.Equal(HttpStatusCode.PaymentRequired, await Shop.SearchAsync(customer));
        var account = await customer.Http.GetFromJsonAsync<JsonElement>("/api/v1/account");
        Assert.Equal("0.00", account.GetProperty("balance").GetProperty("amount").GetString());
    }
}
