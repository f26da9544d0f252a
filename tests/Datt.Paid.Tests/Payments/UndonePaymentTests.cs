using Datt.Paid.Payments;
using Datt.Paid.Storage;
using Datt.Paid.Subscriptions;

namespace Datt.Paid.Tests.Payments;

/// <summary>A provider that watches the chain itself says when a confirmed payment was undone, and when it came back.</summary>
public sealed class UndonePaymentTests : IAsyncLifetime
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private readonly ScriptedProvider _provider = new() { ReportsUndonePayments = true };
    private MoneyServer _server = null!;
    private string _account = "";
    private string _invoice = "";
    private string _id = "";

    public async ValueTask InitializeAsync()
    {
        _server = await MoneyServer.StartAsync([], _provider);
        (_account, _) = await _server.AccountAsync();
        _invoice = (await _server.InvoiceAsync(_account, months: 2)).Id; // 500 satoshi
        _id = await _server.ProviderIdAsync(_invoice);
        _provider.Pay(_id, 500, _server.Now, paymentId: "tx-0");
        _provider.Change(_id, i => i with { Status = ProviderStatus.Settled, MayBeUndone = true });
        await LookAsync();
        Assert.Equal((0m, SubscriptionState.Active), await SeenAsync());
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_undone_payment_takes_its_access_along_and_the_books_are_even()
    {
        _server.Now += TimeSpan.FromHours(1);
        Undo();
        await _server.Reconciliation.RunAsync(_server.Now, Ct); // it is young, so it is among those that are read each time
        Assert.Equal((0m, SubscriptionState.Expired), await SeenAsync());
        var entries = await _server.Balances.EntriesAsync(_account, 10, Ct);
        Assert.Equal([LedgerKind.Adjustment, LedgerKind.Adjustment, LedgerKind.Charge, LedgerKind.Payment], entries.Select(e => e.Kind));
        Assert.Contains(await _server.Invoices.HistoryAsync(_invoice, Ct), e => e.Cause.Contains("undone", StringComparison.Ordinal));
        Assert.Equal(SettlementOutcome.Replayed, await LookAsync());
    }

    [Fact]
    public async Task A_payment_that_comes_back_opens_access_again_as_often_as_that_happens()
    {
        for (var round = 0; round < 3; round++)
        {
            _server.Now += TimeSpan.FromMinutes(20);
            Undo();
            await LookAsync();
            Assert.Equal((0m, SubscriptionState.Expired), await SeenAsync());
            _server.Now += TimeSpan.FromMinutes(20);
            _provider.Pay(_id, 500, _server.Now, paymentId: "tx-0");
            await LookAsync();
            Assert.Equal((0m, SubscriptionState.Active), await SeenAsync());
            Assert.Equal(_server.Now.AddMonths(2), _server.PaidUntil(_account));
        }
    }

    [Fact]
    public async Task Another_payment_in_its_place_counts_instead()
    {
        _server.Now += TimeSpan.FromMinutes(5);
        _provider.Change(_id, i => i with { Payments = [] });
        _provider.Pay(_id, 500, _server.Now, paymentId: "tx-1");
        await LookAsync();
        Assert.Equal(0.5m, await _server.BalanceAsync(_account)); // nothing leaves settled: what comes in again is balance
        Assert.Equal(SubscriptionState.Expired, _server.State(_account));
    }

    [Fact]
    public async Task Money_that_was_not_spent_yet_is_taken_from_the_balance_alone()
    {
        var deposit = (await _server.DepositAsync(_account, 2m)).Id;
        var id = await _server.ProviderIdAsync(deposit);
        _provider.Pay(id, 2_000, _server.Now, paymentId: "tx-2");
        _provider.Change(id, i => i with { Status = ProviderStatus.Settled });
        await _server.Settlement.ApplyAsync(id, "test", _server.Now, Ct);
        Assert.Equal((2m, SubscriptionState.Active), await SeenAsync());
        _provider.Change(id, i => i with { Payments = [] });
        await _server.Settlement.ApplyAsync(id, "test", _server.Now, Ct);
        Assert.Equal((0m, SubscriptionState.Active), await SeenAsync());
    }

    [Fact]
    public async Task A_provider_that_goes_on_listing_what_vanished_changes_nothing()
    {
        _provider.ReportsUndonePayments = false;
        Undo();
        await LookAsync();
        Assert.Equal((0m, SubscriptionState.Active), await SeenAsync());
    }

    private void Undo() => _provider.Change(_id, i => i with { Payments = [], Status = ProviderStatus.Expired });

    private Task<SettlementOutcome> LookAsync() => _server.Settlement.ApplyAsync(_id, "test", _server.Now, Ct);

    private async Task<(decimal Balance, SubscriptionState State)> SeenAsync() => (await _server.BalanceAsync(_account), _server.State(_account));
}
