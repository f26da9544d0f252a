using System.Collections.Concurrent;

namespace Datt.Paid.Catalog.Following;

/// <summary>How far the table has a followed feed: everything of the epoch up to a sequence number.</summary>
/// <param name="Epoch">Epoch of the origin.</param>
/// <param name="Seq">0 while nothing is sure.</param>
public readonly record struct FollowedPosition(long Epoch, long Seq);

/// <summary>
/// Where the table stands in each followed feed. A position says the least that is in the table: a crash between a change of the table and its
/// position only makes the change be repeated.
/// </summary>
internal sealed class FollowedFeeds
{
    private readonly ConcurrentDictionary<string, FollowedPosition> _positions = new(StringComparer.Ordinal);
    private long _changes;
    private long _records;

    /// <summary>Counts the changes, so that a snapshot is only made where there is something new.</summary>
    public long Changes => Volatile.Read(ref _changes);

    /// <summary>Records entered since the start.</summary>
    public long Records => Volatile.Read(ref _records);

    public void Entered(int records) => Interlocked.Add(ref _records, records);

    public IReadOnlyDictionary<string, FollowedPosition> All => _positions;

    public bool TryGet(string origin, out FollowedPosition position) => _positions.TryGetValue(origin, out position);

    public void Set(string origin, FollowedPosition position)
    {
        _positions[origin] = position;
        Interlocked.Increment(ref _changes);
    }

    public void Remove(string origin)
    {
        if (_positions.TryRemove(origin, out _))
            Interlocked.Increment(ref _changes);
    }
}
