using Datt.Paid.Protocol.Runs;
using Datt.Paid.Sync.Download;
using Datt.Paid.Sync.Store;

namespace Datt.Paid.Sync.Following;

/// <summary>
/// Brings runs here that hold nothing new: by merging what is held, which gives the same bytes, else by fetching them. One merge at a time, since it is a long
/// computation.
/// </summary>
public sealed class RunTidying(RunFetcher runs, SyncFigures figures)
{
    private readonly SemaphoreSlim _merging = new(1);

    /// <summary>Whether all of them are here now.</summary>
    public async Task<bool> RunAsync(FollowedFeed feed, IReadOnlyList<RunInfo> wanted, Func<IReadOnlyList<string>> candidates, CancellationToken ct)
    {
        var all = true;
        foreach (var run in wanted.OrderBy(r => r.Level))
        {
            if (feed.TryFind(run.Id, out var here) && here.Held.IsComplete && here.Path.EndsWith(".run", StringComparison.Ordinal))
                continue;
            // It may have been merged away meanwhile.
            if (feed.Target is not { } target || !target.Manifest.Runs.Contains(run))
                continue;
            if (await MergeAsync(feed, run, target.Manifest.FirstSeq ?? 1, ct))
            {
                figures.Merged(run.Bytes);
                continue;
            }
            if (await runs.FetchAsync(feed, run, candidates(), ct) == FetchOutcome.Whole)
                figures.Fetched(run.Bytes);
            else
                all = false;
        }
        return all;
    }

    private async Task<bool> MergeAsync(FollowedFeed feed, RunInfo wanted, long firstSeq, CancellationToken ct)
    {
        if (FeedPlan.InputsOf(wanted, [.. feed.Held.Select(r => r.Info)]) is not { } inputs)
            return false;
        await _merging.WaitAsync(ct);
        try
        {
            return await Task.Run(() => Merge(feed, wanted, inputs, firstSeq, ct), ct);
        }
        finally
        {
            _merging.Release();
        }
    }

    private static bool Merge(FollowedFeed feed, RunInfo wanted, IReadOnlyList<RunInfo> inputs, long firstSeq, CancellationToken ct)
    {
        var opened = new List<OpenRun>();
        var path = feed.NewPath();
        try
        {
            var readers = new List<RunReader>();
            foreach (var input in inputs)
            {
                if (!feed.TryFind(input.Id, out var run) || run.OpenWhole() is not { } bytes)
                    return false;
                opened.Add(bytes);
                if (!RunReader.TryOpen(bytes, out var reader, out _))
                    return false;
                readers.Add(reader);
            }
            RunInfo? merged;
            using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 16))
            {
                if (!RunMerger.TryMerge(readers, wanted.Level, firstSeq, file, out merged, out _, ct))
                    return false;
            }
            // Another encoder makes other bytes; that is nobody's fault, the run is fetched instead.
            if (merged.Id != wanted.Id)
                return false;
            feed.Complete(HeldRun.Found(wanted, path));
            return true;
        }
        finally
        {
            opened.ForEach(o => o.Dispose());
            File.Delete(path);
        }
    }
}
