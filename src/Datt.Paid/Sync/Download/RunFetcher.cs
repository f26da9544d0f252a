using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Sync.Store;

namespace Datt.Paid.Sync.Download;

/// <summary>How a download ended.</summary>
public enum FetchOutcome
{
    /// <summary>The run is whole and its records are right.</summary>
    Whole,

    /// <summary>Nobody who may be asked has the rest of it; what came stays for the next try.</summary>
    NoSource,

    /// <summary>It is what its id says and yet no proper run: its origin made it so.</summary>
    Poisoned,
}

/// <summary>
/// Brings runs here, from many servers at once. Every leaf is checked before it is kept, and is served to others from then on; who lies or
/// stalls is dropped and his part asked for again.
/// </summary>
public sealed class RunFetcher(IFeedSource source, SourceBook book, SyncSettings settings, TimeProvider time)
{
    /// <summary>A run up to this size comes in one piece.</summary>
    public const int SmallRun = 512 * 1024;

    private const int MostSources = 12;
    private const int RequestsPerSource = 2;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim _parts = new(settings.ParallelParts);

    /// <summary>A server is heard from again, so it is worth asking again.</summary>
    public void Back(string server) => book.Back(server);

    /// <summary>Downloads a run.</summary>
    /// <param name="feed">Whose run it is.</param>
    /// <param name="info">The run, as a verified manifest lists it.</param>
    /// <param name="servers">Who may have it, the most promising first.</param>
    /// <param name="ct">Gives up; what came stays.</param>
    /// <exception cref="IOException">The disk takes no more.</exception>
    public async Task<FetchOutcome> FetchAsync(FollowedFeed feed, RunInfo info, IReadOnlyList<string> servers, CancellationToken ct)
    {
        var askable = servers.Where(book.MayAsk).Distinct(StringComparer.Ordinal).Take(MostSources).ToList();
        var run = feed.TryFind(info.Id, out var begun) && !begun.IsDamaged && begun.Leaves.Count > 0 ? begun : null;
        if (run is null && info.Bytes <= SmallRun)
            run = await FetchSmallAsync(feed, info, askable, ct);
        else if (run is null && await LeavesAsync(info, askable, ct) is { } leaves)
            run = feed.Begin(info, leaves);
        if (run is null)
            return FetchOutcome.NoSource;
        if (!run.Held.IsComplete)
            await FetchPartsAsync(run, askable, ct);
        if (!run.Held.IsComplete)
            return FetchOutcome.NoSource;
        if (!HoldsRecords(run, ct))
        {
            feed.Drop(info.Id);
            return run.IsDamaged ? FetchOutcome.NoSource : FetchOutcome.Poisoned;
        }
        feed.Complete(run);
        return FetchOutcome.Whole;
    }

