using System.Collections.Concurrent;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Sync.Store;

/// <summary>Which feeds hold a run, whole or in part; nearly always one. It has as many entries as runs are held. Thread-safe.</summary>
internal sealed class HeldRunIndex
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<RunId, FollowedFeed[]> _feeds = new();

    /// <summary>How many runs are held.</summary>
    public int Count => _feeds.Count;

    public IReadOnlyList<FollowedFeed> FeedsWith(RunId id) => _feeds.TryGetValue(id, out var feeds) ? feeds : [];

    public void Add(RunId id, FollowedFeed feed)
    {
        lock (_gate)
        {
            if (!_feeds.TryGetValue(id, out var feeds))
                _feeds[id] = [feed];
            else if (!feeds.Contains(feed))
                _feeds[id] = [.. feeds, feed];
        }
    }

    public void Remove(RunId id, FollowedFeed feed)
    {
        lock (_gate)
        {
            if (!_feeds.TryGetValue(id, out var feeds))
                return;
            if (feeds.Where(f => f != feed).ToArray() is { Length: > 0 } others)
                _feeds[id] = others;
            else
                _feeds.TryRemove(id, out _);
        }
    }
}
