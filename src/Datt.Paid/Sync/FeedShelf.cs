using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Catalog;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Sync.Store;

namespace Datt.Paid.Sync;

/// <summary>A feed as this server shows it.</summary>
/// <param name="Origin">Whose feed it is.</param>
/// <param name="Manifest">The newest manifest that is shown; null where only the proof of cheating is.</param>
/// <param name="Conflict">Proof that the origin cheated in its epoch; null where there is none.</param>
/// <param name="IsOwn">Whether it is this server's own.</param>
public sealed record FeedView(string Origin, SignedManifest? Manifest, EquivocationProof? Conflict, bool IsOwn);

/// <summary>What this server can show of feeds: its own and those it follows. Thread-safe, no database.</summary>
public sealed class FeedShelf(ContentCatalog catalog, FeedStore store, ServerKey self)
{
    private const int MostOwnRuns = 4_096;

    private readonly ConcurrentDictionary<RunId, HeldRun> _own = new();

    /// <summary>All feeds, ordered by origin, the own one included.</summary>
    public IReadOnlyList<FeedView> All
    {
        get
        {
            var views = store.All.Select(View).OfType<FeedView>().ToList();
            if (catalog.Manifest is { } own)
                views.Add(new FeedView(self.Id, own, null, true));
            return [.. views.OrderBy(v => v.Origin, StringComparer.Ordinal)];
        }
    }

    /// <summary>The feed of an origin.</summary>
    public bool TryGet(string origin, [NotNullWhen(true)] out FeedView? view)
    {
        view = origin == self.Id
            ? catalog.Manifest is { } own ? new FeedView(origin, own, null, true) : null
            : store.TryGet(origin, out var feed) ? View(feed) : null;
        return view is not null;
    }

    /// <summary>A manifest that was shown lately; null where it is not kept any more.</summary>
    public SignedManifest? ManifestOf(string origin, long epoch, long version) => origin == self.Id
        ? catalog.ManifestOf(epoch, version)
        : store.TryGet(origin, out var feed) ? feed.Recent(epoch, version) : null;

    /// <summary>The merged-away runs that the shown manifest names; null where they are not known here.</summary>
    public Retired? RetiredOf(string origin) => origin == self.Id
        ? catalog.Retired
        : store.TryGet(origin, out var feed) ? feed.Retired : null;

    /// <summary>A run, whole or in part, of whatever feed. What is read from it is checked first.</summary>
    public bool TryFindRun(RunId id, [NotNullWhen(true)] out HeldRun? run, [NotNullWhen(true)] out string? origin)
    {
        origin = self.Id;
        if (_own.TryGetValue(id, out run) && File.Exists(run.Path))
            return true;
        if (catalog.FindRun(id) is { } own)
        {
            if (_own.Count >= MostOwnRuns)
                _own.Clear();
            run = _own[id] = HeldRun.Found(own.Info, own.Path);
            return true;
        }
        _own.TryRemove(id, out _);
        var isFollowed = store.TryFindRun(id, out var feed, out run);
        origin = feed?.Origin;
        return isFollowed && origin is not null;
    }

    private static FeedView? View(FollowedFeed feed) =>
        feed.Shown is null && feed.Conflict is null ? null : new FeedView(feed.Origin, feed.Shown, feed.Conflict, false);
}
