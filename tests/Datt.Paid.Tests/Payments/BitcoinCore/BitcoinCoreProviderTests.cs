using Datt.Paid.Payments;
using Datt.Paid.Payments.BitcoinCore;
using Datt.Paid.Storage;
using Datt.Paid.Subscriptions;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Tests.Payments.BitcoinCore;

/// <summary>Invoices over a node whose every answer the test decides: what real chains do seldom.</summary>
public sealed class BitcoinCoreProviderTests : IAsyncLifetime
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private ScriptedNode _node = null!;
    private MoneyServer _server = null!;
    private string _account = "";

    public async ValueTask InitializeAsync()
    {
        _node = await ScriptedNode.StartAsync();
        _server = await MoneyServer.StartAsync(_node.Settings());
        (_account, _) = await _server.AccountAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task Each_invoice_has_an_address_of_its_own_that_asks_for_the_exact_sum()
    {
        var one = await _server.InvoiceAsync(_account, 2);
        var two = await _server.InvoiceAsync(_account, 2);
        Assert.NotEqual(one.Address, two.Address);
        Assert.Equal((20_000L, $"bitcoin:{one.Address}?amount=0.00020000"), (one.DueSats, one.Bip21));
        Assert.Null(one.Lightning);
        Assert.Equal(2, _node.Count("getnewaddress"));
        Assert.Contains(one.Id, _node.Labels[one.Address!], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Seen_then_confirmed_grants_once()
    {
        var invoice = await _server.InvoiceAsync(_account, 2);
        var tx = _node.Pay(_server.Now, (invoice.Address!, 20_000));
        Assert.Equal((InvoiceStatus.Processing, SubscriptionState.None), await LookAsync(invoice));
        _node.Mine();
        Assert.Equal((InvoiceStatus.Settled, SubscriptionState.Active), await LookAsync(invoice));
        Assert.Equal($"payment:BitcoinCore:{tx}-0", (await _server.Balances.EntriesAsync(_account, 10, Ct)).Single(e => e.Kind == LedgerKind.Payment).Key);
        Assert.Equal(0m, await _server.BalanceAsync(_account));
        Assert.Equal(SettlementOutcome.Replayed, await ApplyAsync(invoice));
    }

    [Fact]
    public async Task One_transaction_may_pay_one_address_twice_and_another_too()
    {
        var one = await _server.InvoiceAsync(_account, 2);
        var two = await _server.InvoiceAsync(_account, 1);
        _node.Pay(_server.Now, (one.Address!, 15_000), (two.Address!, 10_000), (one.Address!, 5_000), ("bcrt1qstranger", 77_777));
        _node.Mine();
        Assert.Equal(InvoiceStatus.Settled, (await LookAsync(one)).Status);
        Assert.Equal(InvoiceStatus.Settled, (await LookAsync(two)).Status);
        var payments = (await _server.Balances.EntriesAsync(_account, 10, Ct)).Where(e => e.Kind == LedgerKind.Payment);
        Assert.Equal([5_000m, 10_000m, 15_000m], payments.Select(p => p.Units / 100_000_000m).Order());
    }

    [Fact]
    public async Task Confirmations_are_as_many_as_the_setting_says()
    {
        await using var server = await MoneyServer.StartAsync(_node.Settings("careful", confirmations: 3));
        var (account, _) = await server.AccountAsync();
        var invoice = await server.InvoiceAsync(account);
        _node.Pay(server.Now, (invoice.Address!, 10_000));
        foreach (var expected in new[] { InvoiceStatus.Processing, InvoiceStatus.Processing, InvoiceStatus.Settled })
        {
            _node.Mine();
            await server.Settlement.ApplyAsync(invoice.Address!, "test", server.Now, Ct);
            Assert.Equal(expected, (await server.Invoices.FindAsync(account, invoice.Id, Ct))!.Status);
        }
    }

    [Fact]
    public async Task What_was_replaced_in_the_mempool_is_gone_at_once()
    {
        var invoice = await _server.InvoiceAsync(_account);
        var tx = _node.Pay(_server.Now, (invoice.Address!, 10_000));
        Assert.Equal(InvoiceStatus.Processing, (await LookAsync(invoice)).Status);
        _node.Change(tx, t =>
        {
            t.InMempool = false;
            t.MempoolConflicts.Add("other");
        });
        Assert.Equal(InvoiceStatus.New, (await LookAsync(invoice)).Status);
        _node.Change(tx, t => (t.InMempool, _) = (true, t.MempoolConflicts.Remove("other"))); // the original won after all
        _node.Mine();
        Assert.Equal(InvoiceStatus.Settled, (await LookAsync(invoice)).Status);
    }

    [Fact]
    public async Task A_payment_that_a_restarted_node_has_not_reloaded_yet_is_waited_for_a_while()
    {
        var invoice = await _server.InvoiceAsync(_account);
        var tx = _node.Pay(_server.Now, (invoice.Address!, 10_000));
        await LookAsync(invoice);
        _node.Change(tx, t => t.InMempool = false);
        Assert.Equal(InvoiceStatus.Processing, (await LookAsync(invoice)).Status);
        _server.Now += TimeSpan.FromMinutes(14);
        Assert.Equal(InvoiceStatus.Processing, (await LookAsync(invoice)).Status);
        _server.Now += TimeSpan.FromMinutes(2);
        Assert.Equal(InvoiceStatus.New, (await LookAsync(invoice)).Status);
        _node.Change(tx, t => t.InMempool = true);
        Assert.Equal(InvoiceStatus.Processing, (await LookAsync(invoice)).Status);
    }

    [Fact]
    public async Task A_wallet_made_anew_is_no_sign_that_money_went_back()
    {
        var invoice = await _server.InvoiceAsync(_account);
        var tx = _node.Pay(_server.Now, (invoice.Address!, 10_000));
        _node.Mine(2);
        await LookAsync(invoice);
        _node.Forget(tx);
        Assert.Equal((InvoiceStatus.Settled, SubscriptionState.Active), await LookAsync(invoice));
        Assert.DoesNotContain(await _server.Balances.EntriesAsync(_account, 10, Ct), e => e.Kind == LedgerKind.Adjustment);
    }

    [Fact]
    public async Task The_first_sight_of_a_payment_stays_whatever_the_node_says_later()
    {
        var invoice = await _server.InvoiceAsync(_account);
        var tx = _node.Pay(_server.Now.AddMinutes(59), (invoice.Address!, 10_000));
        _server.Now += TimeSpan.FromMinutes(59.5);
        await LookAsync(invoice);
        _node.Change(tx, t => t.Received += 7_200); // the wallet was rescanned
        _server.Now += TimeSpan.FromHours(3);
        _node.Mine();
        await LookAsync(invoice);
        Assert.Equal((InvoiceStatus.Settled, InvoiceDetail.None), await StandAsync(invoice));
    }

    [Fact]
    public async Task A_payment_mined_while_the_node_was_away_counts_by_its_block()
    {
        var invoice = await _server.InvoiceAsync(_account);
        var mined = _server.Now.AddMinutes(30);
        _node.Pay(_server.Now.AddHours(5), (invoice.Address!, 10_000));
        _node.Mine(blocktime: mined.ToUnixTimeSeconds());
        _server.Now += TimeSpan.FromHours(6);
        await LookAsync(invoice);
        Assert.Equal((InvoiceStatus.Settled, InvoiceDetail.None), await StandAsync(invoice));
    }

    [Fact]
    public async Task A_payment_after_the_expiry_counts_as_late()
    {
        var invoice = await _server.InvoiceAsync(_account);
        _server.Now += TimeSpan.FromHours(2);
        Assert.Equal(InvoiceStatus.Expired, (await LookAsync(invoice)).Status);
        _node.Pay(_server.Now, (invoice.Address!, 10_000));
        _node.Mine();
        Assert.Equal((InvoiceStatus.Settled, SubscriptionState.Active), await LookAsync(invoice));
        Assert.Equal(InvoiceDetail.PaidLate, (await StandAsync(invoice)).Detail);
    }

    [Fact]
    public async Task A_payment_that_never_confirms_makes_the_invoice_invalid()
    {
        var invoice = await _server.InvoiceAsync(_account);
        _node.Pay(_server.Now, (invoice.Address!, 10_000));
        await LookAsync(invoice);
        _server.Now += TimeSpan.FromDays(15);
        Assert.Equal(InvoiceStatus.Invalid, (await LookAsync(invoice)).Status);
        _node.Mine();
        Assert.Equal((InvoiceStatus.Settled, SubscriptionState.Active), await LookAsync(invoice));
    }

    [Fact]
    public async Task Old_payments_are_read_no_more_and_nothing_is_missed_meanwhile()
    {
        var invoice = await _server.InvoiceAsync(_account);
        _node.Pay(_server.Now, (invoice.Address!, 4_000));
        _node.Mine(500); // nobody looked for so long
        await LookAsync(invoice);
        var before = _node.Count("gettransaction");
        _node.Pay(_server.Now, (invoice.Address!, 6_000));
        _node.Mine(500);
        Assert.Equal((InvoiceStatus.Settled, SubscriptionState.Active), await LookAsync(invoice));
        await LookAsync(invoice);
        Assert.Equal(before, _node.Count("gettransaction"));
        Assert.False((await Provider.ReadAsync(invoice.Address!, _server.Now, Ct))!.MayBeUndone);
    }

    [Fact]
    public async Task A_reorganisation_that_takes_the_payment_in_again_changes_nothing()
    {
        var invoice = await _server.InvoiceAsync(_account);
        _node.Pay(_server.Now, (invoice.Address!, 10_000));
        _node.Mine();
        await LookAsync(invoice);
        _node.Reorganise(1);
        Assert.Equal((InvoiceStatus.Settled, SubscriptionState.Active), await LookAsync(invoice));
        _node.Mine();
        Assert.Equal((InvoiceStatus.Settled, SubscriptionState.Active), await LookAsync(invoice));
        Assert.DoesNotContain(await _server.Balances.EntriesAsync(_account, 10, Ct), e => e.Kind == LedgerKind.Adjustment);
    }

    [Fact]
    public async Task A_payment_that_the_network_undid_is_found_by_reconciliation_and_booked_back()
    {
        var invoice = await _server.InvoiceAsync(_account);
        var tx = _node.Pay(_server.Now, (invoice.Address!, 10_000));
        _node.Mine();
        await _server.Reconciliation.RunAsync(_server.Now, Ct);
        Assert.Equal(SubscriptionState.Active, _server.State(_account));
        _node.Reorganise(1);
        _node.Change(tx, t => (t.InMempool, t.Conflicted) = (false, true));
        _node.Mine();
        _server.Now += TimeSpan.FromMinutes(20);
        await _server.Reconciliation.RunAsync(_server.Now, Ct);
        Assert.Equal((0m, SubscriptionState.Expired), (await _server.BalanceAsync(_account), _server.State(_account)));
        Assert.Contains(await _server.Invoices.HistoryAsync(invoice.Id, Ct), e => e.Cause.Contains("undone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_block_that_the_node_does_not_know_any_more_loses_nothing()
    {
        var invoice = await _server.InvoiceAsync(_account);
        await _server.Database.WriteAsync(db => db.Settings.ExecuteUpdateAsync(set => set.SetProperty(s => s.Value, "unknown"), Ct), Ct);
        _node.Pay(_server.Now, (invoice.Address!, 10_000));
        _node.Mine(300);
        Assert.Equal(InvoiceStatus.Settled, (await LookAsync(invoice)).Status);
    }

    [Fact]
    public async Task An_invoice_that_the_database_forgot_is_adopted_from_its_address()
    {
        var invoice = await _server.InvoiceAsync(_account, 3);
        await _server.Database.WriteAsync(db => db.Invoices.Where(i => i.Id == invoice.Id).ExecuteDeleteAsync(Ct), Ct); // an older copy
        _node.Pay(_server.Now, (invoice.Address!, 30_000));
        _node.Mine();
        await _server.Reconciliation.RunAsync(_server.Now, Ct, all: true);
        Assert.Equal(SubscriptionState.Active, _server.State(_account));
        var adopted = (await _server.Invoices.FindAsync(_account, invoice.Id, Ct))!;
        Assert.Equal((InvoiceStatus.Settled, invoice.Address, invoice.Amount, invoice.ExpiresAt), (adopted.Status, adopted.Address, adopted.Amount, adopted.ExpiresAt));
        await _server.Reconciliation.RunAsync(_server.Now, Ct, all: true);
        Assert.Equal(0m, await _server.BalanceAsync(_account));
    }

    [Fact]
    public async Task Another_servers_label_and_any_other_text_adopt_nothing()
    {
        await using var other = await MoneyServer.StartAsync(_node.Settings(), serverId: "server-2");
        var (account, _) = await other.AccountAsync();
        var invoice = await other.InvoiceAsync(account);
        _node.Pay(_server.Now, (invoice.Address!, 10_000));
        _node.Mine();
        await _server.Reconciliation.RunAsync(_server.Now, Ct, all: true);
        Assert.Equal(0, await _server.Database.ReadAsync(db => db.ChainPayments.CountAsync(Ct), Ct));
        foreach (var text in new[] { null, "", "datt:", "datt:{}", "datt:null", "datt:[1]", "datt:{\"order\":1}", "rent", new string('x', 5_000) })
            Assert.Null(InvoiceLabel.TryRead(text, "bcrt1q"));
    }

    [Fact]
    public async Task An_address_that_the_wallet_gives_twice_makes_no_second_invoice()
    {
        var invoice = await _server.InvoiceAsync(_account);
        _node.Before = async (call, http) =>
        {
            if (call.Method != "getnewaddress")
                return false;
            await ScriptedNode.WriteAsync(http, call.Id, invoice.Address, null);
            return true;
        };
        Assert.IsType<InvoiceOutcome.Unavailable>(await _server.Invoices.CreateAsync(_account, new InvoiceRequest(1, null), _server.Now, Ct));
    }

    [Fact]
    public async Task A_refund_is_for_the_operators_hand()
    {
        var outcome = await Provider.RefundAsync(new ProviderRefundRequest("op", "x", new(1, "SATS"), "y"), _server.Now, Ct);
        Assert.Contains("by hand", Assert.IsType<ProviderRefundOutcome.Refused>(outcome).Reason, StringComparison.Ordinal);
    }

    private BitcoinCoreProvider Provider => _server.Get<BitcoinCoreProvider>();

    private Task<SettlementOutcome> ApplyAsync(InvoiceView invoice) => _server.Settlement.ApplyAsync(invoice.Address!, "test", _server.Now, Ct);

    private async Task<(InvoiceStatus Status, SubscriptionState State)> LookAsync(InvoiceView invoice)
    {
        await ApplyAsync(invoice);
        return ((await StandAsync(invoice)).Status, _server.State(_account));
    }

    private async Task<(InvoiceStatus Status, InvoiceDetail Detail)> StandAsync(InvoiceView invoice)
    {
        var view = (await _server.Invoices.FindAsync(_account, invoice.Id, Ct))!;
        return (view.Status, view.Detail);
    }
}
