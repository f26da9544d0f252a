using System.Net;
using System.Text;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Tests.Payments.BtcPay;

namespace Datt.Paid.Server.Tests.Payments;

public class WebhookEndpointTests(SharedServer shared)
{
    [Fact]
    public async Task Every_recorded_delivery_is_taken_in_any_order_and_as_often_as_it_comes()
    {
        const string Store = "GoHuoi8DDDL46NBYRZ5wZMd7KcdYcpxabWscpr1pgxss";
        const string Secret = "whsec-rendezvous-test";
        var all = Recordings.All().SelectMany(r => r.Deliveries).ToList();
        // Nothing listens at this address: what is delivered cannot be read and is answered all the same.
        await using var server = await ServerOnDisk.StartAsync(Shop.Settings("http://127.0.0.1:9", Store, "key", Secret));
        foreach (var delivery in all.Where(d => d.Secret == Secret).Reverse().Concat(all.Where(d => d.Secret == Secret).Take(20)))
            Assert.Equal(HttpStatusCode.OK, (await Shop.DeliverAsync(server.Anyone, delivery.Body, delivery.Signature)).StatusCode);
        foreach (var delivery in all.Where(d => d.Secret != Secret).DistinctBy(d => d.Secret))
            await Refused.WithAsync(Shop.DeliverAsync(server.Anyone, delivery.Body, delivery.Signature), HttpStatusCode.Unauthorized, "unauthorized");
    }

    [Fact]
    public async Task What_is_genuine_is_never_refused_and_what_is_not_always()
    {
        await using var shop = await Shop.OpenAsync();
        var store = shop.BtcPay.StoreId;
        foreach (var body in new[]
        {
            "", "[]", "not json", "{}", $$"""{"storeId":"{{store}}","invoiceId":"NobodyKnowsThis1","type":"InvoiceSettled"}""",
            $$"""{"storeId":"{{store}}","invoiceId":"NobodyKnowsThis2","type":"SomethingOfTheFuture"}""",
            $$"""{"storeId":"{{store}}","type":"PayoutCreated"}""", """{"storeId":"another","invoiceId":"abc"}""",
            $$"""{"storeId":"{{store}}","invoiceId":"../../api-keys"}""",
        })
        {
            Assert.Equal(HttpStatusCode.OK, (await shop.DeliverAsync(body)).StatusCode);
            await Refused.WithAsync(shop.DeliverAsync(body, Shop.Secret + "x"), HttpStatusCode.Unauthorized, "unauthorized");
            await Refused.WithAsync(Shop.DeliverAsync(shop.Server.Anyone, Encoding.UTF8.GetBytes(body), null), HttpStatusCode.Unauthorized, "unauthorized");
        }
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_not_read()
    {
        await using var shop = await Shop.OpenAsync();
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await shop.DeliverAsync(new string(' ', 300_000))).StatusCode);
    }

    [Fact]
    public async Task A_server_without_BTCPay_has_no_such_call() =>
        await Refused.WithAsync(Shop.DeliverAsync(shared.Server.Anyone, "{}"u8.ToArray(), "sha256=00"), HttpStatusCode.NotFound, "not_found");
}
