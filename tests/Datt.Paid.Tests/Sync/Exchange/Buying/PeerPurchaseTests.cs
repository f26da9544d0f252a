using Datt.Paid.Federation;
using Datt.Paid.Storage;
using Datt.Paid.Sync.Exchange.Buying;
using Datt.Paid.Tests.Payments;

namespace Datt.Paid.Tests.Sync.Exchange.Buying;

public sealed class PeerPurchaseTests : IAsyncLifetime
{
    private static readonly CancellationToken Ct = CancellationToken.None;

    private readonly Market _market = new();
    private readonly BuyingSettings _settings = new() { Enabled = true, MaximumPerPayment = 0.30m, MaximumPerMonth = 1m };
    private readonly ServerDirectory _seller = Market.Sellers(1);
    private MoneyServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await MoneyServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_period_is_bought_once_and_the_next_one_shortly_before_its_end()
    {
        await RunAsync();
        await RunAsync();
        var first = Assert.Single(await RowsAsync());
        Assert.Equal((PeerPurchaseState.Paid, 251L, _market.Now.AddMonths(1)), (first.State, first.SpentSats, first.To));
        Assert.Single(_market.Spent);
        Assert.Equal(1, _market.Accounts);

        await RunAsync(_market.Now.AddMonths(1).AddDays(-4));
        Assert.Single(_market.Spent);
        await RunAsync(first.To!.Value.AddDays(-2));
        await RunAsync(first.To!.Value.AddDays(-2));
        Assert.Equal(2, _market.Spent.Count);
        Assert.Equal(first.To.Value.AddMonths(1), (await RowsAsync())[0].To); // it goes on where the first ends
        Assert.Equal(1, _market.Accounts);
    }

    [Fact]
    public async Task Nothing_is_bought_unless_it_is_switched_on_nor_where_nothing_is_sold_nor_elsewhere_than_allowed()
    {
        await RunAsync(settings: new BuyingSettings());
        await _market.Job(_server, _settings, Market.Sellers(3, "Free")).RunAsync(_market.Now, Ct);
        await RunAsync(settings: new BuyingSettings { Enabled = true, Servers = ["somebody else"] });
        Assert.Empty(await RowsAsync());
        Assert.Empty(_market.Orders);
    }

    [Fact]
    public async Task A_crash_between_paying_and_booking_leaves_it_uncertain_and_it_is_not_paid_twice()
    {
        _market.Pays = bolt11 => throw new InvalidOperationException("power cut");
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync());
        Assert.Equal(PeerPurchaseState.Paying, (await RowsAsync())[0].State);

        _market.Pays = null;
        await RunAsync(_market.Now.AddMinutes(5)); // another process may be at it
        Assert.Equal(PeerPurchaseState.Paying, (await RowsAsync())[0].State);
        await RunAsync(_market.Now.AddHours(2));
        await RunAsync(_market.Now.AddDays(60));
        var row = Assert.Single(await RowsAsync());
        Assert.Equal(PeerPurchaseState.Uncertain, row.State);
        Assert.Empty(_market.Spent);
        Assert.Equal(25_500_000, await new PurchaseBook(_server.Database).SpentAsync("USD", 1_000, row.PaidAt!.Value, Ct)); // still counts, the highest fee included

