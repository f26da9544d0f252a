using System.Collections.Concurrent;
using Datt.Paid.Catalog.Feed;
using Datt.Paid.Catalog.Table;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Catalog.Following;

/// <summary>
/// Brings the table to where a followed feed stands. What is read depends on where the table stood: usually only the runs that came since. Where a run
/// reaches back to the first of the epoch its tombstones are gone, so what it no longer has is looked for in the table and withdrawn.
/// </summary>
internal sealed class FeedFollower(FeedWriter writer, ContentTable table, ChangeLog changes, FollowedFeeds positions, Func<CancellationToken, Task> relieved)
{

    /// <summary>One for each followed origin: of two calls the second begins where the first ended.</summary>
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new(StringComparer.Ordinal);

    /// <summary>Applies a feed.</summary>
    /// <exception cref="CatalogDamagedException">A run is damaged; the table has a part of it, and the next call repairs that.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the next call goes on.</exception>
    public async Task FollowAsync(FollowedRuns feed, CancellationToken cancel)
    {
        var turn = _turns.GetOrAdd(feed.Origin, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancel);
        try
        {
            await ApplyAsync(feed, cancel);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task ApplyAsync(FollowedRuns feed, CancellationToken cancel)
    {
        if (feed.Runs.Count == 0)
        {
            if (positions.TryGet(feed.Origin, out _))
            {
                await SweepAsync(feed.Origin, null, cancel);
                positions.Remove(feed.Origin);
            }

            return;
        }

        var isKnown = positions.TryGet(feed.Origin, out var before);
        var from = isKnown && before.Epoch == feed.Epoch ? before.Seq : 0;
        var last = feed.Runs[^1].Scope.MaxSeq;
        var news = feed.Runs.Where(r => r.Scope.MaxSeq > from).ToList();
        if (news.Count == 0)
            return;
        var reachesBack = news[0].Scope.MinSeq == feed.FirstSeq;
        if (!reachesBack && news[0].Scope.MinSeq > from + 1)
            throw new ArgumentException($"The runs of {feed.Origin} begin with {news[0].Scope.MinSeq}; the table has it only up to {from}.", nameof(feed));
        // Nothing is sure any more until the end: whoever reads this after a crash begins anew.
        if (reachesBack && !(isKnown && before == new FollowedPosition(feed.Epoch, 0)))
            positions.Set(feed.Origin, new(feed.Epoch, 0));
        var mustSweep = isKnown && reachesBack;
        var shares = mustSweep ? LiveSet.SharesFor(news.Sum(r => r.Count)) : 1;
        for (var share = 0; share < shares; share++)
        {
            var live = mustSweep ? new LiveSet(share, shares) : null;
            await EnterAsync(feed.Origin, news, reachesBack, from, live, isFirst: share == 0, cancel);
            if (live is not null)
                await SweepAsync(feed.Origin, live, cancel);
        }

        await writer.RunAsync(() => positions.Set(feed.Origin, new(feed.Epoch, last)));
    }

    private async Task EnterAsync(
        string origin, IReadOnlyList<RunReader> runs, bool dropTombstones, long after, LiveSet? live, bool isFirst, CancellationToken cancel)
    {
        var batch = new RecordBatch(origin);
        using var cursor = new MergeCursor(runs, dropTombstones);
        while (cursor.MoveNext())
        {
            if (cursor.Current.Seq <= after && !dropTombstones)
                continue;
            // Of later shares only the keys count.
            if (!isFirst && !live!.IsMine(ContentKey.Of(System.Text.Encoding.ASCII.GetString(cursor.Current.ContentId))))
                continue;
            batch.Add(cursor.Current);
            if (!batch.IsFull)
                continue;
            await WriteAsync(batch, live, cancel);
            batch.Clear();
        }

        if (cursor.Fault != RunFault.None)
            throw new CatalogDamagedException($"A run of {origin} is damaged: {cursor.Fault}.");
        if (batch.Count > 0)
            await WriteAsync(batch, live, cancel);
    }

    private Task WriteAsync(RecordBatch batch, LiveSet? live, CancellationToken cancel) => WriteAsync(batch.Count, () => batch.Apply(table, live), cancel);

    /// <summary>Changes the table between two groups of the writer, as soon as whoever reads the changes is near enough.</summary>
    private async Task WriteAsync(int most, Change change, CancellationToken cancel)
    {
        await relieved(cancel);
        await changes.ReserveAsync(most, cancel);
        try
        {
            await writer.ChangeAsync(() =>
            {
                cancel.ThrowIfCancellationRequested();
                lock (table.WriteGate)
                    changes.Publish(change());
                positions.Entered(most);
            });
        }
        finally
        {
            changes.Release(most);
        }
    }

    /// <summary>Withdraws what the table has of an origin and the feed has not; everything where <paramref name="live"/> is null.</summary>
    private async Task SweepAsync(string origin, LiveSet? live, CancellationToken cancel)
    {
        var gone = new List<(ContentKey Key, int Node)>();
        var holders = new (int Node, long AnnouncedAt, long Location)[CatalogEntry.MaxHolders];
        for (var place = 0; place < table.Places; place++)
        {
            if (!table.TryGetKey(place, out var key) || (live is not null && !live.IsMine(key)) || !table.TryRead(key, holders, out var view))
                continue;
            if (view.Copied < view.HolderCount)
            {
                if (view.HolderCount > holders.Length)
                    holders = new (int, long, long)[view.HolderCount + 64];
                lock (table.WriteGate)
                    table.TryRead(key, holders, out view);
            }

            for (var i = 0; i < view.Copied; i++)
            {
                if (table.Nodes[holders[i].Node].Origin == origin && live?.Contains(key, holders[i].Node) != true)
                    gone.Add((key, holders[i].Node));
            }

            if (gone.Count >= RecordBatch.Size)
                await WithdrawAsync(gone, cancel);
        }

        if (gone.Count > 0)
            await WithdrawAsync(gone, cancel);
    }

    private async Task WithdrawAsync(List<(ContentKey Key, int Node)> gone, CancellationToken cancel)
    {
        await WriteAsync(gone.Count, () =>
        {
            foreach (var (key, node) in gone)
                table.Withdraw(key, node);
            return gone.Select(g => g.Key).ToArray();
        }, cancel);
        gone.Clear();
    }

    private delegate ReadOnlySpan<ContentKey> Change();
}
