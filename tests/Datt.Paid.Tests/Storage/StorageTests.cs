using Datt.Paid.Storage;
using Datt.Paid.Tests.Payments;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Tests.Storage;

public sealed class StorageTests : IAsyncLifetime
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private MoneyServer _server = null!;
    private string _account = "";

    public async ValueTask InitializeAsync()
    {
        _server = await MoneyServer.StartAsync();
        (_account, _) = await _server.AccountAsync();
        await _server.PayAsync(_account, (await _server.InvoiceAsync(_account)).Id);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_ledger_is_never_changed()
    {
        await RefusedAsync(async db => (await db.Ledger.FirstAsync()).Units++);
        await RefusedAsync(async db => db.Ledger.Remove(await db.Ledger.FirstAsync()));
        await RefusedAsync(async db => (await db.InvoiceEvents.FirstAsync()).Cause = "another");
        await RefusedAsync(async db => db.PricePoints.Remove(await db.PricePoints.FirstAsync()));
    }

    [Fact]
    public async Task A_commit_that_could_not_tell_the_readers_is_refused_and_keeps_nothing()
    {
        await using (var db = await _server.Get<IDbContextFactory<DattDbContext>>().CreateDbContextAsync(Ct))
        {
            (await db.Users.SingleAsync(a => a.Id == _account, Ct)).SuspendedAt = _server.Now;
#pragma warning disable CA1849, VSTHRD103 // the blocking call is what is tested
            Assert.Throws<InvalidOperationException>(() => db.SaveChanges());
#pragma warning restore CA1849, VSTHRD103
        }
        Assert.Null(await _server.Database.ReadAsync(db => db.Users.Select(a => a.SuspendedAt).SingleAsync(), Ct));
        Assert.Equal(Datt.Paid.Subscriptions.SubscriptionState.Active, _server.State(_account));
    }

    [Fact]
    public async Task The_same_ledger_key_is_refused_by_the_database_itself()
    {
        var key = await _server.Database.ReadAsync(db => db.Ledger.Select(l => l.Key).FirstAsync(), Ct);
        await Assert.ThrowsAsync<DbUpdateException>(() => _server.Database.WriteAsync(db =>
        {
            db.Ledger.Add(new LedgerEntry { AccountId = _account, Currency = "USD", Key = key, At = _server.Now });
            return Task.CompletedTask;
        }, Ct));
    }

    [Fact]
    public async Task Writers_at_once_lose_nothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => _server.Database.WriteAsync(async db =>
        {
            var account = await db.Users.SingleAsync(a => a.Id == _account);
            account.TrialUsed++;
            account.Version++;
        }, Ct))));
        Assert.Equal(20, (await _server.Accounts.FindAsync(_account, Ct))!.TrialUsed);
    }

    [Fact]
    public async Task A_stale_version_is_refused_whatever_the_database()
    {
        var contexts = _server.Get<IDbContextFactory<DattDbContext>>();
        await using var first = await contexts.CreateDbContextAsync(Ct);
        await using var second = await contexts.CreateDbContextAsync(Ct);
        (await first.Users.SingleAsync(Ct)).Version++;
        (await second.Users.SingleAsync(Ct)).Version++;
        await first.SaveChangesAsync(Ct);
        await Assert.ThrowsAsync<DbUpdateConcurrencyException>(() => second.SaveChangesAsync(Ct));
    }

    [Fact]
    public async Task The_file_keeps_a_write_ahead_log_and_times_that_sort()
    {
        await using var db = await _server.Get<IDbContextFactory<DattDbContext>>().CreateDbContextAsync(Ct);
        Assert.Equal("wal", (await db.Database.SqlQueryRaw<string>("PRAGMA journal_mode").ToListAsync(Ct))[0]);
        Assert.Equal(_server.Now.ToUnixTimeMilliseconds(), (await db.Database.SqlQueryRaw<long>("SELECT CreatedAt AS Value FROM Accounts").ToListAsync(Ct))[0]);
    }

    [Fact]
    public async Task The_log_of_account_changes_stays_bounded()
    {
        await _server.Database.WriteAsync(
            db => db.Database.ExecuteSqlAsync($"INSERT INTO AccountChanges (Id, AccountId) VALUES (200000, {_account})"), Ct);
        Assert.True(await _server.Get<HousekeepingJob>().RunAsync(Ct) > 0);
        Assert.Equal([200_000L], await _server.Database.ReadAsync(db => db.AccountChanges.Select(c => c.Id).ToListAsync(), Ct));
    }

    [Fact]
    public async Task A_start_knows_the_migrations_that_the_migrator_knows()
    {
        await using var db = await _server.Get<IDbContextFactory<DattDbContext>>().CreateDbContextAsync(Ct);
        Assert.Equal(db.Database.GetMigrations(), Database.KnownMigrations());
    }

    [Fact]
    public async Task A_file_that_lacks_the_newest_migration_gets_it()
    {
        var directory = Directory.CreateTempSubdirectory("datt-migration-");
        try
        {
            var services = new ServiceCollection().AddLogging();
            services.AddStorage(_ => StorageRegistration.SqliteFile(directory.FullName));
            await using var provider = services.BuildServiceProvider();
            await using (var db = await provider.GetRequiredService<IDbContextFactory<DattDbContext>>().CreateDbContextAsync(Ct))
                await db.Database.MigrateAsync(db.Database.GetMigrations().First(), Ct);
            await provider.GetRequiredService<Database>().MigrateAsync(Ct);
            await using (var db = await provider.GetRequiredService<IDbContextFactory<DattDbContext>>().CreateDbContextAsync(Ct))
                Assert.Empty(await db.Database.GetPendingMigrationsAsync(Ct));
        }
        finally
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            directory.Delete(recursive: true);
        }
    }

    private async Task RefusedAsync(Func<DattDbContext, Task> change)
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => _server.Database.WriteAsync(change, Ct));
        Assert.Contains("append-only", refused.Message);
    }
}
