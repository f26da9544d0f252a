using Datt.Paid.Catalog.Following;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Sync.Following;

/// <summary>What has to be done to come from what is held to a manifest. Pure.</summary>
/// <param name="Fetch">Runs without which the newest records are not here; oldest first.</param>
/// <param name="Apply">Runs that bring the table to the manifest's end once they are held, in order; empty where it is there.</param>
/// <param name="Later">Runs of the manifest that hold nothing new: to be merged from what is held, or fetched, when there is time.</param>
public sealed record FeedPlan(IReadOnlyList<RunInfo> Fetch, IReadOnlyList<RunInfo> Apply, IReadOnlyList<RunInfo> Later)
{
    /// <summary>Makes the plan.</summary>
    /// <param name="target">Where to go.</param>
    /// <param name="held">Whole runs of any epoch that are here.</param>
    /// <param name="retired">Runs that were merged away and are still served; null where the list is not known.</param>
    /// <param name="position">Where the table stands.</param>
    public static FeedPlan For(Manifest target, IReadOnlyCollection<RunInfo> held, Retired? retired, FollowedPosition position)
    {
        var have = held.Select(r => r.Id).ToHashSet();
        var known = position.Epoch == target.Epoch ? position.Seq : 0;
        var later = target.Runs.Where(r => r.MaxSeq <= known && !have.Contains(r.Id)).ToList();
        var apply = new List<RunInfo>();
        foreach (var run in target.Runs.Where(r => r.MaxSeq > known))
        {
            if (have.Contains(run.Id))
            {
                apply.Add(run);
            }
            else if (Tile(run, Math.Max(run.MinSeq, known + 1), held, target.FirstSeq) is { } tiles)
            {
                // Everything of it is here in smaller runs.
                apply.AddRange(tiles);
                later.Add(run);
            }
            else if (run.MinSeq <= known && retired is not null
                && Tile(run, known + 1, [.. held, .. retired.Runs], target.FirstSeq) is { } smaller && smaller.Where(t => !have.Contains(t.Id)).Sum(t => t.Bytes) < run.Bytes)
            {
                apply.AddRange(smaller);
                later.Add(run);
            }
            else
            {
                apply.Add(run);
            }
        }
        return new FeedPlan([.. apply.Where(r => !have.Contains(r.Id))], apply, later);
    }

    /// <summary>Whether the list of merged-away runs could save a download: a run reaches back over what the table has already.</summary>
    public static bool WantsRetired(Manifest target, IReadOnlyCollection<RunInfo> held, FollowedPosition position)
    {
        if (position.Epoch != target.Epoch || position.Seq == 0)
            return false;
        var have = held.Select(r => r.Id).ToHashSet();
        return target.Runs.Any(r => r.MinSeq <= position.Seq && r.MaxSeq > position.Seq && !have.Contains(r.Id)
            && Tile(r, position.Seq + 1, held, target.FirstSeq) is null);
    }

    /// <summary>Runs that merge to exactly this one; null where they are not all held.</summary>
    public static IReadOnlyList<RunInfo>? InputsOf(RunInfo merged, IReadOnlyCollection<RunInfo> held)
    {
        var inputs = new List<RunInfo>();
        for (var next = merged.MinSeq; next <= merged.MaxSeq; next = inputs[^1].MaxSeq + 1)
        {
            var best = held.Where(r => r.MinSeq == next && r.MaxSeq <= merged.MaxSeq && r.Level < merged.Level).MaxBy(r => r.MaxSeq);
            if (best is null || inputs.Count == RunLimits.MaxMergeInputs)
                return null;
            inputs.Add(best);
        }
        return inputs;
    }

    /// <summary>Runs below <paramref name="run"/> that cover it from a sequence number on; the first may begin before that where it still has its tombstones.</summary>
    private static List<RunInfo>? Tile(RunInfo run, long from, IReadOnlyCollection<RunInfo> pieces, long? firstSeq)
    {
        var tiles = new List<RunInfo>();
        for (var next = from; next <= run.MaxSeq; next = tiles[^1].MaxSeq + 1)
        {
            var best = pieces.Where(r => r.MaxSeq <= run.MaxSeq && r.Level < run.Level && r.MaxSeq >= next
                    && (r.MinSeq == next || (tiles.Count == 0 && r.MinSeq < next && r.MinSeq != firstSeq)))
                .OrderByDescending(r => r.MinSeq).ThenByDescending(r => r.MaxSeq).FirstOrDefault();
            if (best is null || tiles.Count == RunLimits.MaxMergeInputs)
                return null;
            tiles.Add(best);
        }
        return tiles;
    }
}
