using Datt.Paid.Payments;
using Datt.Paid.Pricing;
using Datt.Paid.Subscriptions;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Tests.Payments;

public sealed class BooksCurrencyTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    public async Task Balances_are_booked_over_and_open_invoices_follow_when_they_are_paid()
    {
        var provider = new ScriptedProvider();
        await using var dollars = await MoneyServer.StartAsync([], provider);
        var (rich, _) = await dollars.AccountAsync();
        var (poor, _) = await dollars.AccountAsync();
        await SettleAsync(dollars, provider, (await dollars.DepositAsync(rich, 3m)).Id, 3_000);
        var open = (await dollars.InvoiceAsync(poor, months: 2)).Id; // 0.50 USD, 500 satoshi

        await using var euros = await MoneyServer.StartAsync(
            new() { ["Datt:Pricing:Currency"] = "EUR", ["Datt:Pricing:Base"] = "0.20" }, provider, dollars.Directory, dollars.Now);
        Assert.Contains("change-currency EUR", Assert.Single(await euros.Get<BooksCheck>().ProblemsAsync(Ct)), StringComparison.Ordinal);
        var change = euros.Get<BooksCurrency>();
        Assert.Equal(new CurrencyChangeOutcome.Changed("USD", 1), await change.ChangeAsync("EUR", 0.8m, euros.Now, Ct));
        Assert.IsType<CurrencyChangeOutcome.NotNeeded>(await change.ChangeAsync("EUR", 0.8m, euros.Now, Ct));
        Assert.Empty(await euros.Get<BooksCheck>().ProblemsAsync(Ct));
        Assert.Equal(Money.Of(2.4m, "EUR"), await euros.Balances.OfAsync(rich, Ct));
        Assert.Equal(0, await euros.Database.ReadAsync(db => db.Ledger.Where(l => l.Currency == "USD").SumAsync(l => l.Units), Ct));

        provider.Rate = 80_000m; // of euros
        await SettleAsync(euros, provider, open, 500); // worth 0.40 EUR at the invoice's own rate, which two months at its own price cost
        Assert.Equal((0m, SubscriptionState.Active), (await euros.BalanceAsync(poor), euros.State(poor)));
    }

    [Fact]
    public async Task A_refund_of_what_was_paid_before_a_change_is_in_the_new_currency()
    {
        var provider = new ScriptedProvider();
        await using var dollars = await MoneyServer.StartAsync([], provider);
        var (account, _) = await dollars.AccountAsync();
        var deposit = (await dollars.DepositAsync(account, 3m)).Id;
        await SettleAsync(dollars, provider, deposit, 3_000);
        await using var euros = await MoneyServer.StartAsync(new() { ["Datt:Pricing:Currency"] = "EUR" }, provider, dollars.Directory, dollars.Now);
        await euros.Get<BooksCurrency>().ChangeAsync("EUR", 0.8m, euros.Now, Ct);
        var refund = Assert.IsType<RefundOutcome.Known>(
            await euros.Refunds.RefundAsync(deposit, new RefundRequest("one", "asked for", null, false), euros.Now, Ct)).Refund;
        Assert.Equal(Money.Of(2.4m, "EUR"), refund.Amount);
        Assert.Equal(0m, await euros.BalanceAsync(account));
        Assert.IsType<RefundOutcome.NothingLeft>(
            await euros.Refunds.RefundAsync(deposit, new RefundRequest("two", "asked for", null, false), euros.Now, Ct));
    }

    [Theory]
    [InlineData("XYZ", 1), InlineData("EUR", 0), InlineData("EUR", -1)]
    public async Task What_makes_no_sense_changes_nothing(string currency, decimal rate)
    {
        await using var server = await MoneyServer.StartAsync();
        Assert.IsType<CurrencyChangeOutcome.Invalid>(await server.Get<BooksCurrency>().ChangeAsync(currency, rate, server.Now, Ct));
    }

    [Fact]
    public async Task Invoices_of_a_provider_whose_settings_are_gone_stop_the_start_until_they_are_abandoned()
    {
        var provider = new ScriptedProvider();
        await using var before = await MoneyServer.StartAsync([], provider);
        var (account, _) = await before.AccountAsync();
        var invoice = (await before.InvoiceAsync(account)).Id;
        await using var after = await MoneyServer.StartAsync([], directory: before.Directory, now: before.Now);
        var check = after.Get<BooksCheck>();
        Assert.Contains("--abandon", Assert.Single(await check.ProblemsAsync(Ct)), StringComparison.Ordinal);
        Assert.Equal(1, await check.AbandonAsync(after.Now, Ct));
        Assert.Empty(await check.ProblemsAsync(Ct));
        Assert.Contains(await after.Invoices.HistoryAsync(invoice, Ct), e => e.Cause.Contains("abandoned", StringComparison.Ordinal));
    }

    private static async Task SettleAsync(MoneyServer server, ScriptedProvider provider, string invoice, long sats)
    {
        var id = await server.ProviderIdAsync(invoice);
        provider.Pay(id, sats, server.Now);
        provider.Change(id, i => i with { Status = ProviderStatus.Settled });
        await server.Settlement.ApplyAsync(id, "test", server.Now, Ct);
    }
}
