using System.Security.Cryptography;
using System.Text;
using Datt.Paid.Payments.BtcPay;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Payments.BtcPay;

public class WebhookTests
{
    [Fact]
    public void Every_recorded_delivery_is_genuine_and_names_its_invoice()
    {
        var checkedOnes = 0;
        foreach (var delivery in Recordings.All().SelectMany(r => r.Deliveries))
        {
            Assert.True(WebhookDelivery.IsGenuine(delivery.Body, delivery.Signature, delivery.Secret));
            Assert.False(WebhookDelivery.IsGenuine(delivery.Body, delivery.Signature, delivery.Secret + "x"));
            Assert.False(WebhookDelivery.IsGenuine([.. delivery.Body, (byte)'\n'], delivery.Signature, delivery.Secret));
            var body = delivery.Json;
            var told = body.TryGetProperty("invoiceId", out var invoice) ? invoice.GetString() : null;
            Assert.Equal(told, WebhookDelivery.InvoiceOf(delivery.Body, body.GetProperty("storeId").GetString()!));
            Assert.Null(WebhookDelivery.InvoiceOf(delivery.Body, "anotherstore"));
            checkedOnes++;
        }
        Assert.True(checkedOnes > 300, $"Only {checkedOnes} recorded deliveries were checked.");
    }

    [Property]
    public void One_changed_bit_is_noticed(byte[] body, string secret, int bit)
    {
        if (string.IsNullOrEmpty(secret))
            return;
        var signature = Sign(body, secret);
        Assert.True(WebhookDelivery.IsGenuine(body, signature, secret));
        if (body.Length == 0)
            return;
        var changed = (byte[])body.Clone();
        changed[(int)((uint)bit / 8 % body.Length)] ^= (byte)(1 << (int)((uint)bit % 8));
        Assert.False(WebhookDelivery.IsGenuine(changed, signature, secret));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sha256=")]
    [InlineData("sha256=zz")]
    [InlineData("sha1=975895e433eba4f6f9750d633783eb4ca3bce443")]
    [InlineData("975895e433eba4f6f9750d633783eb4ca3bce44365977b44b308d870776dfbfa")]
    [InlineData("sha256=975895e433eba4f6f9750d633783eb4ca3bce44365977b44b308d870776dfbf")]
    [InlineData("sha256=xx5895e433eba4f6f9750d633783eb4ca3bce44365977b44b308d870776dfbfa")]
    public void What_is_no_signature_is_refused(string? signature) => Assert.False(WebhookDelivery.IsGenuine("{}"u8, signature, BtcPayBench.Secret));

    [Fact]
    public void Nothing_is_genuine_without_a_secret() => Assert.False(WebhookDelivery.IsGenuine("{}"u8, Sign("{}"u8.ToArray(), ""), ""));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("not json")]
    [InlineData("""{"storeId":"store1"}""")]
    [InlineData("""{"storeId":"store1","invoiceId":null}""")]
    [InlineData("""{"storeId":"store1","invoiceId":7}""")]
    [InlineData("""{"storeId":"store1","invoiceId":"../../users"}""")]
    [InlineData("""{"storeId":"store2","invoiceId":"abc"}""")]
    public void What_names_no_invoice_of_the_store_names_none(string body) => Assert.Null(WebhookDelivery.InvoiceOf(Encoding.UTF8.GetBytes(body), "store1"));

    [Fact]
    public void An_invoice_waits_once_and_a_full_inbox_says_so()
    {
        using var bench = new BtcPayBench(_ => throw new InvalidOperationException());
        Assert.Equal(WebhookNote.Noted, bench.Inbox.Note("i0"));
        Assert.Equal(WebhookNote.AlreadyNoted, bench.Inbox.Note("i0"));
        for (var i = 1; i < WebhookInbox.Capacity; i++)
            Assert.Equal(WebhookNote.Noted, bench.Inbox.Note($"i{i}"));
        Assert.Equal(WebhookNote.Full, bench.Inbox.Note("one more"));
        Assert.Equal(WebhookNote.Full, bench.Inbox.Note("one more"));
        Assert.Equal(WebhookNote.AlreadyNoted, bench.Inbox.Note("i5"));
    }

    private static string Sign(byte[] body, string secret) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));
}
