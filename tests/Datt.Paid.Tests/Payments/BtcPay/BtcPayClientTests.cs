using System.Net;
using Datt.Paid.Payments.BtcPay;

namespace Datt.Paid.Tests.Payments.BtcPay;

public class BtcPayClientTests
{
    private const string Info = """{"version":"2.4.1","fullySynched":true}""";
    private static readonly CancellationToken Ct = CancellationToken.None;

    private static readonly BtcPayNewInvoice Invoice = new(
        "0.25", "USD", new Dictionary<string, string> { ["orderId"] = "inv1" }, new BtcPayCheckout("MediumSpeed", ["BTC-LN"], 60, 10080, 0));

    [Theory]
    [InlineData(503)]
    [InlineData(500)]
    [InlineData(429)]
    public async Task Reading_is_repeated_while_BTCPay_has_a_bad_moment(int status)
    {
        var calls = 0;
        using var bench = new BtcPayBench(_ => ++calls < 3 ? BtcPayBench.Text(status, "busy", "text/plain") : BtcPayBench.Json(Info));
        Assert.Equal("2.4.1", (await bench.Client.ServerInfoAsync(Ct)).Value!.Version);
        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task Creating_is_never_repeated()
    {
        using var bench = new BtcPayBench(_ => BtcPayBench.Text(503, "busy", "text/plain"));
        Assert.IsType<BtcPayFailure.Unavailable>((await bench.Client.CreateInvoiceAsync(Invoice, Ct)).Failure);
        Assert.IsType<BtcPayFailure.Unavailable>((await bench.Client.RefundAsync("i", new BtcPayRefundRequest("r", "", "1", "USD"), Ct)).Failure);
        Assert.IsType<BtcPayFailure.Unavailable>((await bench.Client.CreateWebhookAsync(new BtcPayWebhookRequest("http://x", "s", new BtcPayWebhookEvents(true)), Ct)).Failure);
        Assert.Equal(3, bench.Requests.Count);
    }

    [Fact]
    public async Task A_lost_answer_is_not_asked_for_by_creating_again()
    {
        using var bench = new BtcPayBench(_ => throw new HttpRequestException("connection reset"));
        Assert.IsType<BtcPayFailure.Unavailable>((await bench.Client.CreateInvoiceAsync(Invoice, Ct)).Failure);
        Assert.Single(bench.Requests);
    }

    [Fact]
    public async Task What_Retry_After_asks_for_is_passed_on()
    {
        using var bench = new BtcPayBench(_ =>
        {
            var response = BtcPayBench.Text(503, "maintenance", "text/plain");
            response.Headers.RetryAfter = new(TimeSpan.FromSeconds(120));
            return response;
        });
        var failure = Assert.IsType<BtcPayFailure.Unavailable>((await bench.Client.CreateInvoiceAsync(Invoice, Ct)).Failure);
        Assert.Equal(TimeSpan.FromSeconds(120), failure.RetryAfter);
        Assert.Equal(503, failure.Status);
    }

    [Fact]
    public async Task While_BTCPay_is_away_it_is_soon_no_longer_asked()
    {
        using var bench = new BtcPayBench(_ => throw new HttpRequestException("no route to host"));
        for (var i = 0; i < 20; i++)
            Assert.IsType<BtcPayFailure.Unavailable>((await bench.Client.CreateInvoiceAsync(Invoice, Ct)).Failure);
        Assert.InRange(bench.Requests.Count, 10, 19);
    }

    [Fact]
    public async Task A_redirect_is_not_followed_with_the_key()
    {
        using var bench = new BtcPayBench(_ =>
        {
            var response = BtcPayBench.Text(302, "", "text/html");
            response.Headers.Location = new Uri("https://elsewhere.test/login?next=secret");
            return response;
        });
        var failure = Assert.IsType<BtcPayFailure.Unavailable>((await bench.Client.ServerInfoAsync(Ct)).Failure);
        Assert.Single(bench.Requests);
        Assert.Contains("https://elsewhere.test/login", failure.Message);
        Assert.Contains("Datt:Payments:BtcPay:Url", failure.Message);
    }

    [Theory]
    [InlineData(404, "<html>not here</html>")]
    [InlineData(403, "<html>blocked by the proxy</html>")]
    [InlineData(401, "who are you?")]
    [InlineData(400, "bad gateway language")]
    [InlineData(422, """{"code":"an object where an array belongs"}""")]
    [InlineData(200, "<html>welcome</html>")]
    [InlineData(200, "null")]
    [InlineData(200, """{"version":null,"fullySynched":true}""")]
    [InlineData(200, """{"fullySynched":true}""")]
    [InlineData(204, "")]
    public async Task What_does_not_come_from_BTCPay_is_no_verdict(int status, string body)
    {
        using var bench = new BtcPayBench(_ => BtcPayBench.Text(status, body, "text/html"));
        var answer = await bench.Client.ServerInfoAsync(Ct);
        Assert.True(answer.Failure is BtcPayFailure.Unavailable || (status == 422 && answer.Failure is BtcPayFailure.Refused), $"{answer.Failure}");
    }

    [Fact]
    public async Task An_endless_answer_is_cut_off()
    {
        using var bench = new BtcPayBench(_ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new EndlessStream()) });
        Assert.IsType<BtcPayFailure.Unavailable>((await bench.Client.ServerInfoAsync(Ct)).Failure);
    }

    [Fact]
    public async Task No_outcome_shows_the_key()
    {
        foreach (var status in new[] { 200, 302, 400, 401, 403, 404, 422, 500 })
        {
            using var bench = new BtcPayBench(_ => BtcPayBench.Text(status, """{"code":"x","message":"no"}""", "application/json"));
            var answer = await bench.Client.ServerInfoAsync(Ct);
            Assert.DoesNotContain(BtcPayBench.Key, answer.ToString());
        }
    }

    [Fact]
    public async Task Cancelling_the_call_is_no_outage()
    {
        using var stop = new CancellationTokenSource();
        using var bench = new BtcPayBench(_ =>
        {
            stop.Cancel();
            throw new OperationCanceledException(stop.Token);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.Client.ServerInfoAsync(stop.Token));
    }

    private sealed class EndlessStream : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => 0; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            buffer.AsSpan(offset, count).Fill((byte)' ');
            return count;
        }

        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
