using Datt.Paid.Storage;

namespace Datt.Paid.Sync.Exchange;

/// <summary>Keeps what was given to and taken from each server over restarts. What was counted since the last save is lost by a crash, in favour of whoever owed it.</summary>
public sealed class PeerTrafficStore(Database database, RunAdmission admission)
{
    /// <summary>Reads what earlier runs counted; called once, before the first request.</summary>
    public async Task LoadAsync(CancellationToken ct)
    {
        var totals = new List<PeerTotals>();
        await database.ReadRowsAsync(
            """SELECT "ServerId", "Given", "Taken", "Covered", "At" FROM "PeerTraffic" """,
            row => totals.Add(new PeerTotals(
                row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)))),
            ct);
        admission.Load(totals);
    }

    /// <summary>Writes what changed since the last call, in one transaction.</summary>
    public async Task SaveAsync(CancellationToken ct)
    {
        var changed = admission.TakeChanged();
        if (changed.Count == 0)
            return;
        try
        {
            await database.WriteAsync(async db =>
            {
                foreach (var peer in changed)
                {
                    var row = await db.PeerTraffic.FindAsync([peer.ServerId], ct);
                    if (row is null)
                        db.PeerTraffic.Add(row = new PeerTrafficRow { ServerId = peer.ServerId });
                    (row.Given, row.Taken, row.Covered, row.At) = (peer.Given, peer.Taken, peer.Covered, peer.At);
                }
            }, ct);
        }
        catch
        {
            admission.Keep(changed);
            throw;
        }
    }
}
