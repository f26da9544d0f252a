using Datt.Paid.Payments;
using Datt.Paid.Storage;
using Datt.Paid.Subscriptions;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Tests.Payments;

/// <summary>What a real payment system does beside the plain case, played by hand.</summary>
public sealed class SettlementTests : IAsyncLifetime
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private readonly ScriptedProvider _provider = new();
    private MoneyServer _server = null!;
    private string _account = "";

    public async ValueTask InitializeAsync()
    {
        _server = await MoneyServer.StartAsync(new() { ["Datt:Payments:ZeroConfirmationLimit"] = "1000" }, _provider);
        (_account, _) = await _server.AccountAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_unconfirmed_payment_opens_a_provisional_month_that_its_settlement_replaces()
    {
        var (invoice, id) = await InvoiceAsync();
        _provider.Pay(id, 250, _server.Now, settled: false);
        Status(id, ProviderStatus.Processing);
        Assert.Equal(SettlementOutcome.Applied, await ApplyAsync(id));
        Assert.Equal((InvoiceStatus.Processing, 0m, SubscriptionState.Active), await SeenAsync(invoice));
        var opened = _server.Now;

        _server.Now += TimeSpan.FromMinutes(30);
        _provider.Confirm(id);
        Status(id, ProviderStatus.Settled);
        Assert.Equal(SettlementOutcome.Applied, await ApplyAsync(id));
        Assert.Equal((InvoiceStatus.Settled, 0m, SubscriptionState.Active), await SeenAsync(invoice));
        Assert.Equal(opened.AddMonths(1), _server.PaidUntil(_account));
        Assert.Equal(SettlementOutcome.Replayed, await ApplyAsync(id));
    }

    [Fact]
    public async Task A_payment_that_goes_takes_its_access_along_and_there_is_no_second_advance()
    {
        var (invoice, id) = await InvoiceAsync();
        _provider.Pay(id, 250, _server.Now, settled: false);
        Status(id, ProviderStatus.Processing);
        await ApplyAsync(id);
        _provider.Change(id, i => i with { Status = ProviderStatus.New, Payments = [] }); // replaced: no event is ever sent
        await _server.Reconciliation.RunAsync(_server.Now, Ct);
        Assert.Equal((InvoiceStatus.New, 0m, SubscriptionState.None), await SeenAsync(invoice));
        Assert.Contains(await _server.Invoices.HistoryAsync(invoice, Ct), e => e.Cause.Contains("gone", StringComparison.Ordinal));

        var (second, other) = await InvoiceAsync();
        _provider.Pay(other, 250, _server.Now, settled: false);
        Status(other, ProviderStatus.Processing);
        await ApplyAsync(other);
        Assert.Equal((InvoiceStatus.Processing, 0m, SubscriptionState.None), await SeenAsync(second));
    }

    [Fact]
    public async Task Nothing_opens_early_above_the_limit()
    {
        var (invoice, id) = await InvoiceAsync(months: 5); // 1,250 satoshi
        _provider.Pay(id, 1_250, _server.Now, settled: false);
        Status(id, ProviderStatus.Processing);
        await ApplyAsync(id);
        Assert.Equal((InvoiceStatus.Processing, 0m, SubscriptionState.None), await SeenAsync(invoice));
    }

    [Fact]
    public async Task A_payment_that_confirms_after_the_provider_gave_up_still_counts()
    {
        var (invoice, id) = await InvoiceAsync();
        _provider.Pay(id, 250, _server.Now, settled: false);
        Status(id, ProviderStatus.Processing);
        await ApplyAsync(id);
        _server.Now += TimeSpan.FromDays(2);
        Status(id, ProviderStatus.Invalid);
        await ApplyAsync(id);
        Assert.Equal((InvoiceStatus.Invalid, 0m, SubscriptionState.None), await SeenAsync(invoice));
        _provider.Confirm(id); // the status stays Invalid for good
        await _server.Reconciliation.RunAsync(_server.Now, Ct);
        Assert.Equal((InvoiceStatus.Settled, 0m, SubscriptionState.Active), await SeenAsync(invoice));
    }

    [Fact]
    public async Task A_late_payment_counts_at_the_lower_rate()
    {
        var (invoice, id) = await InvoiceAsync();
        _server.Now += TimeSpan.FromHours(2);
        _provider.Rate = 50_000m;
        _provider.Pay(id, 250, _server.Now);
        Status(id, ProviderStatus.Expired);
        await ApplyAsync(id);
        Assert.Equal((InvoiceStatus.Expired, 0.125m, SubscriptionState.None), await SeenAsync(invoice));
        _provider.Rate = 200_000m;
        _provider.Pay(id, 125, _server.Now);
        await ApplyAsync(id);
        Assert.Equal((InvoiceStatus.Settled, 0m, SubscriptionState.Active), await SeenAsync(invoice)); // 0.125 + 0.125 at the invoice's rate
    }

    [Fact]
    public async Task A_rest_that_rounding_left_is_adjusted()
    {
        var (invoice, id) = await InvoiceAsync();
        _provider.Pay(id, 249, _server.Now);
        Status(id, ProviderStatus.Settled);
        await ApplyAsync(id);
        Assert.Equal((InvoiceStatus.Settled, 0m, SubscriptionState.Active), await SeenAsync(invoice));
        var rest = Assert.Single(await _server.Balances.EntriesAsync(_account, 10, Ct), e => e.Kind == LedgerKind.Adjustment);
        Assert.Equal(100_000, rest.Units);
    }

    [Fact]
    public async Task Settled_without_its_payments_settled_waits_instead_of_giving_the_money_twice()
    {
        var (invoice, id) = await InvoiceAsync();
        _provider.Pay(id, 250, _server.Now, settled: false);
        Status(id, ProviderStatus.Settled);
        await ApplyAsync(id);
        Assert.Equal(InvoiceStatus.Processing, (await SeenAsync(invoice)).Status);
        _provider.Confirm(id);
        await ApplyAsync(id);
        Assert.Equal((InvoiceStatus.Settled, 0m, SubscriptionState.Active), await SeenAsync(invoice));
        Assert.DoesNotContain(await _server.Balances.EntriesAsync(_account, 10, Ct), e => e.Kind == LedgerKind.Adjustment);
    }

    [Fact]
    public async Task Marked_by_hand_is_an_adjustment_and_a_payment_after_it_is_balance()
    {
        var (invoice, id) = await InvoiceAsync();
        _provider.Change(id, i => i with { Status = ProviderStatus.Settled, Marked = true });
        await ApplyAsync(id);
        Assert.Equal((InvoiceStatus.Settled, 0m, SubscriptionState.Active), await SeenAsync(invoice));
        Assert.Equal(InvoiceDetail.Marked, (await _server.Invoices.FindAsync(_account, invoice, Ct))!.Detail);
        _provider.Pay(id, 250, _server.Now);
        await ApplyAsync(id);
        Assert.Equal((InvoiceStatus.Settled, 0.25m, SubscriptionState.Active), await SeenAsync(invoice));
    }

    [Fact]
    public async Task What_was_read_before_another_change_is_read_again()
    {
        var (invoice, id) = await InvoiceAsync();
        _provider.DuringRead = async () => // our reading saw no payment; meanwhile one comes and is booked
        {
            _provider.Pay(id, 250, _server.Now, settled: false);
            Status(id, ProviderStatus.Processing);
            await ApplyAsync(id);
        };
        await ApplyAsync(id);
        Assert.Equal((InvoiceStatus.Processing, 0m, SubscriptionState.Active), await SeenAsync(invoice));
        Assert.False((await _server.Accounts.FindAsync(_account, Ct))!.ProvisionalLost);
    }

    [Fact]
    public async Task The_same_payment_on_two_invoices_counts_once()
    {
        var (_, first) = await InvoiceAsync();
        var (_, second) = await InvoiceAsync();
        foreach (var id in new[] { first, second })
        {
            _provider.Pay(id, 250, _server.Now, paymentId: "txid-0");
            Status(id, ProviderStatus.Processing);
            await ApplyAsync(id);
        }
        Assert.Equal(_server.Now.AddMonths(1), _server.PaidUntil(_account));
        Assert.Single(await _server.Balances.EntriesAsync(_account, 10, Ct), e => e.Kind == LedgerKind.Payment);
    }

    [Fact]
    public async Task Two_contexts_that_settle_at_once_book_once()
    {
        var (_, id) = await InvoiceAsync();
        _provider.Pay(id, 600, _server.Now);
        Status(id, ProviderStatus.Settled);
        await using var other = await MoneyServer.StartAsync(provider: _provider, directory: _server.Directory);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(
            () => (i % 2 == 0 ? _server : other).Settlement.ApplyAsync(id, "test", _server.Now, Ct))));
        Assert.Single(outcomes, o => o == SettlementOutcome.Applied);
        Assert.Equal(0.35m, await _server.BalanceAsync(_account));
        await other.Entitlements.CatchUpAsync(Ct);
        Assert.Equal(SubscriptionState.Active, other.State(_account));
    }

    [Fact]
    public async Task While_the_provider_is_down_there_is_no_invoice_and_no_slot_is_used_up()
    {
        _provider.Down = true;
        for (var i = 0; i < 7; i++)
            Assert.IsType<InvoiceOutcome.Unavailable>(await _server.Invoices.CreateAsync(_account, new InvoiceRequest(1, null), _server.Now, Ct));
        var quote = Assert.IsType<QuoteOutcome.Quoted>(await _server.Quotes.QuoteAsync(1, _server.Now, Ct)).Quote;
        Assert.Empty(quote.Methods);
        _provider.Down = false;
        await InvoiceAsync();
    }

    [Fact]
    public async Task An_answer_that_was_lost_is_found_again_by_our_own_id()
    {
        _provider.LoseNextAnswer = true;
        var request = new InvoiceRequest(1, null);
        Assert.IsType<InvoiceOutcome.Unavailable>(await _server.Invoices.CreateAsync(_account, request, _server.Now, Ct, "operation"));
        var first = Assert.IsType<InvoiceOutcome.Created>(await _server.Invoices.CreateAsync(_account, request, _server.Now, Ct, "operation"));
        var again = Assert.IsType<InvoiceOutcome.Created>(await _server.Invoices.CreateAsync(_account, request, _server.Now, Ct, "operation"));
        Assert.Equal(first.Invoice.Id, again.Invoice.Id);
        Assert.Equal(1, _provider.Creates);
    }

    [Fact]
    public async Task Reconciliation_attaches_what_a_dead_process_had_asked_for()
    {
        _provider.LoseNextAnswer = true;
        await _server.Invoices.CreateAsync(_account, new InvoiceRequest(1, null), _server.Now, Ct);
        var order = await _server.Database.ReadAsync(db => db.Invoices.Select(i => i.Id).SingleAsync(), Ct);
        var made = (await _provider.FindAsync(order, _server.Now, Ct))!;
        _provider.Pay(made.Id, 250, _server.Now);
        Status(made.Id, ProviderStatus.Settled);
        _server.Now += TimeSpan.FromMinutes(5);
        await _server.Reconciliation.RunAsync(_server.Now, Ct);
        Assert.Equal((InvoiceStatus.Settled, 0m, SubscriptionState.Active), await SeenAsync(order));
    }

    [Fact]
    public async Task A_restored_database_adopts_the_invoices_it_has_forgotten()
    {
        var copy = Directory.CreateTempSubdirectory("datt-backup-").FullName;
        await _server.Database.ReadAsync(db => db.Database.ExecuteSqlAsync($"VACUUM INTO {Path.Combine(copy, "datt.db")}"), Ct);
        var (invoice, id) = await InvoiceAsync();
        _provider.Pay(id, 250, _server.Now);
        Status(id, ProviderStatus.Settled);
        await using (var restored = await MoneyServer.StartAsync(provider: _provider, directory: copy))
        {
            await restored.Reconciliation.RunAsync(_server.Now, Ct, all: true);
            Assert.Equal(SubscriptionState.Active, restored.State(_account));
            Assert.Equal(InvoiceStatus.Settled, (await restored.Invoices.FindAsync(_account, invoice, Ct))!.Status);
        }
        Directory.Delete(copy, recursive: true);
    }

    [Fact]
    public async Task Another_servers_invoice_in_the_same_store_is_foreign()
    {
        var (_, id) = await InvoiceAsync();
        await using var stranger = await MoneyServer.StartAsync(provider: _provider, serverId: "server-2");
        Assert.Equal(SettlementOutcome.Foreign, await stranger.Settlement.ApplyAsync(id, "test", _server.Now, Ct));
        Assert.Equal(SettlementOutcome.Foreign, await stranger.Settlement.ApplyAsync("unheard-of", "test", _server.Now, Ct));
    }

    [Fact]
    public async Task Reconciliation_walks_every_page_and_looks_at_closed_onchain_invoices_daily_for_90_days()
    {
        var accounts = new List<(string Account, string Invoice, string Provider)>();
        for (var i = 0; i < 120; i++)
        {
            var (account, _) = await _server.AccountAsync();
            var invoice = await _server.InvoiceAsync(account, 24);
            accounts.Add((account, invoice.Id, await _server.ProviderIdAsync(invoice.Id)));
        }
        _server.Now += TimeSpan.FromHours(2);
        foreach (var (_, _, id) in accounts)
            Status(id, ProviderStatus.Expired);
        await _server.Reconciliation.RunAsync(_server.Now, Ct);
        foreach (var (_, _, id) in accounts)
            _provider.Pay(id, 6_000, _server.Now);
        await _server.Reconciliation.RunAsync(_server.Now, Ct);
        Assert.Equal(SubscriptionState.None, _server.State(accounts[^1].Account)); // not due before a day has passed
        await _server.Reconciliation.RunAsync(_server.Now + TimeSpan.FromDays(1), Ct);
        Assert.All(accounts, a => Assert.Equal(SubscriptionState.Active, _server.Entitlements.StateOf(a.Account, _server.Now + TimeSpan.FromDays(1)).State));
        await _server.Reconciliation.RunAsync(_server.Now + TimeSpan.FromDays(91), Ct);
        Assert.Equal(0, await _server.Database.ReadAsync(db => db.Invoices.CountAsync(i => i.NextReadAt != null), Ct));
    }

    private async Task<(string Invoice, string ProviderId)> InvoiceAsync(int months = 1)
    {
        var invoice = await _server.InvoiceAsync(_account, months);
        return (invoice.Id, await _server.ProviderIdAsync(invoice.Id));
    }

    private void Status(string id, ProviderStatus status) => _provider.Change(id, i => i with { Status = status });

    private Task<SettlementOutcome> ApplyAsync(string id) => _server.Settlement.ApplyAsync(id, "test", _server.Now, Ct);

    private async Task<(InvoiceStatus Status, decimal Balance, SubscriptionState State)> SeenAsync(string invoice) =>
        ((await _server.Invoices.FindAsync(_account, invoice, Ct))!.Status, await _server.BalanceAsync(_account), _server.State(_account));
}
