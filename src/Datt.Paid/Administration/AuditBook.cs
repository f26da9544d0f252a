using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Administration;

/// <summary>What the operator's people did and why. An entry is written in the transaction of what it tells of: neither exists without the other.</summary>
public sealed class AuditBook(Database database)
{
    /// <summary>Longest reason in UTF-16 units.</summary>
    public const int MaxReason = 500;

    private const int MaxDetail = 1_000;
    private const int MaxTarget = 400;

    /// <summary>Why a reason cannot be taken; null where it can.</summary>
    public static string? ProblemOf(string? reason) => string.IsNullOrWhiteSpace(reason)
        ? "Say why, for the books."
        : reason.Length > MaxReason ? $"The reason has at most {MaxReason} characters." : null;

    /// <summary>Adds an entry to a transaction.</summary>
    /// <exception cref="ArgumentException">The reason is missing or too long: ask <see cref="ProblemOf"/> first.</exception>
    public static void Add(DattDbContext db, Actor actor, DateTimeOffset now, string action, string target, string reason, string? detail = null)
    {
        if (ProblemOf(reason) is { } problem)
            throw new ArgumentException(problem, nameof(reason));
        db.AuditEntries.Add(new AuditEntry
        {
            At = now,
            ActorId = actor.AccountId,
            Action = action,
            Target = Cut(target, MaxTarget),
            Reason = reason,
            Detail = detail is null ? null : Cut(detail, MaxDetail),
        });
    }

    /// <summary>Entries, newest first.</summary>
    /// <param name="actor">Who asks; any role may.</param>
    /// <param name="target">Only those about this; null for all.</param>
    /// <param name="before">Only those older than the entry with this id; null from the newest on.</param>
    /// <param name="take">Most that are returned, 1 to 1,000.</param>
    /// <param name="ct">Ends the reading.</param>
    public Task<List<AuditEntry>> PageAsync(Actor actor, string? target, long? before, int take, CancellationToken ct)
    {
        actor.Must(OperatorRole.Viewer);
        return database.ReadAsync(
            db => db.AuditEntries
                .Where(e => (target == null || e.Target == target) && (before == null || e.Id < before))
                .OrderByDescending(e => e.Id).Take(Math.Clamp(take, 1, 1_000)).ToListAsync(ct), ct);
    }

    private static string Cut(string text, int most) => text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];
}
