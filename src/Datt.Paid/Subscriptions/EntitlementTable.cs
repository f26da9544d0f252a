using System.Collections.Concurrent;
using System.Data.Common;
using System.Security.Cryptography;
using Datt.Paid.Accounts;
using Datt.Paid.Payments;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Subscriptions;

/// <summary>
/// All keys and subscription windows in memory, so that a request is let in or refused without the database. It follows
/// <see cref="AccountChange"/>: a commit that touches an account returns only after this table has read it again, and
/// <see cref="CatchUpAsync"/>, called now and then, picks up what other processes wrote.
/// </summary>
public sealed class EntitlementTable
{
    private const int Page = 500;

    private static readonly TimeSpan Past = TimeSpan.FromDays(60);

    private readonly Database _database;
    private readonly SearchAccessOptions _access;
    private readonly bool _sandboxCounts;
    private readonly ConcurrentDictionary<ulong, KeyEntry> _keys = new();
    private readonly ConcurrentDictionary<string, AccountAccess> _accounts = new();
    private readonly SemaphoreSlim _reading = new(1, 1);
    private long _position = -1;

    public EntitlementTable(
        Database database, AccountChangeFeed changes, IOptions<SearchAccessOptions> access, IOptions<PaymentsOptions> payments)
    {
        _database = database;
        _access = access.Value;
        _sandboxCounts = payments.Value.Provider == PaymentProviderKind.Sandbox;
        changes.Subscribe(CatchUpAsync);
    }

    /// <summary>Accounts held in memory.</summary>
    public int Accounts => _accounts.Count;

    /// <summary>Keys that work.</summary>
    public int Keys => _keys.Count;

