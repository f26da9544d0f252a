using System.Net;
using System.Text;
using Datt.Paid.Payments;
using Datt.Paid.Payments.Rates;
using Datt.Paid.Tests.Payments.BitcoinCore;

namespace Datt.Paid.Tests.Payments.Rates;

/// <summary>A rate is right or there is none: no source can make a wrong price.</summary>
public sealed class RateTests : IAsyncLifetime
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private ScriptedNode _node = null!;
    private HttpListener _source = null!;
    private MoneyServer _server = null!;
    private string _account = "";
    private (int Status, string Body) _document = (200, "");
    private int _asked;

    public async ValueTask InitializeAsync()
    {
        _node = await ScriptedNode.StartAsync();
        var url = Listen();
        var settings = _node.Settings();
        settings["Datt:Pricing:Currency"] = "USD";
        settings["Datt:Pricing:Base"] = "10";
        settings["Datt:Payments:Rates:Url"] = url;
        settings["Datt:Payments:Rates:Path"] = "/data/0/a~1b";
        settings["Datt:Payments:Rates:Minimum"] = "10000";
        settings["Datt:Payments:Rates:Maximum"] = "1000000";
        _server = await MoneyServer.StartAsync(settings);
        (_account, _) = await _server.AccountAsync();
        Say("100000");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _node.DisposeAsync();
        _source.Close();
    }

    [Theory]
    [InlineData("100000", 10_000)]
    [InlineData("\"80000.5\"", 12_500)]
    [InlineData("3e5", 3_334)]
    public async Task The_number_at_the_pointer_makes_the_price(string rate, long atLeast)
    {
        Say(rate);
        var invoice = await CreateAsync();
        var sats = Assert.IsType<InvoiceOutcome.Created>(invoice).Invoice.DueSats;
        Assert.InRange(sats, Math.Max(5_000, atLeast - 1), Math.Max(5_001, atLeast)); // 5,000 is the least that is asked for on-chain
    }

    [Theory]
    [InlineData(200, "{\"data\":[{\"a/b\":9999.99}]}")]
    [InlineData(200, "{\"data\":[{\"a/b\":1000000.01}]}")]
    [InlineData(200, "{\"data\":[{\"a/b\":-100000}]}")]
    [InlineData(200, "{\"data\":[{\"a/b\":null}]}")]
    [InlineData(200, "{\"data\":[{\"a/b\":\"1e5\"}]}")]
    [InlineData(200, "{\"data\":[{\"a/b\":\"100,000\"}]}")]
    [InlineData(200, "{\"data\":[{\"a/b\":1e999}]}")]
    [InlineData(200, "{\"data\":[]}")]
    [InlineData(200, "<html>")]
    [InlineData(200, "")]
    [InlineData(500, "{\"data\":[{\"a/b\":100000}]}")]
    public async Task What_cannot_be_believed_makes_no_invoice(int status, string body)
    {
        _document = (status, body);
        var refused = Assert.IsType<InvoiceOutcome.Unavailable>(await CreateAsync());
        Assert.Contains("rate", refused.Reason, StringComparison.Ordinal);
        Assert.Empty(_node.Labels);
    }

    [Fact]
    public async Task A_rate_is_used_until_it_is_too_old()
    {
        Assert.IsType<InvoiceOutcome.Created>(await CreateAsync());
        _document = (500, "");
        _server.Now += TimeSpan.FromMinutes(10);
        Assert.IsType<InvoiceOutcome.Created>(await CreateAsync());
        _server.Now += TimeSpan.FromSeconds(6);
        Assert.IsType<InvoiceOutcome.Unavailable>(await CreateAsync());
        Say("100000");
        _server.Now += TimeSpan.FromSeconds(6);
        Assert.IsType<InvoiceOutcome.Created>(await CreateAsync());
    }

    [Fact]
    public async Task A_fresh_rate_is_not_asked_for_again()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _server.Quotes.QuoteAsync(1, _server.Now, Ct)));
        Assert.Equal(1, _asked);
    }

    [Fact]
    public void A_jump_is_believed_once_it_has_held()
    {
        var start = DateTimeOffset.UnixEpoch;
        var guard = new RateGuard(1, 1_000_000, TimeSpan.FromMinutes(10), 0.1m);
        Assert.Null(guard.Offer(100, start));
        Assert.Null(guard.Offer(110, start.AddMinutes(1)));
        Assert.NotNull(guard.Offer(150, start.AddMinutes(2)));
        Assert.Equal(110, guard.At(start.AddMinutes(2)));
        Assert.NotNull(guard.Offer(300, start.AddMinutes(6))); // another jump begins anew
        Assert.NotNull(guard.Offer(150, start.AddMinutes(8)));
        Assert.Null(guard.At(start.AddMinutes(12))); // the last that was believed is too old by now
        Assert.NotNull(guard.Offer(149, start.AddMinutes(17)));
        Assert.Null(guard.Offer(151, start.AddMinutes(18)));
        Assert.Equal(151, guard.At(start.AddMinutes(18)));
    }

    private void Say(string rate) => _document = (200, "{\"data\":[{\"a/b\":" + rate + "}]}");

    private async Task<InvoiceOutcome> CreateAsync() => await _server.Invoices.CreateAsync(_account, new InvoiceRequest(1, null), _server.Now, Ct);

    private string Listen()
    {
        using (var free = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            var port = ((IPEndPoint)free.LocalEndpoint).Port;
            free.Stop();
            _source = new HttpListener { Prefixes = { $"http://127.0.0.1:{port}/" } };
        }
        _source.Start();
        _ = AnswerAsync();
        return _source.Prefixes.Single() + "rate";
    }

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                var context = await _source.GetContextAsync();
                Interlocked.Increment(ref _asked);
                context.Response.StatusCode = _document.Status;
                context.Response.Close(Encoding.UTF8.GetBytes(_document.Body), willBlock: false);
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // the test is over
        }
    }
}
