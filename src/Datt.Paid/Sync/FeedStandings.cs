using Datt.Paid.Catalog;
using Datt.Paid.Catalog.Following;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Sync.Following;
using Datt.Paid.Sync.Store;

namespace Datt.Paid.Sync;

/// <summary>How far this server is with the feed of one origin.</summary>
/// <param name="Origin">Whose feed it is.</param>
/// <param name="Manifest">The newest manifest that is shown to others; null where none is.</param>
/// <param name="IsOwn">Whether it is this server's own.</param>
/// <param name="Lag">
/// How long ago the first manifest was made of which something is still missing here, as far as the last manifests are remembered; zero where nothing is missing.
/// </param>
/// <param name="LagRecords">Most records, tombstones included, of the newest known manifest that are not here yet.</param>
/// <param name="IsConflicted">Whether there is proof that the origin cheated.</param>
/// <param name="IsDropped">Whether the operator does not want its runs here.</param>
/// <param name="Problem">Why it does not go on, for people; null while it does.</param>
/// <param name="Coming">Runs that are on their way.</param>
public sealed record FeedStanding(
    string Origin, SignedManifest? Manifest, bool IsOwn, TimeSpan Lag, long LagRecords, bool IsConflicted, bool IsDropped, string? Problem, IReadOnlyList<ComingRun> Coming);

/// <summary>A run that is being fetched.</summary>
/// <param name="Id">Which.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Held">Bytes that are here and right.</param>
public sealed record ComingRun(RunId Id, long Bytes, long Held);

/// <summary>Compares what is here of each feed with the newest that is known of it. Touches no database and no run.</summary>
public sealed class FeedStandings(FeedStore store, FeedShelf shelf, ContentCatalog catalog, OriginRules rules, SyncFigures figures)
{
    /// <summary>All feeds that are shown or followed, ordered by origin, the own one included.</summary>
    public IReadOnlyList<FeedStanding> All(DateTimeOffset now)
    {
        var positions = catalog.Followed;
        var own = shelf.All.Where(view => view.IsOwn).Select(view => new FeedStanding(view.Origin, view.Manifest, true, TimeSpan.Zero, 0, false, false, null, []));
        var followed = store.All.Where(feed => feed.Target is not null || feed.Conflict is not null).Select(feed => Of(feed, positions.GetValueOrDefault(feed.Origin), now));
        return [.. own.Concat(followed).OrderBy(standing => standing.Origin, StringComparer.Ordinal)];
    }

    private FeedStanding Of(FollowedFeed feed, FollowedPosition position, DateTimeOffset now)
    {
        var (isDropped, isConflicted) = (rules.IsDropped(feed.Origin), feed.Conflict is not null);
        var missing = isDropped || isConflicted || feed.Target is not { } target ? 0 : MissingOf(target.Manifest, position);
        return new FeedStanding(
            feed.Origin, feed.Shown, false, missing == 0 ? TimeSpan.Zero : LagOf(feed, position, now), missing, isConflicted, isDropped,
            figures.Origins.TryGetValue(feed.Origin, out var progress) ? progress.Problem : null,
            [.. feed.Coming.Select(run => new ComingRun(run.Info.Id, run.Info.Bytes, run.HeldBytes))]);
    }

    private static TimeSpan LagOf(FollowedFeed feed, FollowedPosition position, DateTimeOffset now)
    {
        var first = feed.RecentManifests.Where(m => MissingOf(m.Manifest, position) > 0).Min(m => (long?)m.Manifest.CreatedAt);
        var lag = first is { } made ? now - DateTimeOffset.FromUnixTimeMilliseconds(made) : TimeSpan.Zero;
        return lag > TimeSpan.Zero ? lag : TimeSpan.Zero;
    }

    private static long MissingOf(Manifest manifest, FollowedPosition position)
    {
        if (manifest.Runs is not [.., { } last])
            return 0;
        var have = position.Epoch == manifest.Epoch ? position.Seq : 0;
        var listed = manifest.Runs.Where(run => run.MaxSeq > have).Sum(run => run.Count);
        return Math.Max(0, Math.Min(listed, last.MaxSeq - Math.Max(have, manifest.Runs[0].MinSeq - 1)));
    }
}
