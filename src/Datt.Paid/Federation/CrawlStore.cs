using System.Data.Common;
using Datt.Paid.Outbound;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Federation;

/// <summary>Keeps what the crawler knows in the database, so that a restart goes on from there.</summary>
public sealed class CrawlStore(Database database, UrlRules rules, TimeProvider time)
{
    private const int Page = 500;

    private readonly SemaphoreSlim _saving = new(1, 1);

    /// <summary>Reads all of it, once, before the first round. Whoever has a card is due at once, to be seen and greeted.</summary>
    public Task LoadAsync(Crawler crawler, CancellationToken ct) => database.ReadRowsAsync(
        """SELECT "Url", "Card", "State", "Problem", "FirstSeen", "LastSeen", "Due", "Failures", "Source", "Depth" FROM "KnownServers" """,
        row =>
        {
            if (Read(row) is { } entry)
                crawler.Table.Restore(entry);
        }, ct);

    /// <summary>Writes what changed since it was written before.</summary>
    public async Task SaveAsync(Crawler crawler, CancellationToken ct)
    {
        await _saving.WaitAsync(ct);
        try
        {
            var (changed, removed) = crawler.Table.TakeChanges();
            foreach (var page in removed.Chunk(Page))
                await database.WriteAsync(db => db.KnownServers.Where(row => page.Contains(row.Url)).ExecuteDeleteAsync(ct), ct);
            foreach (var page in changed.Chunk(Page))
                await database.WriteAsync(db => WriteAsync(db, page, ct), ct);
        }
        finally
        {
            _saving.Release();
        }
    }

    private static async Task WriteAsync(DattDbContext db, CrawlFinding[] page, CancellationToken ct)
    {
        var urls = page.Select(finding => finding.Url).ToList();
        var rows = await db.KnownServers.Where(row => urls.Contains(row.Url)).ToDictionaryAsync(row => row.Url, ct);
        foreach (var finding in page)
        {
            if (!rows.TryGetValue(finding.Url, out var row))
                db.KnownServers.Add(row = new KnownServerRow { Url = finding.Url, Source = finding.Source });
            (row.Id, row.Card, row.State, row.Problem) = (finding.Id, finding.Card?.Utf8.ToArray(), (int)finding.State, finding.Problem);
            (row.FirstSeen, row.LastSeen, row.Due) = (finding.FirstSeen, finding.LastSeen, finding.Due);
            (row.Failures, row.Source, row.Depth) = (finding.Failures, finding.Source, finding.Depth);
        }
    }

    // An address that may no longer be called, or a card that this version no longer takes, is as if it were not there.
    private CrawlEntry? Read(DbDataReader row)
    {
        SignedCard? card = null;
        if (!ServerAddress.TryRead(row.GetString(0), rules, out var address, out _)
            || (!row.IsDBNull(1) && !SignedCard.TryRead(row.GetFieldValue<byte[]>(1), out card, out _)))
            return null;
        var due = Time(row.GetInt64(6));
        var now = time.GetUtcNow();
        return new CrawlEntry(address, row.GetString(8), row.GetInt32(9), Time(row.GetInt64(4)))
        {
            Card = card,
            State = (ServerState)row.GetInt32(2),
            Problem = row.IsDBNull(3) ? null : row.GetString(3),
            LastSeen = row.IsDBNull(5) ? null : Time(row.GetInt64(5)),
            Due = card is not null && due > now ? now : due,
            Failures = row.GetInt32(7),
        };
    }

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