        _market.PayByHand(row.InvoiceId!); // the seller says at last that it came
        await RunAsync();
        Assert.Equal(PeerPurchaseState.Paid, (await RowsAsync())[0].State);
    }

    [Fact]
    public async Task A_lost_answer_is_uncertain_until_the_operator_says_that_nothing_went()
    {
        _market.Pays = _ => new PayOutcome.Unknown("no answer");
        _market.MoneyGoesAllTheSame = false;
        await RunAsync();
        _market.Pays = null;
        await RunAsync(_market.Now.AddDays(2));
        Assert.Equal(PeerPurchaseState.Uncertain, Assert.Single(await RowsAsync()).State);

        Assert.NotNull(await new PurchaseBook(_server.Database).NotPaidAsync((await RowsAsync())[0].Id, "looked", Ct));
        await RunAsync();
        Assert.Equal(PeerPurchaseState.Paid, Assert.Single(await RowsAsync()).State);
        Assert.Single(_market.Spent);
        Assert.Equal(2, _market.Orders.Count); // the first invoice was too old by then
    }

    [Fact]
    public async Task Without_a_key_that_may_spend_the_invoice_waits_for_a_person()
    {
        _market.CanPay = false;
        await RunAsync();
        var row = Assert.Single(await RowsAsync());
        Assert.Equal(PeerPurchaseState.Waiting, row.State);
        Assert.Contains("by hand", row.Problem, StringComparison.Ordinal);
        Assert.NotNull(row.Lightning);

        _market.PayByHand(row.InvoiceId!);
        await RunAsync(_market.Now.AddMinutes(20));
        row = Assert.Single(await RowsAsync());
        Assert.Equal((PeerPurchaseState.Paid, 0L, _market.Now.AddMonths(1)), (row.State, row.SpentSats, row.To));
        Assert.Empty(_market.Spent);
    }

    [Theory]
    [InlineData(0.26, 250, "signed card")] // the quote
    [InlineData(0.25, 276, "are worth")] // the invoice, a tenth above what the price is worth
    [InlineData(0.25, 275, null)]
    public async Task More_than_the_signed_price_is_not_paid(double quoted, long sats, string? problem)
    {
        (_market.Quoted, _market.InvoiceSats) = ((decimal)quoted, sats);
        await RunAsync();
        var row = Assert.Single(await RowsAsync());
        Assert.Equal(problem is null ? 1 : 0, _market.Spent.Count);
        if (problem is not null)
            Assert.Contains(problem, row.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_payment_costs_more_than_the_most_for_one()
    {
        await RunAsync(settings: new BuyingSettings { Enabled = true, MaximumPerPayment = 0.2549m, MaximumPerMonth = 1m }); // 250 sats, and a fee of up to 5
        Assert.Empty(_market.Spent);
        await RunAsync(settings: new BuyingSettings { Enabled = true, MaximumPerPayment = 0.255m, MaximumPerMonth = 1m });
        Assert.Single(_market.Spent);
    }

    /// <summary>Twelve processes on one database, ten sellers, money for three payments.</summary>
    [Fact]
    public async Task Whoever_runs_at_once_the_months_budget_holds_and_nothing_is_paid_twice()
    {
        var sellers = Market.Sellers(10);
        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => _market.Job(_server, _settings, sellers).RunAsync(_market.Now, Ct))));
        Assert.Equal(3, _market.Spent.Count); // 0.255 set aside for each, 1.00 in all
        Assert.Equal(3, _market.Spent.Select(each => each.Bolt11).Distinct().Count());
        Assert.Equal(10, (await RowsAsync()).Count);
        Assert.Equal(7, (await RowsAsync()).Count(row => row.Problem?.Contains("budget", StringComparison.Ordinal) == true));

        await _market.Job(_server, _settings, sellers).RunAsync(_market.Now.AddMonths(1).AddDays(-15), Ct); // the same budget until the month ends
        Assert.Equal(3, _market.Spent.Count);
        _market.Now = new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero);
        await _market.Job(_server, _settings, sellers).RunAsync(_market.Now, Ct);
        Assert.Equal(6, _market.Spent.Count);
    }

    private Task RunAsync(DateTimeOffset? at = null, BuyingSettings? settings = null)
    {
        _market.Now = at ?? _market.Now;
        return _market.Job(_server, settings ?? _settings, _seller).RunAsync(_market.Now, Ct);
    }

    private Task<List<PeerPurchaseRow>> RowsAsync() => Market.RowsAsync(_server);
}
