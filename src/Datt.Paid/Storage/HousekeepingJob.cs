using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Storage;

/// <summary>Daily or more often: keeps the log of account changes bounded.</summary>
public sealed class HousekeepingJob(Database database)
{
    /// <summary>Changes kept for readers in other processes; a reader reads everything at its start, so none is that far behind.</summary>
    private const int KeptChanges = 100_000;

    /// <returns>How many rows were removed.</returns>
    public Task<int> RunAsync(CancellationToken ct) => database.WriteAsync(async db =>
    {
        var newest = await db.AccountChanges.MaxAsync(c => (long?)c.Id, ct) ?? 0;
        return await db.AccountChanges.Where(c => c.Id <= newest - KeptChanges).ExecuteDeleteAsync(ct);
    }, ct);
}