    /// <summary>
    /// What a presented key may do now. Touches no database and allocates nothing. Payment is asked of <see cref="Scopes.Search"/> alone,
    /// and only where search is paid; a suspended account keeps <see cref="Scopes.Account"/>.
    /// </summary>
    public Entitlement Check(ReadOnlySpan<char> apiKey, Scopes scope, DateTimeOffset now)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (!ApiKeyText.TryRead(apiKey, out var id, hash) || !_keys.TryGetValue(id, out var key)
            || !CryptographicOperations.FixedTimeEquals(hash, key.Hash))
        {
            return new Entitlement(EntitlementOutcome.UnknownKey);
        }
        key.Touch(now);
        var account = key.Account;
        if ((key.Scopes & scope) != scope)
            return new Entitlement(EntitlementOutcome.WrongScope, account, key.Id, key.Scopes);
        if (account.Suspended && scope is not (Scopes.Account or Scopes.Operator))
            return new Entitlement(EntitlementOutcome.Suspended, account, key.Id, key.Scopes);
        return Paid(account, scope, key.Id, key.Scopes, now);
    }

    /// <summary>Whether an account may search now that is known by other means than a key, as a person who signed in is.</summary>
    public Entitlement CheckAccount(string accountId, DateTimeOffset now)
    {
        if (!_accounts.TryGetValue(accountId, out var account))
            return new Entitlement(EntitlementOutcome.UnknownKey);
        return account.Suspended ? new Entitlement(EntitlementOutcome.Suspended, account) : Paid(account, Scopes.Search, null, Scopes.Search, now);
    }

    private Entitlement Paid(AccountAccess account, Scopes scope, string? keyId, Scopes scopes, DateTimeOffset now)
    {
        if (scope != Scopes.Search || _access.Access == SearchAccess.Free
            || account.Windows.StateAt(now) is SubscriptionState.Active or SubscriptionState.Grace)
        {
            return new Entitlement(EntitlementOutcome.Entitled, account, keyId, scopes);
        }
        var left = Math.Max(0, _access.FreeQueriesPerDay - account.TrialUsed(now));
        return new Entitlement(left > 0 ? EntitlementOutcome.Trial : EntitlementOutcome.Unpaid, account, keyId, scopes, left);
    }

    /// <summary>Takes one trial query of the day; false when another request took the last one.</summary>
    public bool TryUseTrial(in Entitlement entitlement, DateTimeOffset now) =>
        entitlement.Account is { } account && account.TryUseTrial(_access.FreeQueriesPerDay, now);

    /// <summary>Trial queries of the day: used and allowed.</summary>
    public (int Used, int PerDay) Trial(string accountId, DateTimeOffset now) =>
        (_accounts.TryGetValue(accountId, out var account) ? account.TrialUsed(now) : 0, _access.FreeQueriesPerDay);

    /// <summary>The state of an account's subscription and the end of what is paid.</summary>
    public (SubscriptionState State, DateTimeOffset? PaidUntil) StateOf(string accountId, DateTimeOffset now)
    {
        if (!_accounts.TryGetValue(accountId, out var account))
            return (SubscriptionState.None, null);
        var windows = account.Windows;
        return (account.Suspended ? SubscriptionState.Suspended : windows.StateAt(now), windows.PaidUntil);
    }

    /// <summary>Reads everything that matters from <paramref name="now"/> on. Called once before the first request.</summary>
    public async Task LoadAsync(DateTimeOffset now, CancellationToken ct)
    {
        await _reading.WaitAsync(ct);
        try
        {
            // The position first: what changes meanwhile is read again.
            var position = 0L;
            await _database.ReadRowsAsync("""SELECT COALESCE(MAX("Id"), 0) FROM "AccountChanges" """, row => position = row.GetInt64(0), ct);
            await _database.ReadRowsAsync("""SELECT "Id", "TrialDay", "TrialUsed", "SuspendedAt" FROM "Accounts" """, row =>
            {
                var account = new AccountAccess(row.GetString(0)) { Suspended = !row.IsDBNull(3) };
                account.LoadTrial(row.GetInt32(1), row.GetInt32(2));
                _accounts[account.Id] = account;
            }, ct);
            await _database.ReadRowsAsync(
                """SELECT "Id", "AccountId", "Hash", "Scopes", "LastUsedAt" FROM "ApiKeys" WHERE "RevokedAt" IS NULL""", LoadKey, ct);
            await LoadWindowsAsync((now - Past).ToUnixTimeMilliseconds(), ct);
            _position = position;
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Reads again the accounts that changed since the last call. Cheap when none did; does nothing before <see cref="LoadAsync"/>.</summary>
    public async Task CatchUpAsync(CancellationToken ct)
    {
        await _reading.WaitAsync(ct);
        try
        {
            while (_position >= 0 && await _database.ReadAsync(db => ReadChangesAsync(db, ct), ct))
            {
            }
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Writes trial counters and last uses that changed since the last call, in one transaction.</summary>
    public async Task FlushAsync(CancellationToken ct)
    {
        var trials = new List<(AccountAccess Account, int Day, int Used)>();
        foreach (var account in _accounts.Values)
        {
            if (account.TryTakeTrial(out var day, out var used))
                trials.Add((account, day, used));
        }
        var uses = new List<(string Id, DateTimeOffset? At)>();
        foreach (var key in _keys.Values)
        {
            if (key.TryTakeLastUse(out var at))
                uses.Add((key.Id, at));
        }
        if (trials.Count + uses.Count == 0)
            return;
        try
        {
            await _database.WriteAsync(async db =>
            {
                foreach (var (account, day, used) in trials)
                {
                    await db.Users.Where(a => a.Id == account.Id)
                        .ExecuteUpdateAsync(set => set.SetProperty(a => a.TrialDay, day).SetProperty(a => a.TrialUsed, used), ct);
                }
                foreach (var (id, at) in uses)
                    await db.ApiKeys.Where(k => k.Id == id).ExecuteUpdateAsync(set => set.SetProperty(k => k.LastUsedAt, at), ct);
            }, ct);
        }
        catch
        {
            foreach (var (account, _, _) in trials)
                account.KeepTrial();
            throw;
        }
    }

    private void LoadKey(DbDataReader row)
    {
        // An account that came after the accounts were read is among the changes.
        if (_accounts.TryGetValue(row.GetString(1), out var account) && ApiKeyText.TryPackId(row.GetString(0), out var id))
        {
            _keys[id] = new KeyEntry(
                row.GetString(0), row.GetFieldValue<byte[]>(2), (Scopes)row.GetByte(3), row.IsDBNull(4) ? 0 : row.GetInt64(4), account);
        }
    }

    /// <summary>
    /// Of what ended before <paramref name="past"/> only the last ends are read, an entry of an index each: that is past its grace, and whoever stays for
    /// years has a long list of it. A clock that is set back by less than <see cref="Past"/> changes no answer.
    /// </summary>
    private async Task LoadWindowsAsync(long past, CancellationToken ct)
    {
        var counted = _sandboxCounts ? "" : """AND NOT "Sandbox" """;
        var ended = new Dictionary<string, (long Last, long LastConfirmed)>();
        await _database.ReadRowsAsync(
            $"""SELECT "Id", {LastEnd("")}, {LastEnd("""AND NOT "Provisional" """)} FROM "Accounts" """,
            row =>
            {
                if (!row.IsDBNull(1))
                    ended.Add(row.GetString(0), (row.GetInt64(1), row.IsDBNull(2) ? long.MinValue : row.GetInt64(2)));
            }, ct, ("@past", past));

        // Ordered by an expression, because an index in this order would have every period read.
        var open = new List<PaidTime>();
        var of = "";
        await _database.ReadRowsAsync(
            $"""SELECT "AccountId", "From", "To", "Provisional", "EndedEarly" FROM "Periods" WHERE "To" > @past {counted}ORDER BY "AccountId" || '' """,
            row =>
            {
                var accountId = row.GetString(0);
                if (accountId != of)
                    Close(of);
                of = accountId;
                open.Add(new PaidTime(row.GetInt64(1), row.GetInt64(2), row.GetBoolean(3), row.GetBoolean(4)));
            }, ct, ("@past", past));
        Close(of);
        foreach (var accountId in ended.Keys.ToList())
            Close(accountId);

        // An index has these columns in this order, so it does not matter how many periods there are.
        string LastEnd(string kind) =>
            $"""(SELECT "To" FROM "Periods" WHERE "AccountId" = "Accounts"."Id" AND "To" <= @past {kind}{counted}ORDER BY "To" DESC LIMIT 1)""";

        void Close(string accountId)
        {
            if (ended.Remove(accountId, out var past))
            {
                open.Add(PaidTime.Past(past.Last, provisional: true));
                if (past.LastConfirmed != long.MinValue)
                    open.Add(PaidTime.Past(past.LastConfirmed, provisional: false));
            }
            if (_accounts.TryGetValue(accountId, out var account))
                account.Windows = AccessWindows.Of(open);
            open.Clear();
        }
    }

    private async Task<bool> ReadChangesAsync(DattDbContext db, CancellationToken ct)
    {
        var changes = await db.AccountChanges.Where(c => c.Id > _position).OrderBy(c => c.Id).Take(Page).ToListAsync(ct);
        if (changes.Count == 0)
            return false;
        var ids = changes.Select(c => c.AccountId).Distinct().ToList();
        var accounts = await db.Users.Where(a => ids.Contains(a.Id)).ToListAsync(ct);
        var keys = (await db.ApiKeys.Where(k => ids.Contains(k.AccountId)).ToListAsync(ct)).ToLookup(k => k.AccountId);
        var periods = (await Counted(db.Periods).Where(p => ids.Contains(p.AccountId)).ToListAsync(ct)).ToLookup(p => p.AccountId);
        foreach (var row in accounts)
        {
            var account = _accounts.GetOrAdd(row.Id, static (id, row) =>
            {
                var made = new AccountAccess(id);
                made.LoadTrial(row.TrialDay, row.TrialUsed);
                return made;
            }, row);
            account.Suspended = row.SuspendedAt is not null;
            account.Windows = AccessWindows.Of(periods[row.Id]);
            foreach (var key in keys[row.Id])
                Add(key, account);
        }
        _position = changes[^1].Id;
        return true;
    }

    private IQueryable<Period> Counted(IQueryable<Period> periods) => _sandboxCounts ? periods : periods.Where(p => !p.Sandbox);

    private void Add(ApiKey row, AccountAccess account)
    {
        if (!ApiKeyText.TryPackId(row.Id, out var id))
            return;
        if (row.RevokedAt is not null)
            _keys.TryRemove(id, out _);
        else if (!_keys.ContainsKey(id))
            _keys[id] = new KeyEntry(row.Id, row.Hash, row.Scopes, row.LastUsedAt?.ToUnixTimeMilliseconds() ?? 0, account);
    }

    private sealed class KeyEntry(string id, byte[] hash, Scopes scopes, long lastUse, AccountAccess account)
    {
        private const long Granularity = 60_000;
        private long _lastUse = lastUse;
        private volatile bool _used;

        public string Id { get; } = id;
        public byte[] Hash { get; } = hash;
        public Scopes Scopes { get; } = scopes;
        public AccountAccess Account { get; } = account;

        /// <summary>Remembers the use, at most once a minute.</summary>
        public void Touch(DateTimeOffset now)
        {
            var time = now.ToUnixTimeMilliseconds();
            if (time - Volatile.Read(ref _lastUse) < Granularity)
                return;
            Volatile.Write(ref _lastUse, time);
            _used = true;
        }

        public bool TryTakeLastUse(out DateTimeOffset? at)
        {
            at = null;
            if (!_used)
                return false;
            _used = false;
            at = DateTimeOffset.FromUnixTimeMilliseconds(Volatile.Read(ref _lastUse));
            return true;
        }
    }
}
