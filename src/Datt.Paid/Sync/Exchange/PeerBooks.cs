namespace Datt.Paid.Sync.Exchange;

/// <summary>What was given to and taken from a server, in bytes of runs.</summary>
/// <param name="Covered">The part of <paramref name="Given"/> that was not for bytes taken from it: free, bought, from the pool, from the slot.</param>
public sealed record PeerTotals(string ServerId, long Given, long Taken, long Covered, DateTimeOffset At)
{
    /// <summary>What it may still be given for what it gave.</summary>
    public long Credit => Math.Max(0, Taken + Covered - Given);
}

/// <summary>The totals of one server.</summary>
internal sealed class PeerAccount(string serverId)
{
    public string ServerId { get; } = serverId;

    public long Given { get; private set; }

    public long Taken { get; private set; }

    public long Covered { get; private set; }

    public DateTimeOffset At { get; private set; }

    /// <summary>Something changed that was not saved yet.</summary>
    public bool IsChanged { get; set; }

    public long Credit => Math.Max(0, Taken + Covered - Given);

    public void Give(long bytes, long covered, DateTimeOffset now) => Change(bytes, 0, covered, now);

    public void Take(long bytes, DateTimeOffset now) => Change(0, bytes, 0, now);

    public void PutBack(long unsent, long covered) => Change(-unsent, 0, -covered, At);

    public void Load(PeerTotals totals) => (Given, Taken, Covered, At) = (totals.Given, totals.Taken, totals.Covered, totals.At);

    public PeerTotals Totals() => new(ServerId, Given, Taken, Covered, At);

    private void Change(long given, long taken, long covered, DateTimeOffset at)
    {
        (Given, Taken, Covered, At) = (Given + given, Taken + taken, Covered + covered, at);
        IsChanged = true;
    }
}

/// <summary>The totals of all servers, bounded. Not safe for several threads.</summary>
internal sealed class PeerBooks
{
    /// <summary>Servers that are kept; the one that was idle longest makes room.</summary>
    internal const int MostPeers = 20_000;

    // Looking for what was idle longest costs a look at all, so room is made for many at once.
    private const int Room = 1_000;

    private readonly Dictionary<string, PeerAccount> _peers = new(StringComparer.Ordinal);

    public IEnumerable<PeerAccount> All => _peers.Values;

    public PeerAccount? TryGet(string serverId) => _peers.GetValueOrDefault(serverId);

    /// <summary>The account of a server, made where there is none.</summary>
    public PeerAccount Of(string serverId, DateTimeOffset now)
    {
        if (_peers.TryGetValue(serverId, out var peer))
            return peer;
        if (_peers.Count >= MostPeers)
        {
            foreach (var idle in _peers.Values.OrderBy(each => each.At).Take(Room).ToList())
                _peers.Remove(idle.ServerId);
        }
        peer = new PeerAccount(serverId);
        peer.Load(new PeerTotals(serverId, 0, 0, 0, now));
        return _peers[serverId] = peer;
    }
}
