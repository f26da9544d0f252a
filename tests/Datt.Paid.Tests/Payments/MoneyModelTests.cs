using Datt.Paid.Payments;
using Datt.Paid.Pricing;
using Datt.Paid.Storage;
using Datt.Paid.Subscriptions;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Tests.Payments;

/// <summary>Random lives of an account, with crashes at random saves, against a model that just adds and subtracts.</summary>
public class MoneyModelTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;

    public enum Act
    {
        Invoice,
        Deposit,
        PayDue,
        PaySome,
        PayTooMuch,
        SettleAgain,
        SettleAtOnce,
        Reconcile,
        Renew,
        Reprice,
        Hours,
        Days,
        Switch,
    }

    /// <param name="Size">Which invoice, how much, how long; what it means is the act's.</param>
    /// <param name="CrashAt">The save at which the process dies; most steps live.</param>
    public sealed record Step(Act Act, int Size, int? CrashAt);

    public static class Lives
    {
        public static Arbitrary<Step[]> Steps()
        {
            var step =
                from act in Gen.Elements(Enum.GetValues<Act>())
                from size in Gen.Choose(0, 40)
                from crash in Gen.Frequency((4, Gen.Constant<int?>(null)), (1, Gen.Choose(0, 5).Select(c => (int?)c)))
                select new Step(act, size, crash);
            return Arb.From(step.ArrayOf(24), Shrink);
        }

        private static IEnumerable<Step[]> Shrink(Step[] steps)
        {
            for (var i = 0; i < steps.Length; i++)
                yield return [.. steps[..i], .. steps[(i + 1)..]];
        }
    }

    [Property(MaxTest = 20, Arbitrary = [typeof(Lives)])]
    public async Task The_books_agree_with_the_model(Step[] steps)
    {
        await using var server = await MoneyServer.StartAsync();
        var (account, key) = await server.AccountAsync();
        var model = new Model();
        foreach (var step in steps)
        {
            if (step.CrashAt is { } at)
                server.Faults.CrashAt(at);
            try
            {
                await PlayAsync(server, account, model, step);
            }
            catch (CrashException)
            {
            }
            server.Faults.Stop();
            if (server.Faults.Fired)
                await RecoverAsync(server, account, model);
            server.Faults.Forget();
            await CompareAsync(server, account, key, model);
        }
    }

    private static async Task PlayAsync(MoneyServer server, string account, Model model, Step step)
    {
        var invoice = model.Invoices.Count == 0 ? null : model.Invoices[step.Size % model.Invoices.Count];
        switch (step.Act)
        {
            case Act.Invoice or Act.Deposit:
                var request = step.Act == Act.Invoice ? new InvoiceRequest(1 + step.Size % 3, null) : new InvoiceRequest(null, new Money((step.Size + 1) * 1_000_000L, "USD"));
                if (await server.Invoices.CreateAsync(account, request, server.Now, Ct) is InvoiceOutcome.Created(var view))
                    model.Invoices.Add(new Model.Asked(view.Id, view.Months ?? 0, view.Price.Units, view.Amount.Units, view.DueSats, view.ExpiresAt));
                break;
            case Act.PayDue or Act.PaySome or Act.PayTooMuch when invoice is not null:
                if (server.Now > invoice.ExpiresAt.AddDays(80))
                    server.Faults.Stop(); // after 90 days nobody looks again: a crash here would be for the operator
                long? sats = step.Act switch { Act.PayDue => null, Act.PaySome => 1 + step.Size * 7, _ => invoice.TotalSats + 1 + step.Size * 13 };
                await server.PayAsync(account, invoice.Id, sats);
                break;
            case Act.SettleAgain when invoice is not null:
                await server.Settlement.ApplyAsync(await server.ProviderIdAsync(invoice.Id), "again", server.Now, Ct);
                break;
            case Act.SettleAtOnce when invoice is not null:
                if (server.Now > invoice.ExpiresAt.AddDays(80))
                    server.Faults.Stop();
                var id = await server.ProviderIdAsync(invoice.Id);
                await server.Get<Datt.Paid.Payments.Sandbox.SandboxProvider>().PayAsync(id, 100 + step.Size, server.Now, Ct);
                await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => server.Settlement.ApplyAsync(id, "at once", server.Now, Ct))));
                break;
            case Act.Reconcile:
                await server.Reconciliation.RunAsync(server.Now, Ct, all: step.Size % 2 == 0);
                break;
            case Act.Renew:
                await server.Renewal.RunAsync(server.Now, Ct);
                await model.RenewedAsync(server);
                break;
            case Act.Reprice:
                await server.Prices.RepriceAsync(new Coverage(step.Size * 250_000L, 1, 1), server.Now, Ct);
                break;
            case Act.Hours:
                server.Now += TimeSpan.FromMinutes(7 * step.Size);
                break;
            case Act.Days:
                server.Now += TimeSpan.FromDays(step.Size);
                break;
            case Act.Switch:
                await server.Accounts.SetAutoRenewAsync(account, step.Size % 3 != 0, Ct);
                break;
        }
        await model.PaidAsync(server);
    }

    /// <summary>What a restarted process does: look at everything that may have been paid, then renew.</summary>
    private static async Task RecoverAsync(MoneyServer server, string account, Model model)
    {
        await server.Reconciliation.RunAsync(server.Now, Ct, all: true);
        await server.Entitlements.CatchUpAsync(Ct);
        foreach (var view in (await server.Invoices.ListAsync(account, null, 100, Ct)).Invoices.Where(v => model.Invoices.All(i => i.Id != v.Id)))
            model.Invoices.Add(new Model.Asked(view.Id, view.Months ?? 0, view.Price.Units, view.Amount.Units, view.DueSats, view.ExpiresAt));
        await model.PaidAsync(server);
        await model.RenewedAsync(server);
    }

    private static async Task CompareAsync(MoneyServer server, string account, string key, Model model)
    {
        var (entries, periods, autoRenewal) = await server.Database.ReadAsync(async db => (
            await db.Ledger.ToListAsync(), await db.Periods.OrderBy(p => p.From).ToListAsync(),
            await db.Invoices.CountAsync(i => i.Purpose == InvoicePurpose.Renewal)), Ct);
        Assert.True(autoRenewal <= 50);
        var balance = entries.Sum(e => e.Units);
        Assert.Equal(model.Balance, balance);
        Assert.True(balance >= 0);
        Assert.Equal(balance, (await server.Balances.OfAsync(account, Ct)).Units);

        // No access without a charge, no charge without access.
        Assert.Equal(model.Periods, periods.Select(p => (p.From, p.To)));
        Assert.Equal(-entries.Where(e => e.Kind == LedgerKind.Charge).Sum(e => e.Units), periods.Sum(Cost));
        for (var i = 1; i < periods.Count; i++)
            Assert.True(periods[i - 1].To <= periods[i].From);

        var entitled = server.Entitlements.Check(key, Scopes.Search, server.Now).Outcome == EntitlementOutcome.Entitled;
        Assert.Equal(model.HasAccess(server.Now), entitled);
        foreach (var asked in model.Invoices)
        {
            var view = (await server.Invoices.FindAsync(account, asked.Id, Ct))!;
            Assert.Equal(asked.Granted, view.Status == InvoiceStatus.Settled);
            Assert.Equal(asked.PaidSats, view.PaidSats);
        }
    }

    private static long Cost(Period period)
    {
        var months = 0;
        while (period.SeriesStart.AddMonths(period.SeriesMonths - months) > period.From)
            months++;
        return months * period.PriceUnits;
    }
}
