using Datt.Paid.Payments;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Tests.Payments;

/// <summary>
/// Reconciliation and renewal die at each of their steps, as by <c>kill -9</c>, and run again in a new process on the same database and payment side:
/// the books are then those of a run that nothing disturbed. The webhook's path is killed in a real process by the regtest tests.
/// </summary>
public sealed class JobKillTests(ITestOutputHelper output)
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private static readonly DateTimeOffset Now = new(2026, 6, 15, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Reconciliation_that_dies_anywhere_books_everything_once()
    {
        var provider = new ScriptedProvider();
        using var before = await ReconciliationSceneAsync(provider);
        var books = await KillEverywhereAsync(before, provider, server => server.Reconciliation.RunAsync(Now, Ct, all: true));

        Assert.Equal(provider.Settled.Order(), books.Where(line => line.StartsWith("ledger", StringComparison.Ordinal) && line.Contains("Payment", StringComparison.Ordinal))
            .Select(line => long.Parse(line.Split(' ')[3], System.Globalization.CultureInfo.InvariantCulture) / (long)provider.Rate).Order());
        Assert.Equal(7, books.Count(line => line.StartsWith("period", StringComparison.Ordinal)));
        Assert.Equal(3, books.Count(line => line.Contains("paidLate", StringComparison.OrdinalIgnoreCase) || line.Contains("paidPartial", StringComparison.OrdinalIgnoreCase) || line.Contains("paidOver", StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public async Task A_renewal_that_dies_anywhere_charges_invoices_and_tells_once()
    {
        var provider = new ScriptedProvider();
        using var before = await RenewalSceneAsync(provider);
        var creates = provider.Creates;
        var books = await KillEverywhereAsync(before, provider, server => server.Renewal.RunAsync(Now, Ct));

        Assert.Equal(7, books.Count(line => line.StartsWith("period", StringComparison.Ordinal))); // six bought, one renewed
        Assert.Equal(2, books.Count(line => line.StartsWith("invoice", StringComparison.Ordinal) && line.Contains("renewal:", StringComparison.Ordinal)));
        Assert.Equal(
            ["EndsSoon", "Expired", "Grace", "RenewalDue", "RenewalDue", "Renewed"],
            books.Where(line => line.StartsWith("notice", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]).Order());
        Assert.Equal(creates, provider.Creates); // each run had a copy
    }

    /// <summary>Runs the job undisturbed, and then once for each of its steps, dying there. Returns the books of the first.</summary>
    private async Task<List<string>> KillEverywhereAsync(Folder before, ScriptedProvider provider, Func<MoneyServer, Task> run)
    {
        var untouched = new Mortality(0);
        var model = await RunAsync(before, provider, untouched, run);
        output.WriteLine($"{untouched.Steps.Count} steps: {string.Join(", ", untouched.Steps.CountBy(step => step).Select(count => $"{count.Key} {count.Value}"))}");
        Assert.Contains("committed", untouched.Steps);
        for (var step = 1; step <= untouched.Steps.Count; step++)
        {
            var mortality = new Mortality(step);
            var books = await RunAsync(before, provider, mortality, run);
            Assert.True(mortality.IsDead, $"step {step} was not reached");
            Assert.True(
                model.SequenceEqual(books),
                $"dead at step {step}, {mortality.Steps[^1]}: missing [{string.Join("; ", model.Except(books))}], too much [{string.Join("; ", books.Except(model))}]");
        }
        return model;
    }

    /// <summary>On a copy of database and payment side: the job as mortal, then twice more as it is.</summary>
    private static async Task<List<string>> RunAsync(Folder before, ScriptedProvider original, Mortality mortality, Func<MoneyServer, Task> run)
    {
        using var folder = new Folder();
        File.Copy(before.Database, folder.Database);
        var provider = original.Copy();
        await using (var mortal = await MoneyServer.StartAsync(
            Settings, new MortalProvider(provider, mortality), folder.Path, Now,
            services: services => services.ConfigureDbContext<DattDbContext>((_, options) => options.AddInterceptors(mortality))))
        {
            try
            {
                await run(mortal);
            }
            catch (CrashException)
            {
            }
        }
        await using var next = await MoneyServer.StartAsync(Settings, provider, folder.Path, Now);
        await run(next);
        var books = await BooksAsync(next, provider);
        await run(next);
        Assert.Equal(books, await BooksAsync(next, provider));
        return books;
    }

    private static readonly Dictionary<string, string?> Settings = new() { ["Datt:Payments:ZeroConfirmationLimit"] = "1000" };

    /// <summary>Everything of worth in the books, without what is made up at random for each run.</summary>
    private static Task<List<string>> BooksAsync(MoneyServer server, ScriptedProvider provider) => server.Database.ReadAsync(
        async db =>
        {
            var lines = new List<string> { $"created {provider.Creates}" };
            var events = (await db.InvoiceEvents.ToListAsync(Ct)).ToLookup(e => e.InvoiceId);
            foreach (var i in await db.Invoices.ToListAsync(Ct))
            {
                lines.Add($"invoice {i.AccountId} {i.Operation} {i.Status} {i.Detail} {i.Months} {i.AmountUnits} {i.CreditedUnits} {i.PaidSats} {i.DueSats} {i.ProviderId is null} " +
                    $"{i.ExpiresAt:O} {i.SettledAt:O} {i.NextReadAt:O} {string.Join(", ", events[i.Id].OrderBy(e => e.Id).Select(e => $"{e.From}>{e.To} {e.Detail} {e.Cause}"))}");
            }
            foreach (var l in await db.Ledger.ToListAsync(Ct))
                lines.Add($"ledger {l.AccountId} {l.Kind} {l.Units} {l.Currency} {l.At:O} {l.Cause}");
            foreach (var p in await db.Periods.ToListAsync(Ct))
                lines.Add($"period {p.AccountId} {p.From:O} {p.To:O} {p.SeriesStart:O} {p.SeriesMonths} {p.PriceUnits} {p.ChargedUnits} {p.EndedEarly} {p.Provisional}");
            foreach (var n in await db.Notices.ToListAsync(Ct))
                lines.Add($"notice {n.AccountId} {n.Kind} {n.Subject} {n.InvoiceId is null} {n.At:O}");
            lines.Sort(StringComparer.Ordinal);
            return lines;
        }, Ct);

    /// <summary>Invoices that were paid, or not, in every way while nobody looked; one whose create call had no answer, one that was never made, one that the database forgot.</summary>
    private static async Task<Folder> ReconciliationSceneAsync(ScriptedProvider provider)
    {
        await using var server = await MoneyServer.StartAsync(Settings, provider, now: Now.AddHours(-3));
        await PaidAsync(ProviderStatus.Settled, 250);
        await PaidAsync(ProviderStatus.Settled, 150, 100);
        await PaidAsync(ProviderStatus.Settled, 1_000);
        await PaidAsync(ProviderStatus.Expired, 100);
        await PaidAsync(ProviderStatus.Expired);
        var late = await InvoiceAsync();
        provider.Pay(late, 260, Now.AddMinutes(-5));
        Status(late, ProviderStatus.Expired);

        var confirmed = await InvoiceAsync();
        var gone = await InvoiceAsync();
        foreach (var id in new[] { confirmed, gone })
        {
            provider.Pay(id, 250, server.Now, settled: false);
            Status(id, ProviderStatus.Processing);
            await server.Settlement.ApplyAsync(id, "test", server.Now, Ct);
        }
        provider.Confirm(confirmed);
        Status(confirmed, ProviderStatus.Settled);
        provider.Change(gone, i => i with { Status = ProviderStatus.Invalid, Payments = [] });

        provider.LoseNextAnswer = true;
        var lost = await UnansweredAsync();
        var made = (await provider.FindAsync(lost, server.Now, Ct))!;
        provider.Pay(made.Id, 250, server.Now);
        Status(made.Id, ProviderStatus.Settled);
        provider.LoseNextRequest = true;
        await UnansweredAsync();

        var (account, _) = await server.AccountAsync();
        var folder = await CopyAsync(server);
        var forgotten = await server.ProviderIdAsync((await server.InvoiceAsync(account)).Id);
        provider.Pay(forgotten, 250, server.Now);
        Status(forgotten, ProviderStatus.Settled);
        return folder;

        async Task<string> InvoiceAsync() => await server.ProviderIdAsync((await server.InvoiceAsync((await server.AccountAsync()).Id)).Id);

        async Task PaidAsync(ProviderStatus status, params long[] sats)
        {
            var id = await InvoiceAsync();
            foreach (var each in sats)
                provider.Pay(id, each, server.Now);
            Status(id, status);
        }

        async Task<string> UnansweredAsync()
        {
            var (of, _) = await server.AccountAsync();
            Assert.IsType<InvoiceOutcome.Unavailable>(await server.Invoices.CreateAsync(of, new InvoiceRequest(1, null), server.Now, Ct));
            return await server.Database.ReadAsync(db => db.Invoices.Where(i => i.AccountId == of).Select(i => i.Id).SingleAsync(), Ct);
        }

        void Status(string id, ProviderStatus status) => provider.Change(id, i => i with { Status = status });
    }

    /// <summary>Subscriptions at each point of their life at which a renewal does something, two of them short of money.</summary>
    private static async Task<Folder> RenewalSceneAsync(ScriptedProvider provider)
    {
        await using var server = await MoneyServer.StartAsync(Settings, provider);
        await SubscriberAsync(Now.AddMinutes(-10), 600); // enough for the next month
        await SubscriberAsync(Now.AddDays(5), 250);
        await SubscriberAsync(Now.AddDays(6), 300);
        await SubscriberAsync(Now.AddDays(-1), 250);
        await SubscriberAsync(Now.AddDays(-4), 250);
        var quiet = await SubscriberAsync(Now.AddDays(3), 600);
        await server.Database.WriteAsync(async db => (await db.Users.SingleAsync(a => a.Id == quiet, Ct)).AutoRenew = false, Ct);
        return await CopyAsync(server);

        async Task<string> SubscriberAsync(DateTimeOffset end, long sats)
        {
            server.Now = end.AddMonths(-1);
            var (account, _) = await server.AccountAsync();
            var id = await server.ProviderIdAsync((await server.InvoiceAsync(account)).Id);
            provider.Pay(id, sats, server.Now);
            provider.Change(id, i => i with { Status = ProviderStatus.Settled });
            Assert.Equal(SettlementOutcome.Applied, await server.Settlement.ApplyAsync(id, "test", server.Now, Ct));
            Assert.Equal(end, server.PaidUntil(account));
            return account;
        }
    }

    private static async Task<Folder> CopyAsync(MoneyServer server)
    {
        var folder = new Folder();
        await server.Database.ReadAsync(db => db.Database.ExecuteSqlAsync($"VACUUM INTO {folder.Database}"), Ct);
        return folder;
    }

    private sealed class Folder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("datt-kills-").FullName;

        public string Database => System.IO.Path.Combine(Path, "datt.db");

        public void Dispose()
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(Path, recursive: true);
        }
    }
}
