using System.Text.Json.Nodes;
using Datt.Paid.BtcPayServer;

namespace Datt.Paid.Regtest.BtcPayServer;

/// <summary>Queue, retries and redelivery of webhooks as recorded, and what can be made to go wrong with them.</summary>
public class WebhookDeliveryTests
{
    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(408)]
    public async Task A_failing_event_is_tried_nine_times_and_holds_up_the_next(int answer)
    {
        await using var shop = await ShopFixture.StartAsync();
        await shop.RegisterWebhookAsync("/hook", "InvoiceCreated");
        shop.Receiver.Answer = _ => answer;
        var start = shop.Clock.GetUtcNow();
        var first = await shop.CreateInvoiceAsync("1");
        var second = await shop.CreateInvoiceAsync("2");
        await AdvanceAsync(shop, TimeSpan.FromMinutes(61.5));

        var attempts = shop.Receiver.Received.Where(w => w.InvoiceId == first["id"]!.ToString()).ToList();
        Assert.Equal([0, 10, 70, 670, 1270, 1870, 2470, 3070, 3670], attempts.Select(w => (int)(w.At - start).TotalSeconds));
        Assert.Equal([false, .. Enumerable.Repeat(true, 8)], attempts.Select(w => (bool)w.Json["isRedelivery"]!));
        Assert.Single(attempts.Select(w => w.Json["originalDeliveryId"]!.ToString()).Distinct());
        Assert.Single(attempts.Select(w => w.Json["timestamp"]!.ToString()).Distinct());
        Assert.Equal(9, attempts.Select(w => w.Json["deliveryId"]!.ToString()).Distinct().Count());
        Assert.Equal(3670, (int)(shop.Receiver.Received.First(w => w.InvoiceId == second["id"]!.ToString()).At - start).TotalSeconds);
    }

    [Theory]
    [InlineData(201)]
    [InlineData(301)]
    [InlineData(404)]
    [InlineData(410)]
    public async Task Other_answers_are_final(int answer)
    {
        await using var shop = await ShopFixture.StartAsync();
        await shop.RegisterWebhookAsync("/hook", "InvoiceCreated");
        shop.Receiver.Answer = _ => answer;
        await shop.CreateInvoiceAsync("1");
        await AdvanceAsync(shop, TimeSpan.FromMinutes(15));
        Assert.Single(shop.Receiver.Received);
    }

    [Fact]
    public async Task A_redelivery_points_to_the_first_delivery_and_is_signed_with_the_secret_of_today()
    {
        await using var shop = await ShopFixture.StartAsync();
        var webhook = await shop.RegisterWebhookAsync();
        await shop.CreateInvoiceAsync("1");
        await shop.RestAsync();
        await shop.CallAsync("PUT", $"/webhooks/{webhook}", new JsonObject { ["url"] = shop.Receiver.Url + "/hook", ["secret"] = "another" });
        var first = shop.Receiver.Received.Single().Json["deliveryId"]!.ToString();

        var (_, second) = await shop.CallAsync("POST", $"/webhooks/{webhook}/deliveries/{first}/redeliver");
        await shop.RestAsync();
        await shop.CallAsync("POST", $"/stores/{shop.Server.StoreId}/webhooks/{webhook}/deliveries/{second}/redeliver");
        await shop.RestAsync();

        Assert.Equal(3, shop.Receiver.Received.Count);
        Assert.All(shop.Receiver.Received.Skip(1), again =>
        {
            Assert.Equal(first, again.Json["originalDeliveryId"]!.ToString());
            Assert.True((bool)again.Json["isRedelivery"]!);
            Assert.True(again.IsSignedWith("another"));
        });
        var (status, problem) = await shop.CallAsync("POST", $"/webhooks/{webhook}/deliveries/nosuch/redeliver");
        Assert.Equal((404, "webhookdelivery-not-found"), (status, problem!["code"]!.ToString()));
    }

    [Fact]
    public async Task Deliveries_can_be_dropped_doubled_delayed_overtaken_and_wrongly_signed()
    {
        await using var shop = await ShopFixture.StartAsync();
        await shop.RegisterWebhookAsync();
        shop.Server.Faults.Webhook = attempt => attempt.Type switch
        {
            "InvoiceCreated" => new WebhookFault { Drop = true },
            "InvoiceReceivedPayment" => new WebhookFault { Late = TimeSpan.FromSeconds(5) },
            "InvoiceProcessing" => new WebhookFault { Copies = 3 },
            "InvoicePaymentSettled" => new WebhookFault { Delay = TimeSpan.FromSeconds(2) },
            _ => new WebhookFault { WrongSignature = true },
        };
        var invoice = await shop.CreateInvoiceAsync("10");
        shop.Chain.Pay(await shop.AddressAsync(invoice), 16_667);
        shop.Chain.Mine();
        await shop.RestAsync();
        Assert.Equal(["InvoiceProcessing", "InvoiceProcessing", "InvoiceProcessing"], shop.Receiver.Types());
        await AdvanceAsync(shop, TimeSpan.FromSeconds(10), step: 1);
        Assert.Equal(["InvoicePaymentSettled", "InvoiceSettled", "InvoiceReceivedPayment"], shop.Receiver.Types().Skip(3));
        Assert.All(shop.Receiver.Received, webhook => Assert.Equal(webhook.Type != "InvoiceSettled", webhook.IsSignedWith(ShopFixture.Secret)));
    }

    [Fact]
    public async Task A_restart_forgets_what_waited()
    {
        await using var shop = await ShopFixture.StartAsync();
        await shop.RegisterWebhookAsync();
        shop.Receiver.Answer = _ => 503;
        await shop.CreateInvoiceAsync("1");
        await shop.CreateInvoiceAsync("2");
        await shop.RestAsync();
        shop.Receiver.Answer = _ => 200;

        await shop.Server.StopAsync(Outage.Unavailable);
        Assert.Equal(503, (await shop.CallAsync("GET", "/server/info")).Status);
        await shop.Server.StopAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => shop.CallAsync("GET", "/server/info"));
        await shop.Server.StartAgainAsync();
        Assert.Equal(200, (await shop.CallAsync("GET", "/server/info")).Status);
        await AdvanceAsync(shop, TimeSpan.FromMinutes(14));
        Assert.Single(shop.Receiver.Received);
    }

    [Fact]
    public async Task Calls_can_fail_before_or_after_doing_what_they_ask()
    {
        await using var shop = await ShopFixture.StartAsync();
        var fault = ApiFault.LoseAnswer;
        shop.Server.Faults.Api = (method, _) => method == "POST" ? fault : ApiFault.None;
        var invoices = $"/stores/{shop.Server.StoreId}/invoices";
        var body = new JsonObject { ["amount"] = "1", ["currency"] = "USD" };
        await Assert.ThrowsAsync<HttpRequestException>(() => shop.CallAsync("POST", invoices, body));
        fault = ApiFault.ServerError;
        Assert.Equal(500, (await shop.CallAsync("POST", invoices, body)).Status);
        Assert.Single((JsonArray)(await shop.CallAsync("GET", invoices)).Body!);
    }

    /// <summary>In steps short enough that everything happens at its time.</summary>
    private static async Task AdvanceAsync(ShopFixture shop, TimeSpan time, int step = 5)
    {
        await shop.RestAsync();
        for (var end = shop.Clock.GetUtcNow() + time; shop.Clock.GetUtcNow() < end;)
        {
            shop.Clock.Advance(TimeSpan.FromSeconds(step));
            await shop.RestAsync();
        }
    }
}
