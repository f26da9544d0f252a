using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Cli.Auditing;

/// <summary>The runs of one origin and how many records they count for.</summary>
/// <param name="Origin">Id of the origin.</param>
/// <param name="Records">Live records that the origin is credited with.</param>
/// <param name="Runs">The runs of its manifest.</param>
public sealed record DrawnFeed(string Origin, long Records, IReadOnlyList<RunInfo> Runs);

/// <summary>A leaf that the sample asks for.</summary>
public sealed record DrawnLeaf(string Origin, RunInfo Run, long Leaf);

/// <summary>
/// A random sample of leaves, weighted by records and stratified by origin and age: all live records in a row, origin by origin and run by run,
/// cut into as many equal stretches as leaves are asked for, and one place drawn in each. So every origin comes in its proportion, give or take one, and
/// a leaf's chance is the share of the records that lie in it. A leaf may come twice where there are few.
/// </summary>
public static class LeafDraw
{
    /// <summary>Draws.</summary>
    /// <param name="feeds">Those without records or runs do not come.</param>
    /// <param name="count">Leaves, one for each stretch.</param>
    /// <param name="chance">The same chance gives the same sample of the same feeds.</param>
    /// <returns>In the order in which they are to be asked for, which is random too, so that a part of them is a sample as well.</returns>
    public static IReadOnlyList<DrawnLeaf> Draw(IReadOnlyList<DrawnFeed> feeds, int count, Chance chance)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var weighted = feeds.Where(f => f.Records > 0 && f.Runs.Count > 0).OrderBy(f => f.Origin, StringComparer.Ordinal).ToList();
        var total = weighted.Sum(f => (double)f.Records);
        if (weighted.Count == 0)
        {
            return [];
        }

        var drawn = new DrawnLeaf[count];
        var (feed, before) = (0, 0.0);
        for (var stretch = 0; stretch < count; stretch++)
        {
            var place = total * ((stretch + chance.Fraction()) / count);
            while (feed < weighted.Count - 1 && place >= before + weighted[feed].Records)
            {
                before += weighted[feed++].Records;
            }

            drawn[stretch] = InFeed(weighted[feed], (place - before) / weighted[feed].Records);
        }

        chance.Shuffle(drawn);
        return drawn;
    }

    /// <param name="feed">The feed.</param>
    /// <param name="part">0 to 1: how far in the row of its records.</param>
    private static DrawnLeaf InFeed(DrawnFeed feed, double part)
    {
        var place = Math.Clamp(part, 0, 1) * feed.Runs.Sum(r => (double)r.Count);
        foreach (var run in feed.Runs)
        {
            if (place < run.Count || run == feed.Runs[^1])
            {
                var leaves = MerkleTree.LeafCount(run.Bytes);
                return new DrawnLeaf(feed.Origin, run, Math.Min(leaves - 1, (long)(place / run.Count * leaves)));
            }

            place -= run.Count;
        }

        throw new InvalidOperationException("A feed that is drawn from has a run.");
    }
}