    /// <summary>One server after the other; beside one that takes long the next is asked too.</summary>
    private async Task<HeldRun?> FetchSmallAsync(FollowedFeed feed, RunInfo info, IReadOnlyList<string> servers, CancellationToken ct)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var open = new List<Task<(byte[] Bytes, MerkleTree Tree)?>>();
        try
        {
            for (var next = 0; next < servers.Count || open.Count > 0;)
            {
                if (next < servers.Count)
                    open.Add(AskWholeAsync(servers[next++], info, done.Token));
                var ended = await Task.WhenAny([.. open, Task.Delay(next < servers.Count ? Patience : Timeout.InfiniteTimeSpan, time, done.Token)]);
                ct.ThrowIfCancellationRequested();
                if (ended is not Task<(byte[] Bytes, MerkleTree Tree)?> answer)
                    continue;
                open.Remove(answer);
                if (await answer is not { } whole)
                    continue;
                var run = feed.Begin(info, [.. whole.Tree.Leaves]);
                return run.TryTake(0, whole.Bytes) ? run : null;
            }
            return null;
        }
        finally
        {
            await done.CancelAsync();
        }
    }

    /// <summary>A whole run that is what its id says; null where none came.</summary>
    private async Task<(byte[] Bytes, MerkleTree Tree)?> AskWholeAsync(string server, RunInfo info, CancellationToken ct)
    {
        var start = time.GetTimestamp();
        if (await AskAsync(server, info, 0, (int)info.Bytes, ct) is not { } bytes)
            return null;
        var tree = bytes.Length == info.Bytes ? MerkleTree.Of(bytes) : null;
        if (tree?.Root != info.Id.Root)
        {
            book.Lied(server, bytes.Length);
            return null;
        }
        book.Good(server, bytes.Length, time.GetElapsedTime(start));
        return (bytes, tree);
    }

    /// <summary>The bytes; null where there were none, which is noted.</summary>
    private async Task<byte[]?> AskAsync(string server, RunInfo info, long offset, int length, CancellationToken ct)
    {
        await _parts.WaitAsync(ct);
        try
        {
            switch (await source.ReadAsync(server, info, offset, length, ct))
            {
                case PartAnswer.Bytes answer:
                    return answer.Content;
                case PartAnswer.Refused refused:
                    book.Closed(server, refused.RetryAfter);
                    return null;
                case PartAnswer.Failed:
                    book.Failed(server);
                    return null;
                default:
                    return null;
            }
        }
        finally
        {
            _parts.Release();
        }
    }

    private async Task<Hash256[]?> LeavesAsync(RunInfo info, IReadOnlyList<string> servers, CancellationToken ct)
    {
        foreach (var server in servers)
        {
            if (await source.LeavesAsync(server, info, ct) is not { } bytes)
                continue;
            if (bytes.Length == MerkleTree.LeafCount(info.Bytes) * Hash256.Size)
            {
                var leaves = new Hash256[bytes.Length / Hash256.Size];
                for (var i = 0; i < leaves.Length; i++)
                    leaves[i] = new Hash256(bytes.AsSpan(i * Hash256.Size, Hash256.Size));
                if (new MerkleTree(leaves, info.Bytes).Root == info.Id.Root)
                    return leaves;
            }
            book.Lied(server, bytes.Length);
        }
        return null;
    }

    private async Task FetchPartsAsync(HeldRun run, IReadOnlyList<string> servers, CancellationToken ct)
    {
        var board = new PartBoard(run, new Random(HashCode.Combine(run.Info.Id, time.GetTimestamp())));
        using var done = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var workers = servers.Select(server => ServeAsync(server)).ToArray();
        await Task.WhenAll(workers);
        ct.ThrowIfCancellationRequested();

        async Task ServeAsync(string server)
        {
            try
            {
                await LookAsync(server);
                await Task.WhenAll(Enumerable.Range(0, RequestsPerSource).Select(number => AskOnAsync(server, number)));
            }
            catch (OperationCanceledException) when (done.IsCancellationRequested)
            {
            }
            finally
            {
                board.Remove(server);
            }
        }

        async Task LookAsync(string server) => board.Put(server, await source.HaveAsync(server, run.Info, done.Token) ?? []);

        async Task AskOnAsync(string server, int number)
        {
            var looked = time.GetTimestamp();
            var fruitless = 0;
            // A stranger is asked for one part first: that is all that a liar can cost.
            while (number > 0 && !board.IsDone && book.MayAsk(server) && !book.IsProven(server))
                await Task.Delay(Idle, time, done.Token);
            while (!board.IsDone && book.MayAsk(server) && fruitless < 8)
            {
                if (board.Take(server, Now(), (long)Patience.TotalMilliseconds) is not { } part)
                {
                    await Task.Delay(Idle, time, done.Token);
                    if (time.GetElapsedTime(looked) < LookAgain)
                        continue;
                    looked = time.GetTimestamp();
                    fruitless++;
                    await LookAsync(server);
                    continue;
                }
                var isHere = false;
                try
                {
                    var start = time.GetTimestamp();
                    if (await AskAsync(server, run.Info, part.Offset, part.Length, done.Token) is { } bytes)
                    {
                        isHere = bytes.Length == part.Length && run.TryTake(part.FirstLeaf, bytes);
                        if (isHere)
                            book.Good(server, bytes.Length, time.GetElapsedTime(start));
                        else
                            book.Lied(server, bytes.Length);
                        fruitless = 0;
                    }
                    else
                    {
                        fruitless++;
                    }
                }
                catch (IOException)
                {
                    // The disk takes no more: nobody has to be asked on.
                    await done.CancelAsync();
                    throw;
                }
                finally
                {
                    board.End(part.FirstLeaf, isHere);
                }
                if (board.IsDone)
                    await done.CancelAsync();
            }
        }
    }

    private long Now() => (long)time.GetElapsedTime(0).TotalMilliseconds;

    /// <summary>Whether every record is right: what a manifest's signature cannot tell.</summary>
    private static bool HoldsRecords(HeldRun run, CancellationToken ct)
    {
        using var bytes = run.OpenWhole();
        if (bytes is null || !RunReader.TryOpen(bytes, out var reader, out _) || reader.Count != run.Info.Count || reader.Scope != run.Info.Scope)
            return false;
        using var cursor = reader.Records();
        while (cursor.MoveNext())
            ct.ThrowIfCancellationRequested();
        return cursor.Fault == RunFault.None;
    }
}
