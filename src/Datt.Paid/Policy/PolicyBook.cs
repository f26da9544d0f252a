using System.Data.Common;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Policy;

/// <summary>Id of this server, whose own runs cannot be dropped.</summary>
public sealed record PolicyOrigin(string Self);

/// <summary>
/// The rules: in the database, with who made and undid them, and compiled in memory. A change is in the database before it takes effect, so that what was
/// indexed under it can be told after any crash. Thread-safe.
/// </summary>
public sealed class PolicyBook(Database database, PolicyOrigin origin)
{
    /// <summary>Most rules at a time.</summary>
    public const int MaxRules = 10_000;

    /// <summary>Undone rules that are kept however old they are.</summary>
    private const int KeptRemoved = 10_000;

    private static readonly TimeSpan KeepsRemoved = TimeSpan.FromDays(90);

    private readonly SemaphoreSlim _loading = new(1, 1);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ContentPolicy _current = ContentPolicy.Nothing;

    /// <summary>The rules that stand.</summary>
    public ContentPolicy Current => Volatile.Read(ref _current);

    /// <summary>Reads the rules; before that none stands. The database must be migrated.</summary>
    public async Task LoadAsync(CancellationToken ct)
    {
        await _loading.WaitAsync(ct);
        try
        {
            var rules = new List<PolicyRule>();
            long version = 0;
            var mark = ContentPolicy.FirstMark;
            // One statement, so that rules and version belong together.
            await database.ReadRowsAsync(
                """
                SELECT "Id", "Kind", "Value", "DropsRuns", "Version", "RemovedVersion" FROM "PolicyRules"
                WHERE "RemovedVersion" IS NULL OR "RemovedVersion" = (SELECT MAX("RemovedVersion") FROM "PolicyRules")
                """,
                row =>
                {
                    var changedAt = row.IsDBNull(5) ? row.GetInt64(4) : row.GetInt64(5);
                    if (changedAt > version)
                        (version, mark) = (changedAt, MarkOf(changedAt, row.GetString(0)));
                    if (row.IsDBNull(5))
                        rules.Add(RuleOf(row));
                }, ct);
            if (version < Current.Version)
                return;
            Volatile.Write(ref _current, ContentPolicy.Of(rules, version, mark));
            Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }
        finally
        {
            _loading.Release();
        }
    }

    /// <summary>Completes once a change after this version stands.</summary>
    public async Task WaitAsync(long version, CancellationToken ct)
    {
        while (true)
        {
            var changed = Volatile.Read(ref _changed).Task;
            if (Current.Version > version)
                return;
            await changed.WaitAsync(ct);
        }
    }

    /// <summary>Adds a rule. One that stands stays as it is, unless it says otherwise about dropping: then it is replaced.</summary>
    /// <param name="draft">What is wanted.</param>
    /// <param name="by">Account of who wants it.</param>
    /// <param name="now">Time.</param>
    /// <param name="ct">Cancels before the change; one that was made takes effect.</param>
    public async Task<RuleOutcome> AddAsync(RuleDraft draft, string by, DateTimeOffset now, CancellationToken ct)
    {
        if (!RuleValue.TryRead(draft.Kind, draft.Value, out var value, out var problem))
            return new RuleOutcome.Invalid(Enum.IsDefined(draft.Kind) ? "value" : "kind", problem);
        if (draft.Drop && draft.Kind != RuleKind.Origin)
            return new RuleOutcome.Invalid("drop", "Only the runs of an origin can be dropped.");
        if (draft.Drop && value == origin.Self)
            return new RuleOutcome.Invalid("drop", "This server's own runs cannot be dropped.");
        if (string.IsNullOrWhiteSpace(draft.Reason) || draft.Reason.Length > RuleDraft.MaxReason)
            return new RuleOutcome.Invalid("reason", $"Say why, in 1 to {RuleDraft.MaxReason} characters.");
        var outcome = await database.WriteAsync(
            async db =>
            {
                var standing = await db.PolicyRules.SingleOrDefaultAsync(r => r.Kind == (int)draft.Kind && r.Value == value && r.RemovedVersion == null, ct);
                if (standing is not null && standing.DropsRuns == draft.Drop)
                    return new RuleOutcome.Known(RuleOf(standing));
                if (standing is null && await db.PolicyRules.CountAsync(r => r.RemovedVersion == null, ct) >= MaxRules)
                    return (RuleOutcome)new RuleOutcome.Full();
                var version = await VersionAsync(db, ct);
                if (standing is not null)
                {
                    Remove(standing, ++version, "replaced", by, now);
                    // The unique index must see the old rule go first.
                    await db.SaveChangesAsync(ct);
                }

                var row = new PolicyRuleRow
                {
                    Id = RandomId.New("rule"),
                    Kind = (int)draft.Kind,
                    Value = value,
                    DropsRuns = draft.Drop,
                    Reason = draft.Reason.Trim(),
                    AddedBy = by,
                    AddedAt = now,
                    Version = version + 1,
                };
                db.PolicyRules.Add(row);
                return new RuleOutcome.Added(RuleOf(row));
            }, ct);
        await LoadAsync(CancellationToken.None);
        return outcome;
    }

