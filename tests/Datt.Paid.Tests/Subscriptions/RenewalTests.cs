using Datt.Paid.Pricing;
using Datt.Paid.Storage;
using Datt.Paid.Subscriptions;
using Datt.Paid.Tests.Payments;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Tests.Subscriptions;

public class RenewalTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    public async Task The_balance_pays_the_next_month_from_the_old_end()
    {
        await using var server = await MoneyServer.StartAsync();
        var (account, _) = await server.AccountAsync();
        await server.PayAsync(account, (await server.InvoiceAsync(account)).Id, 600); // 0.35 are left
        var end = server.PaidUntil(account)!.Value;

        await RunAsync(server, end - TimeSpan.FromHours(1));
        Assert.Equal(end, server.PaidUntil(account)); // charged at the end, not before
        await RunAsync(server, end + TimeSpan.FromMinutes(40));
        await RunAsync(server, end + TimeSpan.FromMinutes(50));
        Assert.Equal(new DateTimeOffset(2026, 3, 31, 12, 0, 0, TimeSpan.Zero), server.PaidUntil(account));
        Assert.Equal(0.10m, await server.BalanceAsync(account));
        Assert.Equal([NoticeKind.Renewed], await NoticesAsync(server));
    }

    [Fact]
    public async Task It_is_charged_at_the_price_published_seven_days_before()
    {
        await using var server = await MoneyServer.StartAsync();
        var (account, _) = await server.AccountAsync();
        await server.PayAsync(account, (await server.InvoiceAsync(account)).Id, 1_000);
        var end = server.PaidUntil(account)!.Value;
        await server.Prices.RepriceAsync(new Coverage(1_000_000, 1, 1), end - TimeSpan.FromDays(7), Ct); // 0.30
        await server.Prices.RepriceAsync(new Coverage(9_000_000, 1, 1), end - TimeSpan.FromDays(6), Ct); // 0.70
        await RunAsync(server, end);
        Assert.Equal(0.45m, await server.BalanceAsync(account));
    }

    [Fact]
    public async Task A_short_balance_gets_one_invoice_and_one_notice_then_grace_then_the_end()
    {
        await using var server = await MoneyServer.StartAsync();
        var (account, key) = await server.AccountAsync();
        await server.PayAsync(account, (await server.InvoiceAsync(account)).Id);
        var end = server.PaidUntil(account)!.Value;

        await RunAsync(server, end - TimeSpan.FromDays(7) - TimeSpan.FromSeconds(1));
        Assert.Empty(await NoticesAsync(server));
        for (var i = 0; i < 3; i++)
            await RunAsync(server, end - TimeSpan.FromDays(7) + TimeSpan.FromHours(i));
        await Task.WhenAll(server.Renewal.RunAsync(server.Now, Ct), server.Renewal.RunAsync(server.Now, Ct));
        Assert.Equal([NoticeKind.RenewalDue], await NoticesAsync(server));
        var renewal = Assert.Single((await server.Invoices.ListAsync(account, null, 10, Ct)).Invoices, i => i.Status == InvoiceStatus.New);
        Assert.Equal((1, end), (renewal.Months!.Value, renewal.ExpiresAt));

        await RunAsync(server, end + TimeSpan.FromHours(1));
        Assert.Equal(SubscriptionState.Grace, server.State(account));
        Assert.Equal(EntitlementOutcome.Entitled, server.Entitlements.Check(key, Scopes.Search, server.Now).Outcome);
        await RunAsync(server, end + TimeSpan.FromDays(3));
        Assert.Equal(SubscriptionState.Expired, server.State(account));
        Assert.Equal(EntitlementOutcome.Unpaid, server.Entitlements.Check(key, Scopes.Search, server.Now).Outcome);
        Assert.Equal([NoticeKind.RenewalDue, NoticeKind.Grace, NoticeKind.Expired], await NoticesAsync(server));
    }

    [Fact]
    public async Task A_paid_renewal_invoice_goes_on_at_the_old_end()
    {
        await using var server = await MoneyServer.StartAsync();
        var (account, _) = await server.AccountAsync();
        await server.PayAsync(account, (await server.InvoiceAsync(account)).Id);
        var end = server.PaidUntil(account)!.Value;
        await RunAsync(server, end - TimeSpan.FromDays(5));
        var renewal = Assert.Single((await server.Invoices.ListAsync(account, null, 10, Ct)).Invoices, i => i.Status == InvoiceStatus.New);
        await server.PayAsync(account, renewal.Id);
        Assert.Equal(new DateTimeOffset(2026, 3, 31, 12, 0, 0, TimeSpan.Zero), server.PaidUntil(account));
    }

    [Fact]
    public async Task Switched_off_nothing_is_charged()
    {
        await using var server = await MoneyServer.StartAsync();
        var (account, _) = await server.AccountAsync();
        await server.PayAsync(account, (await server.InvoiceAsync(account)).Id, 1_000);
        await server.Accounts.SetAutoRenewAsync(account, false, Ct);
        var end = server.PaidUntil(account)!.Value;
        await RunAsync(server, end - TimeSpan.FromDays(1));
        await RunAsync(server, end + TimeSpan.FromDays(1));
        Assert.Equal(0.75m, await server.BalanceAsync(account));
        Assert.Equal([NoticeKind.EndsSoon, NoticeKind.Grace], await NoticesAsync(server));
    }

    [Fact]
    public async Task Charges_at_once_from_two_processes_never_go_below_zero()
    {
        await using var server = await MoneyServer.StartAsync();
        var (account, _) = await server.AccountAsync();
        await server.PayAsync(account, (await server.InvoiceAsync(account)).Id, 500); // one more month, no more
        await using var other = await MoneyServer.StartAsync(directory: server.Directory);
        var end = server.PaidUntil(account)!.Value;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => (i % 2 == 0 ? server : other).Renewal.RunAsync(end, Ct))));
        Assert.Equal(0m, await server.BalanceAsync(account));
        Assert.Equal(2, await server.Database.ReadAsync(db => db.Ledger.CountAsync(e => e.Kind == LedgerKind.Charge), Ct));
    }

    private static async Task RunAsync(MoneyServer server, DateTimeOffset now)
    {
        server.Now = now;
        await server.Renewal.RunAsync(now, Ct);
    }

    private static Task<List<NoticeKind>> NoticesAsync(MoneyServer server) =>
        server.Database.ReadAsync(db => db.Notices.OrderBy(n => n.Id).Select(n => n.Kind).ToListAsync(), Ct);
}
