using Datt.Paid.Accounts;
using Datt.Paid.Payments;
using Datt.Paid.Storage;
using Datt.Paid.Subscriptions;
using Datt.Paid.Tests.Payments;
using FsCheck.Xunit;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Tests.Subscriptions;

public class EntitlementTableTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    public async Task Every_refusal_has_its_name()
    {
        await using var server = await MoneyServer.StartAsync();
        var (account, key) = await server.AccountAsync();
        var announce = Assert.IsType<ApiKeyOutcome.Created>(await server.Keys.CreateAsync(account, "node", Scopes.Announce, server.Now, Ct));
        Assert.Equal(EntitlementOutcome.Unpaid, Check(server, key, Scopes.Search));
        Assert.Equal(EntitlementOutcome.Entitled, Check(server, key, Scopes.Announce));
        Assert.Equal(EntitlementOutcome.WrongScope, Check(server, key, Scopes.Federation));
        Assert.Equal(EntitlementOutcome.WrongScope, Check(server, announce.Key, Scopes.Search));
        foreach (var wrong in new[] { "", "datt_", key[..^1], key + "0", key[..^1] + (key[^1] == '0' ? '1' : '0'), key.ToUpperInvariant(), key[..^1] + "é", new string('x', 10_000) })
            Assert.Equal(EntitlementOutcome.UnknownKey, Check(server, wrong, Scopes.Search));

        await server.Accounts.SuspendAsync(account, "spam", server.Now, Ct);
        Assert.Equal(EntitlementOutcome.Suspended, Check(server, key, Scopes.Announce));
        Assert.Equal(EntitlementOutcome.Entitled, Check(server, key, Scopes.Account));
        Assert.Equal(SubscriptionState.Suspended, server.State(account));
        await server.Accounts.ResumeAsync(account, Ct);
        await server.Keys.RevokeAsync(account, announce.Row.Id, server.Now, Ct);
        Assert.Equal(EntitlementOutcome.UnknownKey, Check(server, announce.Key, Scopes.Announce));
    }

    [Fact]
    public async Task Free_access_still_wants_a_known_key_with_the_scope()
    {
        await using var server = await MoneyServer.StartAsync(new() { ["Datt:Search:Access"] = "Free" });
        var (_, key) = await server.AccountAsync();
        Assert.Equal(EntitlementOutcome.Entitled, Check(server, key, Scopes.Search));
        Assert.Equal(EntitlementOutcome.UnknownKey, Check(server, "datt_nobody", Scopes.Search));
    }

    [Fact]
    public async Task The_trial_ends_with_its_quota_begins_with_the_day_and_outlives_a_restart()
    {
        var settings = new Dictionary<string, string?> { ["Datt:Search:FreeQueriesPerDay"] = "3" };
        await using var server = await MoneyServer.StartAsync(settings);
        var (account, key) = await server.AccountAsync();
        var results = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(
            () => server.Entitlements.TryUseTrial(server.Entitlements.Check(key, Scopes.Search, server.Now), server.Now))));
        Assert.Equal(3, results.Count(used => used));
        Assert.Equal(EntitlementOutcome.Unpaid, Check(server, key, Scopes.Search));
        await server.Entitlements.FlushAsync(Ct);

        await using var restarted = await MoneyServer.StartAsync(settings, directory: server.Directory);
        Assert.Equal(EntitlementOutcome.Unpaid, Check(restarted, key, Scopes.Search));
        Assert.Equal((3, 3), restarted.Entitlements.Trial(account, restarted.Now));
        Assert.NotNull((await restarted.Keys.ListAsync(account, Ct))[0].LastUsedAt);
        restarted.Now += TimeSpan.FromHours(12);
        var tomorrow = restarted.Entitlements.Check(key, Scopes.Search, restarted.Now);
        Assert.Equal((EntitlementOutcome.Trial, 3), (tomorrow.Outcome, tomorrow.TrialRemaining));
    }

    [Fact]
    public async Task Of_what_ended_long_ago_a_start_knows_no_more_than_the_end()
    {
        await using var server = await MoneyServer.StartAsync();
        var (gone, _) = await server.AccountAsync();
        var (stays, key) = await server.AccountAsync();
        var (hoped, _) = await server.AccountAsync();
        var (back, _) = await server.AccountAsync();
        var tomorrow = server.Now.AddDays(1);
        await server.Database.WriteAsync(db =>
        {
            db.Periods.AddRange(Months(gone, 40, server.Now.AddDays(-70)));
            db.Periods.AddRange(Months(stays, 40, tomorrow));
            db.Periods.AddRange(Months(hoped, 1, server.Now.AddDays(-70), provisional: true));
            db.Periods.AddRange(Months(back, 40, server.Now.AddDays(-70)));
            db.Periods.AddRange(Months(back, 1, server.Now.AddDays(-1), provisional: true));
            return Task.CompletedTask;
        }, Ct);
        Assert.Equal((SubscriptionState.Expired, server.Now.AddDays(-70)), server.Entitlements.StateOf(gone, server.Now));
        Assert.Equal((SubscriptionState.Active, tomorrow), server.Entitlements.StateOf(stays, server.Now));
        Assert.Equal((SubscriptionState.None, server.Now.AddDays(-70)), server.Entitlements.StateOf(hoped, server.Now));
        Assert.Equal((SubscriptionState.Expired, server.Now.AddDays(-1)), server.Entitlements.StateOf(back, server.Now));

        await using var restarted = await MoneyServer.StartAsync(directory: server.Directory, now: server.Now);
        foreach (var account in new[] { gone, stays, hoped, back })
        {
            foreach (var days in new[] { -59, -30, -1, 0, 1, 2, 5, 400 })
                Assert.Equal(server.Entitlements.StateOf(account, server.Now.AddDays(days)), restarted.Entitlements.StateOf(account, server.Now.AddDays(days)));
            var then = server.Now.AddYears(-1);
            Assert.Equal(account == hoped ? SubscriptionState.None : SubscriptionState.Active, server.Entitlements.StateOf(account, then).State);
            Assert.Equal(SubscriptionState.None, restarted.Entitlements.StateOf(account, then).State);
        }
        Assert.Equal(EntitlementOutcome.Entitled, Check(restarted, key, Scopes.Search));
    }

    [Fact]
    public async Task A_check_allocates_nothing()
    {
        await using var server = await MoneyServer.StartAsync();
        var (account, key) = await server.AccountAsync();
        await server.PayAsync(account, (await server.InvoiceAsync(account)).Id);
        var table = server.Entitlements;
        Assert.True(table.Check(key, Scopes.Search, server.Now).IsEntitled);
        var now = server.Now;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
            table.Check(key, Scopes.Search, now);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000); // not one object a call
    }

    [Property(MaxTest = 15)]
    public async Task The_table_says_what_the_database_says_after_any_changes(byte[] changes)
    {
        await using var server = await MoneyServer.StartAsync();
        await using var poller = await MoneyServer.StartAsync(directory: server.Directory);
        var accounts = new List<(string Id, string Key)> { await server.AccountAsync(), await server.AccountAsync() };
        var keys = accounts.Select(a => a.Key).ToList();
        foreach (var change in changes.Take(25))
        {
            var (account, key) = accounts[change % accounts.Count];
            switch (change / 8 % 7)
            {
                case 0:
                    keys.Add(Assert.IsType<ApiKeyOutcome.Created>(await server.Keys.CreateAsync(account, "k", (Scopes)(1 + change % 15), server.Now, Ct)).Key);
                    break;
                case 1:
                    await server.Keys.RevokeAsync(account, ApiKeyText.IdOf(keys[change % keys.Count]), server.Now, Ct);
                    break;
                case 2:
                    if (await server.Invoices.CreateAsync(account, new InvoiceRequest(1, null), server.Now, Ct) is InvoiceOutcome.Created(var invoice))
                        await server.PayAsync(account, invoice.Id, change % 2 == 0 ? null : 100);
                    break;
                case 3:
                    await server.Accounts.SuspendAsync(account, "test", server.Now, Ct);
                    break;
                case 4:
                    await server.Accounts.ResumeAsync(account, Ct);
                    break;
                case 5:
                    server.Now += TimeSpan.FromDays(change % 20 * 5);
                    break;
                default:
                    server.Faults.CrashAt(1); // a change that never commits must not be seen
                    await Assert.ThrowsAsync<CrashException>(() => server.Accounts.SuspendAsync(account, "lost", server.Now, Ct));
                    server.Faults.Stop();
                    break;
            }
        }
        await poller.Entitlements.CatchUpAsync(Ct);
        await using var restarted = await MoneyServer.StartAsync(directory: server.Directory, now: server.Now);
        foreach (var (account, _) in accounts)
        {
            foreach (var later in new[] { -30, 0, 2, 40 })
            {
                var at = server.Now.AddDays(later);
                Assert.Equal(server.Entitlements.StateOf(account, at), restarted.Entitlements.StateOf(account, at));
            }
        }
        foreach (var key in keys)
        {
            foreach (var scope in new[] { Scopes.Account, Scopes.Search, Scopes.Announce, Scopes.Federation })
            {
                var truth = await TruthAsync(server, key, scope);
                Assert.Equal(truth, Check(server, key, scope));
                Assert.Equal(truth, poller.Entitlements.Check(key, scope, server.Now).Outcome);
                Assert.Equal(truth, restarted.Entitlements.Check(key, scope, server.Now).Outcome);
            }
        }
    }

    private static Task<EntitlementOutcome> TruthAsync(MoneyServer server, string key, Scopes scope) => server.Database.ReadAsync(async db =>
    {
        var hash = ApiKeyText.HashOf(key);
        var rows = await db.ApiKeys.Where(k => k.RevokedAt == null).ToListAsync();
        if (rows.SingleOrDefault(k => k.Hash.SequenceEqual(hash)) is not { } row)
            return EntitlementOutcome.UnknownKey;
        if (!row.Scopes.HasFlag(scope))
            return EntitlementOutcome.WrongScope;
        if (scope != Scopes.Account && (await db.Users.SingleAsync(a => a.Id == row.AccountId)).SuspendedAt is not null)
            return EntitlementOutcome.Suspended;
        var periods = await db.Periods.Where(p => p.AccountId == row.AccountId).ToListAsync();
        var paid = periods.Any(p => p.From <= server.Now && server.Now < p.To + TimeSpan.FromDays(p.To == periods.Max(q => q.To) ? 3 : 0));
        return scope != Scopes.Search || paid ? EntitlementOutcome.Entitled : EntitlementOutcome.Unpaid;
    }, Ct);

    /// <summary>Months one after the other, the last of which ends then.</summary>
    private static IEnumerable<Period> Months(string account, int count, DateTimeOffset end, bool provisional = false) => Enumerable.Range(1, count).Select(
        n => new Period
        {
            AccountId = account,
            From = end.AddMonths(n - count - 1),
            To = n == count ? end : end.AddMonths(n - count),
            SeriesStart = end.AddMonths(-count),
            SeriesMonths = n,
            Currency = "USD",
            Provisional = provisional,
            Sandbox = true,
        });

    private static EntitlementOutcome Check(MoneyServer server, string key, Scopes scope) => server.Entitlements.Check(key, scope, server.Now).Outcome;
}