    /// <summary>Undoes a rule; one that was undone before stays so.</summary>
    public async Task<RuleOutcome> RemoveAsync(string id, string reason, string by, DateTimeOffset now, CancellationToken ct)
    {
        if (reason.Length > RuleDraft.MaxReason)
            return new RuleOutcome.Invalid("reason", $"A reason has at most {RuleDraft.MaxReason} characters.");
        var outcome = await database.WriteAsync(
            async db =>
            {
                if (await db.PolicyRules.FindAsync([id], ct) is not { } row)
                    return (RuleOutcome)new RuleOutcome.Unknown();
                if (row.RemovedVersion is null)
                {
                    Remove(row, await VersionAsync(db, ct) + 1, reason.Trim(), by, now);
                    await ForgetAsync(db, now, ct);
                }

                return new RuleOutcome.Removed(RuleOf(row));
            }, ct);
        await LoadAsync(CancellationToken.None);
        return outcome;
    }

    /// <summary>Rules in the order they were made.</summary>
    /// <param name="query">Which.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>They, and the place to go on from; null at the end.</returns>
    public async Task<(IReadOnlyList<PolicyRule> Rules, long? Next)> ListAsync(RuleQuery query, CancellationToken ct)
    {
        var rows = await database.ReadAsync(
            db =>
            {
                var found = db.PolicyRules.Where(r => r.Version > query.After && (query.WithRemoved || r.RemovedVersion == null));
                if (query.Kind is { } kind)
                    found = found.Where(r => r.Kind == (int)kind);
                if (query.Value is { } value)
                    found = found.Where(r => r.Value == value);
                return found.OrderBy(r => r.Version).Take(query.Limit + 1).ToListAsync(ct);
            }, ct);
        var next = rows.Count > query.Limit ? rows[query.Limit - 1].Version : (long?)null;
        return (rows.Take(query.Limit).Select(RuleOf).ToList(), next);
    }

    /// <summary>The rules that were made or undone after the state of a mark; null where this history knows no such state.</summary>
    internal async Task<IReadOnlyList<PolicyRule>?> ChangedSinceAsync(string mark, CancellationToken ct)
    {
        if (mark == Current.Mark)
            return [];
        long after = 0;
        if (mark != ContentPolicy.FirstMark)
        {
            var colon = mark.IndexOf(':');
            if (colon < 0 || !long.TryParse(mark.AsSpan(0, colon), out after) || !await IsOurOwnAsync(after, mark[(colon + 1)..]))
                return null;
        }

        var rows = await database.ReadAsync(db => db.PolicyRules.Where(r => r.Version > after || r.RemovedVersion > after).ToListAsync(ct), ct);
        // Every change has its number, so a number that is missing is a rule that was forgotten.
        var numbers = rows.Select(r => r.Version).Concat(rows.Select(r => r.RemovedVersion ?? 0)).Where(number => number > after).ToList();
        return numbers.Count == numbers.DefaultIfEmpty(after).Max() - after ? rows.ConvertAll(RuleOf) : null;

        // A database that was restored from a backup gives the same numbers to other changes.
        Task<bool> IsOurOwnAsync(long version, string id) =>
            database.ReadAsync(db => db.PolicyRules.AnyAsync(r => r.Id == id && (r.Version == version || r.RemovedVersion == version), ct), ct);
    }

    private static string MarkOf(long version, string id) => $"{version}:{id}";

    private static async Task<long> VersionAsync(DattDbContext db, CancellationToken ct) => Math.Max(
        await db.PolicyRules.MaxAsync(r => (long?)r.Version, ct) ?? 0, await db.PolicyRules.MaxAsync(r => r.RemovedVersion, ct) ?? 0);

    private static void Remove(PolicyRuleRow row, long version, string reason, string by, DateTimeOffset now) =>
        (row.RemovedVersion, row.RemovedReason, row.RemovedBy, row.RemovedAt) = (version, reason, by, now);

    /// <summary>Old undone rules go, all but the newest; <see cref="ChangedSinceAsync"/> notices.</summary>
    private static async Task ForgetAsync(DattDbContext db, DateTimeOffset now, CancellationToken ct)
    {
        var before = now - KeepsRemoved;
        var newest = await db.PolicyRules.Where(r => r.RemovedVersion != null).OrderByDescending(r => r.RemovedVersion).Skip(KeptRemoved)
            .Select(r => r.RemovedVersion).FirstOrDefaultAsync(ct);
        if (newest is not null)
            await db.PolicyRules.Where(r => r.RemovedVersion <= newest && r.RemovedAt < before).ExecuteDeleteAsync(ct);
    }

    private static PolicyRule RuleOf(PolicyRuleRow row) => new(
        row.Id, (RuleKind)row.Kind, row.Value, row.DropsRuns, row.Reason, row.AddedBy, row.AddedAt,
        row.RemovedVersion is null ? null : new RuleRemoval(row.RemovedReason ?? "", row.RemovedBy ?? "", row.RemovedAt ?? row.AddedAt));

    /// <summary>As much of a rule as matters for what it hides.</summary>
    private static PolicyRule RuleOf(DbDataReader row) =>
        new(row.GetString(0), (RuleKind)row.GetInt32(1), row.GetString(2), row.GetBoolean(3), "", "", DateTimeOffset.UnixEpoch);
}

/// <summary>Which rules to list.</summary>
/// <param name="After">The place that the page before ended at; 0 begins.</param>
/// <param name="Limit">Most rules.</param>
/// <param name="WithRemoved">Undone ones too.</param>
/// <param name="Kind">Only this kind.</param>
/// <param name="Value">Only this value, in the form of <see cref="RuleValue"/>.</param>
public sealed record RuleQuery(long After, int Limit, bool WithRemoved = false, RuleKind? Kind = null, string? Value = null);
