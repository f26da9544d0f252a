using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Sync.Store;

/// <summary>All followed feeds on disk, a folder each.</summary>
public sealed class FeedStore
{
    /// <summary>Most feeds that are followed.</summary>
    public const int MaxFeeds = 100_000;

    private readonly string _directory;
    private readonly ConcurrentDictionary<string, FollowedFeed> _feeds = new(StringComparer.Ordinal);
    private readonly HeldRunIndex _runs = new();
    private readonly Lock _beginning = new();

    private FeedStore(string directory) => _directory = directory;

    public ICollection<FollowedFeed> All => _feeds.Values;

    /// <summary>Bytes of all runs.</summary>
    public long Bytes => _feeds.Values.Sum(f => f.Bytes);

    /// <exception cref="IOException">The directory cannot be read.</exception>
    public static FeedStore Open(string directory)
    {
        Directory.CreateDirectory(directory);
        var store = new FeedStore(directory);
        foreach (var path in Directory.GetDirectories(directory))
        {
            if (Path.GetFileName(path) is var origin && ServerPublicKey.IsFingerprint(origin))
                store._feeds[origin] = FollowedFeed.Open(path, origin, store._runs);
        }
        return store;
    }

    public bool TryGet(string origin, [NotNullWhen(true)] out FollowedFeed? feed) => _feeds.TryGetValue(origin, out feed);

    /// <summary>The feed of an origin, begun where it is new; null where there are too many.</summary>
    public FollowedFeed? GetOrBegin(string origin)
    {
        if (_feeds.TryGetValue(origin, out var feed))
            return feed;
        if (_feeds.Count >= MaxFeeds || !ServerPublicKey.IsFingerprint(origin))
            return null;
        // One at a time: of two that were opened at once the index would keep the one that is thrown away.
        lock (_beginning)
            return _feeds.GetOrAdd(origin, o => FollowedFeed.Open(Path.Combine(_directory, o), o, _runs));
    }

    /// <summary>A run that is held in any feed, whole or in part.</summary>
    public bool TryFindRun(RunId id, [NotNullWhen(true)] out FollowedFeed? feed, [NotNullWhen(true)] out HeldRun? run)
    {
        foreach (var candidate in _runs.FeedsWith(id))
        {
            if (candidate.TryFind(id, out run))
            {
                feed = candidate;
                return true;
            }
        }
        (feed, run) = (null, null);
        return false;
    }
}
