using Datt.Paid.Payments;
using Datt.Paid.Payments.Sandbox;
using Datt.Paid.Pricing;
using Datt.Paid.Storage;
using Datt.Paid.Subscriptions;

namespace Datt.Paid.Tests.Payments;

public class SandboxPaymentTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    public async Task Paying_what_is_due_opens_a_calendar_month_at_once()
    {
        await using var server = await MoneyServer.StartAsync();
        var (account, key) = await server.AccountAsync();
        Assert.Equal(EntitlementOutcome.Unpaid, server.Entitlements.Check(key, Scopes.Search, server.Now).Outcome);

        var invoice = await server.InvoiceAsync(account);
        Assert.Equal((InvoiceStatus.New, InvoiceDetail.None, 250L, 0L), (invoice.Status, invoice.Detail, invoice.DueSats, invoice.PaidSats));
        Assert.StartsWith("sandbox", invoice.Lightning!);
        Assert.Null(invoice.Address); // 250 satoshi are below the on-chain minimum

        var paid = await server.PayAsync(account, invoice.Id);
        Assert.Equal((InvoiceStatus.Settled, InvoiceDetail.None, 0L, 250L), (paid.Status, paid.Detail, paid.DueSats, paid.PaidSats));
        Assert.NotNull(paid.SettledAt);
        Assert.Equal(EntitlementOutcome.Entitled, server.Entitlements.Check(key, Scopes.Search, server.Now).Outcome);
        Assert.Equal(server.Now.AddMonths(1), server.PaidUntil(account));
        Assert.Equal(0m, await server.BalanceAsync(account));
    }

    [Fact]
    public async Task Too_little_waits_for_the_rest()
    {
        await using var server = await MoneyServer.StartAsync();
        var (account, _) = await server.AccountAsync();
        var invoice = await server.InvoiceAsync(account);
        var partial = await server.PayAsync(account, invoice.Id, 249);
        Assert.Equal((InvoiceStatus.New, InvoiceDetail.PaidPartial, 1L), (partial.Status, partial.Detail, partial.DueSats));
        Assert.Equal(SubscriptionState.None, server.State(account));
        Assert.Equal(0.249m, await server.BalanceAsync(account));

        var full = await server.PayAsync(account, invoice.Id);
        Assert.Equal((InvoiceStatus.Settled, InvoiceDetail.None, 250L), (full.Status, full.Detail, full.PaidSats));
        Assert.Equal(0m, await server.BalanceAsync(account));
    }

    [Fact]
    public async Task Too_much_becomes_balance_also_after_the_settlement()
    {
        await using var server = await MoneyServer.StartAsync();
        var (account, _) = await server.AccountAsync();
        var invoice = await server.InvoiceAsync(account);
        var over = await server.PayAsync(account, invoice.Id, 400);
        Assert.Equal((InvoiceStatus.Settled, InvoiceDetail.PaidOver), (over.Status, over.Detail));
        Assert.Equal(0.15m, await server.BalanceAsync(account));
        await server.PayAsync(account, invoice.Id, 100);
        Assert.Equal(0.25m, await server.BalanceAsync(account));
        Assert.Equal(server.Now.AddMonths(1), server.PaidUntil(account)); // what is over buys nothing by itself
    }

    [Fact]
    public async Task A_late_payment_is_charged_at_the_price_of_today()
    {
        await using var server = await MoneyServer.StartAsync();
        var (account, _) = await server.AccountAsync();
        var first = await server.InvoiceAsync(account);
        var second = await server.InvoiceAsync(account);
        await server.Prices.RepriceAsync(new Coverage(1_000_000, 1, 1_000_000), server.Now, Ct); // 0.30 an hour later
        server.Now += TimeSpan.FromHours(2);
        await server.Reconciliation.RunAsync(server.Now, Ct);
        Assert.Equal(InvoiceStatus.Expired, (await server.Invoices.FindAsync(account, first.Id, Ct))!.Status);

        var late = await server.PayAsync(account, first.Id);
        Assert.Equal((InvoiceStatus.Expired, InvoiceDetail.PaidLate), (late.Status, late.Detail)); // 0.25 does not cover 0.30
        Assert.Equal(0.25m, await server.BalanceAsync(account));

        var more = await server.PayAsync(account, second.Id, 60);
        Assert.Equal((InvoiceStatus.Settled, InvoiceDetail.PaidLate), (more.Status, more.Detail)); // with the balance it does
        Assert.Equal(0.01m, await server.BalanceAsync(account));
        Assert.Equal(SubscriptionState.Active, server.State(account));
    }

    [Fact]
    public async Task A_deposit_fills_the_balance_and_opens_nothing()
    {
        await using var server = await MoneyServer.StartAsync();
        var (account, _) = await server.AccountAsync();
        var invoice = await server.DepositAsync(account, 5m);
        Assert.NotNull(invoice.Address); // 5000 satoshi can go on-chain
        Assert.Null(invoice.Months);
        var paid = await server.PayAsync(account, invoice.Id);
        Assert.Equal(InvoiceStatus.Settled, paid.Status);
        Assert.Equal(5m, await server.BalanceAsync(account));
        Assert.Equal(SubscriptionState.None, server.State(account));
    }

    [Fact]
    public async Task At_most_five_invoices_are_open_and_expired_ones_do_not_count()
    {
        await using var server = await MoneyServer.StartAsync();
        var (account, _) = await server.AccountAsync();
        for (var i = 0; i < 5; i++)
            await server.InvoiceAsync(account);
        Assert.Equal(new InvoiceOutcome.TooManyOpen(5), await server.Invoices.CreateAsync(account, new InvoiceRequest(1, null), server.Now, Ct));
        server.Now += TimeSpan.FromHours(1);
        await server.InvoiceAsync(account);
    }

    [Theory]
    [InlineData(0, null, "months")]
    [InlineData(25, null, "months")]
    [InlineData(null, null, "months")]
    [InlineData(1, 1.0, "months")]
    [InlineData(null, 0.0, "deposit")]
    [InlineData(null, -1.0, "deposit")]
    [InlineData(null, 0.001, "deposit")]
    [InlineData(null, 1000001.0, "deposit")]
    public async Task A_wrong_request_names_the_input(int? months, double? deposit, string field)
    {
        await using var server = await MoneyServer.StartAsync();
        var (account, _) = await server.AccountAsync();
        var request = new InvoiceRequest(months, deposit is { } d ? Money.Of((decimal)d, "USD") : null);
        Assert.Equal(field, Assert.IsType<InvoiceOutcome.Invalid>(await server.Invoices.CreateAsync(account, request, server.Now, Ct)).Field);
    }

    [Fact]
    public async Task Another_accounts_invoice_is_not_found()
    {
        await using var server = await MoneyServer.StartAsync();
        var (mine, _) = await server.AccountAsync();
        var (other, _) = await server.AccountAsync();
        var invoice = await server.InvoiceAsync(mine);
        Assert.Null(await server.Invoices.FindAsync(other, invoice.Id, Ct));
        Assert.IsType<SandboxPayOutcome.NotFound>(await server.Till.PayAsync(other, invoice.Id, null, server.Now, Ct));
        Assert.IsType<SandboxPayOutcome.Invalid>(await server.Till.PayAsync(mine, invoice.Id, 0, server.Now, Ct));
    }

    [Fact]
    public async Task Invoices_are_listed_newest_first_in_pages()
    {
        await using var server = await MoneyServer.StartAsync();
        var (account, _) = await server.AccountAsync();
        var made = new List<string>();
        for (var i = 0; i < 5; i++, server.Now += TimeSpan.FromSeconds(1))
            made.Insert(0, (await server.InvoiceAsync(account)).Id);
        var (first, next) = await server.Invoices.ListAsync(account, null, 3, Ct);
        var (second, end) = await server.Invoices.ListAsync(account, next, 3, Ct);
        Assert.Equal(made, first.Concat(second).Select(i => i.Id));
        Assert.Null(end);
    }

    [Fact]
    public async Task Sandbox_money_does_not_count_once_the_provider_is_real()
    {
        await using var server = await MoneyServer.StartAsync();
        var (account, key) = await server.AccountAsync();
        await server.PayAsync(account, (await server.InvoiceAsync(account)).Id, 400);

        await using var real = await MoneyServer.StartAsync(provider: new ScriptedProvider(), directory: server.Directory);
        Assert.Equal(0m, await real.BalanceAsync(account));
        Assert.Equal(EntitlementOutcome.Unpaid, real.Entitlements.Check(key, Scopes.Search, real.Now).Outcome);
        Assert.Empty(await real.Get<BooksCheck>().ProblemsAsync(Ct));

        await using var back = await MoneyServer.StartAsync(directory: server.Directory);
        Assert.Equal(0.15m, await back.BalanceAsync(account));
        Assert.Equal(EntitlementOutcome.Entitled, back.Entitlements.Check(key, Scopes.Search, back.Now).Outcome);
    }
}
