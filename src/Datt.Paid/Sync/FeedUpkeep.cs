using Datt.Paid.Federation;
using Datt.Paid.Sync.Store;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Sync;

/// <summary>
/// Keeps the followed feeds in order: deletes those of servers that are gone for long, and hashes some runs on the disk each time, so that damage is found, and mended by
/// fetching, before somebody asks. May run twice at once and die anywhere.
/// </summary>
public sealed class FeedUpkeep(FeedStore store, Swarm swarm, ServerDirectory servers, SyncSettings settings, TimeProvider time, ILogger<FeedUpkeep> log)
{
    /// <summary>Bytes that are hashed in one run of it: an index of 100 GB is gone through in about two weeks.</summary>
    private const long HashedAtOnce = 256L << 20;

    private long _turn;

    public async Task RunAsync(CancellationToken ct)
    {
        foreach (var feed in store.All.Where(f => IsGone(f.Origin)))
        {
            log.LogInformation("The server {Origin} was not heard of since {Since}: its feed is deleted here", feed.Origin, feed.HeardAt);
            await swarm.ForgetAsync(feed.Origin, fetchAgain: false, ct);
        }
        Inspect(ct);
    }

    private bool IsGone(string origin) => !servers.TryGet(origin, out _) && store.TryGet(origin, out var feed) && time.GetUtcNow() - feed.HeardAt > settings.ForgetAfter;

    private void Inspect(CancellationToken ct)
    {
        var runs = store.All.OrderBy(f => f.Origin, StringComparer.Ordinal).SelectMany(f => f.Held.Select(r => (Feed: f, Run: r))).ToList();
        long hashed = 0;
        for (var i = 0; i < runs.Count && hashed < HashedAtOnce; i++)
        {
            ct.ThrowIfCancellationRequested();
            var (feed, run) = runs[(int)(_turn++ % runs.Count)];
            hashed += run.Info.Bytes;
            if (run.IsIntact())
                continue;
            log.LogError("Run {Run} of {Origin} is damaged on the disk and is fetched again", run.Info.Id, feed.Origin);
            swarm.Repair(feed.Origin, run);
        }
    }
}
