using System.Globalization;
using System.Text.Json;
using Datt.Paid.Payments;
using Datt.Paid.Payments.BtcPay;

namespace Datt.Paid.Tests.Payments.BtcPay;

/// <summary>Every exchange recorded from a real BTCPay Server that the client knows how to make, through the client.</summary>
public class RecordedReplayTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    public async Task Every_recorded_answer_becomes_the_outcome_that_its_status_means()
    {
        var replayed = 0;
        foreach (var exchange in Recordings.All().SelectMany(r => r.Exchanges))
        {
            if (Call(exchange) is not { } call)
                continue;
            using var bench = new BtcPayBench(_ => BtcPayBench.Json(exchange.Status, exchange.Body), StoreOf(exchange));
            var (value, failure) = await call(bench.Client);
            var sent = Assert.Single(bench.Requests);
            Assert.Equal("token " + BtcPayBench.Key, sent.Authorization);
            Assert.True(sent.Method == exchange.Method && sent.Path == "/root" + exchange.Path.Split('?')[0], $"{exchange} was asked as {sent.Method} {sent.Path}");
            Assert.True(Fits(exchange, value, failure), $"{exchange} became {(object?)failure ?? value}");
            replayed++;
        }
        Assert.True(replayed > 350, $"Only {replayed} recorded exchanges were replayed.");
    }

    [Fact]
    public async Task Every_recorded_invoice_is_read_with_all_its_payments()
    {
        var read = 0;
        foreach (var recording in Recordings.All())
        {
            foreach (var methods in recording.Exchanges.Where(IsMethods))
            {
                var id = methods.Segments[5];
                var invoice = recording.Exchanges.LastOrDefault(e => e.Status == 200 && e.Body.ValueKind == JsonValueKind.Object
                    && e.Body.TryGetProperty("id", out var found) && found.GetString() == id && e.Body.TryGetProperty("checkoutLink", out _));
                if (invoice is null || invoice.Body.GetProperty("type").GetString() != "Standard" || methods.Body.GetArrayLength() == 0)
                    continue;
                using var bench = new BtcPayBench(
                    request => BtcPayBench.Json(200, request.RequestUri!.AbsolutePath.EndsWith("/payment-methods", StringComparison.Ordinal) ? methods.Body : invoice.Body),
                    StoreOf(methods));
                var seen = await bench.Provider.ReadAsync(id, Now, Ct);
                if (invoice.Body.GetProperty("amount").GetString() is "0" or "0.0")
                {
                    Assert.Null(seen);
                    continue;
                }
                Compare(seen!, invoice.Body, methods.Body);
                read++;
            }
        }
        Assert.True(read > 60, $"Only {read} recorded readings were compared.");
    }

    [Theory]
    [InlineData("02", "usd", ProviderStatus.Settled, false)]
    [InlineData("05", "(a)", ProviderStatus.Expired, false)]
    [InlineData("14", "", ProviderStatus.Invalid, false)]
    public async Task What_was_paid_counts_whatever_the_invoice_is_called(string recording, string label, ProviderStatus status, bool marked)
    {
        var recorded = Recordings.Of(recording);
        var methods = recorded.Exchanges.Where(IsMethods).Last(e => e.Body.GetRawText().Contains("\"Settled\"", StringComparison.Ordinal)
            && e.Label.Contains(label == "usd" ? "" : label, StringComparison.OrdinalIgnoreCase));
        var invoice = recorded.Exchanges.Last(e => e.Status == 200 && e.Method == "GET" && e.Segments.Length == 6 && e.Segments[5] == methods.Segments[5]
            && e.Body.GetProperty("additionalStatus").GetString() != "Marked");
        using var bench = new BtcPayBench(
            request => BtcPayBench.Json(200, request.RequestUri!.AbsolutePath.EndsWith("/payment-methods", StringComparison.Ordinal) ? methods.Body : invoice.Body),
            StoreOf(methods));
        var seen = await bench.Provider.ReadAsync(methods.Segments[5], Now, Ct);
        Assert.Equal(status, seen!.Status);
        Assert.Equal(marked, seen.Marked);
        Assert.Contains(seen.Payments, p => p.Settled && p.Sats > 0);
    }

    [Fact]
    public async Task A_partial_payment_on_chain_shows_the_new_lightning_invoice()
    {
        var recorded = Recordings.Of("16").Exchanges;
        var before = recorded.First(e => e.Label == "before");
        var after = recorded.First(e => e.Label.StartsWith("after half on-chain", StringComparison.Ordinal));
        var invoice = recorded.First(e => e.Label == "half on-chain");
        var shown = new List<ProviderInvoice>();
        foreach (var methods in new[] { before, after })
        {
            using var bench = new BtcPayBench(
                request => BtcPayBench.Json(200, request.RequestUri!.AbsolutePath.EndsWith("/payment-methods", StringComparison.Ordinal) ? methods.Body : invoice.Body),
                StoreOf(methods));
            shown.Add((await bench.Provider.ReadAsync(methods.Segments[5], Now, Ct))!);
        }
        Assert.NotEqual(shown[0].Lightning, shown[1].Lightning);
        Assert.Equal(shown[0].Address, shown[1].Address);
        Assert.Equal([16_667L, 16_667L], shown.Select(s => s.TotalSats));
        Assert.Equal([8_334L], shown[1].Payments.Select(p => p.Sats));
    }

    private static bool Fits(Exchange exchange, object? value, BtcPayFailure? failure) => exchange.Status switch
    {
        200 => failure is null && value is not null,
        400 => failure is BtcPayFailure.Refused refused && refused.Code == exchange.Body.GetProperty("code").GetString(),
        401 => failure is BtcPayFailure.Unauthenticated,
        403 => failure is BtcPayFailure.NotFoundOrForbidden no && no.MissingPermission == exchange.Body.GetProperty("missingPermission").GetString(),
        404 => failure is BtcPayFailure.NotFoundOrForbidden { MissingPermission: null },
        422 => failure is BtcPayFailure.Invalid invalid && invalid.Errors.Count == exchange.Body.GetArrayLength(),
        _ => false,
    };

    private static void Compare(ProviderInvoice seen, JsonElement invoice, JsonElement methods)
    {
        Assert.Equal(invoice.GetProperty("status").GetString(), seen.Status.ToString());
        Assert.Equal(invoice.GetProperty("additionalStatus").GetString() == "Marked", seen.Marked);
        Assert.Equal(Number(invoice, "amount"), seen.Amount.Amount);
        Assert.Equal(invoice.GetProperty("expirationTime").GetInt64(), seen.ExpiresAt.ToUnixTimeSeconds());
        var bitcoin = methods.EnumerateArray().Where(m => m.GetProperty("paymentMethodId").GetString() is "BTC-CHAIN" or "BTC-LN").ToList();
        Assert.All(bitcoin, m => Assert.Equal(Number(m, "rate"), seen.Rate));
        var expected = bitcoin.SelectMany(m => m.GetProperty("payments").EnumerateArray()).Select(p => (
            Id: p.GetProperty("id").GetString()!, Sats: (long)(Number(p, "value") * 100_000_000m), Settled: p.GetProperty("status").GetString() == "Settled",
            At: p.GetProperty("receivedDate").GetInt64()));
        Assert.Equal(expected, seen.Payments.Select(p => (p.Id, p.Sats, p.Settled, p.ReceivedAt.ToUnixTimeSeconds())));
    }

    private static decimal Number(JsonElement element, string name) =>
        decimal.Parse(element.GetProperty(name).GetString()!, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static bool IsMethods(Exchange e) =>
        e is { Method: "GET", Status: 200 } && e.Segments is [_, _, "stores", _, "invoices", _, "payment-methods"];

    private static string StoreOf(Exchange exchange) => exchange.Segments is [_, _, "stores", var store, ..] ? store : "store1";

    /// <summary>The client's call that asks what was recorded; null for what the client never asks.</summary>
    private static Func<BtcPayClient, Task<(object?, BtcPayFailure?)>>? Call(Exchange e) => (e.Method, e.Segments) switch
    {
        _ when e.Body.ValueKind == JsonValueKind.Null => null,
        ("GET", ["api", "v1", "server", "info"]) => c => Outcome(c.ServerInfoAsync(Ct)),
        ("GET", ["api", "v1", "api-keys", "current"]) => c => Outcome(c.CurrentKeyAsync(Ct)),
        ("GET", ["api", "v1", "pull-payments", var id]) => c => Outcome(c.PullPaymentAsync(id, Ct)),
        ("GET", ["api", "v1", "pull-payments", var id, "payouts"]) => c => Outcome(c.PayoutsAsync(id, Ct)),
        ("GET", ["api", "v1", "stores", _]) => c => Outcome(c.StoreAsync(Ct)),
        ("GET", ["api", "v1", "stores", _, "payment-methods"]) => c => Outcome(c.StoreMethodsAsync(Ct)),
        ("GET", ["api", "v1", "stores", _, "rates"]) => c => Outcome(c.RateAsync("USD", Ct)),
        ("GET", ["api", "v1", "stores", _, "webhooks"]) => c => Outcome(c.WebhooksAsync(Ct)),
        ("POST", ["api", "v1", "stores", _, "webhooks"]) => c => Outcome(c.CreateWebhookAsync(Webhook, Ct)),
        ("PUT", ["api", "v1", "stores", _, "webhooks", var id]) => c => Outcome(c.UpdateWebhookAsync(id, Webhook, Ct)),
        ("GET", ["api", "v1", "stores", _, "webhooks", var id, "deliveries"]) => c => Outcome(c.DeliveriesAsync(id, 5, Ct)),
        ("GET", ["api", "v1", "stores", _, "invoices"]) => c => Outcome(c.InvoicesAsync(new BtcPayInvoiceQuery(100), Ct)),
        ("POST", ["api", "v1", "stores", _, "invoices"]) => c => Outcome(c.CreateInvoiceAsync(Invoice, Ct)),
        ("GET", ["api", "v1", "stores", _, "invoices", var id]) => c => Outcome(c.InvoiceAsync(id, Ct)),
        ("GET", ["api", "v1", "stores", _, "invoices", var id, "payment-methods"]) => c => Outcome(c.InvoiceMethodsAsync(id, Ct)),
        ("POST", ["api", "v1", "stores", _, "invoices", var id, "status"]) => c => Outcome(c.MarkInvalidAsync(id, Ct)),
        ("POST", ["api", "v1", "stores", _, "invoices", var id, "refund"]) => c => Outcome(c.RefundAsync(id, Refund, Ct)),
        ("POST", ["api", "v1", "stores", _, "lightning", "BTC", "invoices"]) =>
            c => Outcome(c.CreateLightningInvoiceAsync(new BtcPayNewLightningInvoice("1000", "a pass", 600), Ct)),
        ("GET", ["api", "v1", "stores", _, "lightning", "BTC", "invoices", var id]) => c => Outcome(c.LightningInvoiceAsync(id, Ct)),
        _ => null,
    };

    private static readonly BtcPayWebhookRequest Webhook = new("https://datt.test/webhooks/btcpay", BtcPayBench.Secret, new BtcPayWebhookEvents(true));
    private static readonly BtcPayRefundRequest Refund = new("Refund op", "", "0.10", "USD");
    private static readonly BtcPayNewInvoice Invoice = new(
        "0.25", "USD", new Dictionary<string, string> { ["orderId"] = "inv1" }, new BtcPayCheckout("MediumSpeed", ["BTC-LN"], 60, 10080, 0));

    private static async Task<(object?, BtcPayFailure?)> Outcome<T>(Task<BtcPayAnswer<T>> call) where T : class
    {
        var answer = await call;
        return (answer.Value, answer.Failure);
    }
}
