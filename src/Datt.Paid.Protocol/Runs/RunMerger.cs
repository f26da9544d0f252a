using System.Diagnostics.CodeAnalysis;

namespace Datt.Paid.Protocol.Runs;

/// <summary>
/// Merges runs into one that depends on the range of sequence numbers alone: the newest record of each key, without tombstones when the
/// range begins with the first sequence number of the epoch.
/// </summary>
public static class RunMerger
{
    /// <summary>Runs of one level that are merged into one of the next.</summary>
    public const int FanIn = 8;

    /// <summary>
    /// Streams the merge to <paramref name="output"/>. <paramref name="firstSeq"/> is the first sequence number of the epoch, the least
    /// minSeq of its manifest. What was written is worthless when it returns false. Faults of <paramref name="output"/> are thrown.
    /// </summary>
    public static bool TryMerge(
        IReadOnlyList<RunReader> runs, int level, long firstSeq, Stream output,
        [NotNullWhen(true)] out RunInfo? merged, out RunFault fault, CancellationToken ct = default)
    {
        merged = null;
        if (runs.Count == 0)
        {
            fault = RunFault.OverLimit;
            return false;
        }

        var scope = new RunScope(level, runs.Min(r => r.Scope.MinSeq), runs.Max(r => r.Scope.MaxSeq));
        using var cursor = new MergeCursor(runs, dropTombstones: scope.MinSeq == firstSeq);
        fault = cursor.Fault;
        if (fault != RunFault.None)
            return false;
        using var writer = new RunWriter(output, scope);
        while (cursor.MoveNext())
        {
            ct.ThrowIfCancellationRequested();
            writer.Add(cursor.Current);
        }

        fault = cursor.Fault;
        if (fault == RunFault.None)
            merged = writer.Complete();
        return merged is not null;
    }
}
