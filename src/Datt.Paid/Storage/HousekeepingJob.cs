using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Storage;

/// <summary>Daily or more often: removes what has served its purpose, so that these tables stay bounded.</summary>
public sealed class HousekeepingJob(Database database)
{
    /// <summary>Changes kept for readers in other processes; one that is further behind reads everything at its start.</summary>
    private const int KeptChanges = 100_000;

    public Task RunAsync(DateTimeOffset now, CancellationToken ct) => database.WriteAsync(async db =>
    {
        var newest = await db.AccountChanges.MaxAsync(c => (long?)c.Id, ct) ?? 0;
        await db.AccountChanges.Where(c => c.Id <= newest - KeptChanges).ExecuteDeleteAsync(ct);
        var before = now - IdempotencyRecords.Kept;
        await db.IdempotencyRecords.Where(r => r.At < before).ExecuteDeleteAsync(ct);
    }, ct);
}
