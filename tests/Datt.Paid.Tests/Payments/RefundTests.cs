using Datt.Paid.Payments;
using Datt.Paid.Pricing;
using Datt.Paid.Storage;
using Datt.Paid.Subscriptions;

namespace Datt.Paid.Tests.Payments;

public sealed class RefundTests : IAsyncLifetime
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private readonly ScriptedProvider _provider = new();
    private MoneyServer _server = null!;
    private string _account = "";
    private string _invoice = "";

    public async ValueTask InitializeAsync()
    {
        _server = await MoneyServer.StartAsync([], _provider, now: new DateTimeOffset(2026, 4, 1, 0, 0, 0, TimeSpan.Zero));
        (_account, _) = await _server.AccountAsync();
        _invoice = await PaidAsync(4); // 1.00
        Assert.Equal((0m, SubscriptionState.Active), await SeenAsync());
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_unused_part_goes_back_once_and_access_ends()
    {
        _server.Now = new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero); // 92 of 122 days are left
        var refund = await RefundAsync("one");
        Assert.Equal((RefundState.Open, 0.75m, "https://pay.example/pull"), (refund.State, refund.Amount.Amount, refund.ClaimUrl));
        Assert.Equal(SubscriptionState.Expired, _server.State(_account)); // no grace after what was taken back
        Assert.InRange(await _server.BalanceAsync(_account), 0m, 0.01m); // what is below a cent stays
        Assert.Equal(refund, await RefundAsync("one"));
        Assert.Single(_provider.Refunds);
        Assert.IsType<RefundOutcome.NothingLeft>(await _server.Refunds.RefundAsync(_invoice, new RefundRequest("two", "again", null, false), _server.Now, Ct));
    }

    [Fact]
    public async Task The_same_begin_can_be_bought_again_after_it_was_taken_back()
    {
        var later = await PaidAsync(1); // from 1 August
        await RefundAsync("one", later);
        Assert.Equal(new DateTimeOffset(2026, 8, 1, 0, 0, 0, TimeSpan.Zero), _server.PaidUntil(_account));
        await PaidAsync(1);
        Assert.Equal(new DateTimeOffset(2026, 9, 1, 0, 0, 0, TimeSpan.Zero), _server.PaidUntil(_account));
        Assert.Equal(0m, await _server.BalanceAsync(_account));
    }

    [Fact]
    public async Task A_deposit_goes_back_as_far_as_it_is_not_spent()
    {
        var deposit = await DepositAsync(3m);
        var refund = await RefundAsync("one", deposit, Money.Of(1m, "USD"));
        Assert.Equal(1m, refund.Amount.Amount);
        Assert.Equal((2m, SubscriptionState.Active), await SeenAsync());
        Assert.Equal(2m, (await RefundAsync("two", deposit)).Amount.Amount);
        Assert.Equal((0m, SubscriptionState.Active), await SeenAsync());
    }

    [Fact]
    public async Task A_refused_refund_is_booked_back()
    {
        _provider.RefusesRefunds = "no wallet";
        var refund = await RefundAsync("one");
        Assert.Equal((RefundState.BookedBack, "no wallet"), (refund.State, refund.Detail));
        Assert.Equal(1m, await _server.BalanceAsync(_account));
    }

    [Fact]
    public async Task An_answer_that_was_lost_waits_for_the_operator_and_is_never_asked_for_twice()
    {
        _provider.LoseNextRefund = true;
        Assert.Equal(RefundState.Uncertain, (await RefundAsync("one")).State);
        await _server.Refunds.RunAsync(_server.Now.AddDays(1), Ct);
        Assert.Equal(RefundState.Uncertain, (await RefundAsync("one")).State);
        Assert.Single(_provider.Refunds);
        Assert.IsType<RefundOutcome.Known>(await _server.Refunds.ResolveAsync("one", "pull1", _server.Now, Ct));
        _provider.RefundState = ProviderRefundState.Claimed;
        await _server.Refunds.RunAsync(_server.Now, Ct);
        Assert.Equal(RefundState.Claimed, (await RefundAsync("one")).State);
    }

    [Fact]
    public async Task While_the_provider_is_away_it_is_debited_and_asked_later()
    {
        _provider.Down = true;
        Assert.Equal(RefundState.Debited, (await RefundAsync("one")).State);
        Assert.Equal((0m, SubscriptionState.None), await SeenAsync());
        _provider.Down = false;
        await Task.WhenAll(_server.Refunds.RunAsync(_server.Now, Ct), _server.Refunds.RunAsync(_server.Now, Ct));
        Assert.Equal(RefundState.Open, (await RefundAsync("one")).State);
        Assert.Single(_provider.Refunds);
    }

    [Fact]
    public async Task What_nobody_collected_and_was_withdrawn_is_booked_back()
    {
        await RefundAsync("one");
        _provider.RefundState = ProviderRefundState.Withdrawn;
        _server.Now += TimeSpan.FromDays(1);
        await _server.Refunds.RunAsync(_server.Now, Ct);
        await _server.Refunds.RunAsync(_server.Now, Ct);
        Assert.Equal(RefundState.BookedBack, (await RefundAsync("one")).State);
        Assert.Equal(1m, await _server.BalanceAsync(_account));
    }

    [Fact]
    public async Task By_hand_no_provider_is_asked()
    {
        var outcome = await _server.Refunds.RefundAsync(_invoice, new RefundRequest("one", "asked for by mail", null, ByHand: true), _server.Now, Ct);
        Assert.Equal(RefundState.Claimed, Assert.IsType<RefundOutcome.Known>(outcome).Refund.State);
        Assert.Empty(_provider.Refunds);
        Assert.Equal((0m, SubscriptionState.None), await SeenAsync());
    }

    [Theory]
    [InlineData(0), InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7), InlineData(8)]
    public async Task A_process_that_dies_at_any_step_refunds_once_or_leaves_the_decision(int step)
    {
        _server.Faults.CrashAt(step);
        try
        {
            await RefundAsync("one");
        }
        catch (CrashException)
        {
        }
        _server.Faults.Stop();
        await _server.Refunds.RunAsync(_server.Now, Ct);
        var refund = await RefundAsync("one");
        Assert.InRange(_provider.Refunds.Count, 0, 1);
        Assert.Equal(_provider.Refunds.Count == 1, refund.State is RefundState.Open or RefundState.Uncertain);
        var entries = await _server.Balances.EntriesAsync(_account, 10, Ct);
        Assert.Single(entries, e => e.Kind == LedgerKind.Refund);
        Assert.Equal((0m, SubscriptionState.None), await SeenAsync());
    }

    private async Task<RefundView> RefundAsync(string operation, string? invoice = null, Money? amount = null) => Assert.IsType<RefundOutcome.Known>(
        await _server.Refunds.RefundAsync(invoice ?? _invoice, new RefundRequest(operation, "asked for", amount, false), _server.Now, Ct)).Refund;

    private async Task<string> PaidAsync(int months) => await SettleAsync((await _server.InvoiceAsync(_account, months)).Id, months * 250);

    private async Task<string> DepositAsync(decimal amount) => await SettleAsync((await _server.DepositAsync(_account, amount)).Id, (long)(amount * 1000));

    private async Task<string> SettleAsync(string invoice, long sats)
    {
        var id = await _server.ProviderIdAsync(invoice);
        _provider.Pay(id, sats, _server.Now);
        _provider.Change(id, i => i with { Status = ProviderStatus.Settled });
        await _server.Settlement.ApplyAsync(id, "test", _server.Now, Ct);
        return invoice;
    }

    private async Task<(decimal Balance, SubscriptionState State)> SeenAsync() => (await _server.BalanceAsync(_account), _server.State(_account));
}
