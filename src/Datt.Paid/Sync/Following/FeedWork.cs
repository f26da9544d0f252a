using Datt.Paid.Catalog;
using Datt.Paid.Catalog.Feed;
using Datt.Paid.Catalog.Following;
using Datt.Paid.Federation;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Sync.Download;
using Datt.Paid.Sync.Store;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Sync.Following;

/// <summary>Which origins are not followed here, by the operator's choice: of them only the head is kept.</summary>
/// <param name="IsDropped">By origin.</param>
/// <param name="Mark">Another one after each change; null where there never is one.</param>
public sealed record OriginRules(Func<string, bool> IsDropped, Func<string>? Mark = null);

/// <summary>One round of work on an origin: from what was heard to records that can be searched.</summary>
public sealed class FeedWork(
    ContentCatalog catalog, FeedStore store, ServerDirectory servers, OriginKeys keys, ManifestFetcher manifests, RunFetcher runs, RunTidying tidying, HeadVector heads,
    OriginRules rules, SyncFigures figures, SyncSettings settings, TimeProvider time, ILogger<FeedWork> log)
{
    private const int ParallelRuns = 4;
    private const int MostCandidates = 24;

    /// <summary>A head is passed on when its records are here; where that takes longer than this, at once, so that others take part.</summary>
    private static readonly TimeSpan ShowAfter = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan WorthTelling = TimeSpan.FromSeconds(2);

    private int _turn = Environment.TickCount;

    /// <summary>Changes with the operator's choice of origins.</summary>
    public string? RulesMark => rules.Mark?.Invoke();

    /// <summary>Raised with an origin on which there is more to do.</summary>
    public event Action<string>? Wanted;

    internal async Task RunAsync(OriginWork work, CancellationToken ct)
    {
        if (store.GetOrBegin(work.Origin) is not { } feed)
            return;
        try
        {
            await LearnAsync(work, feed, ct);
            if (feed.Target is { } target && feed.Conflict is null && work.Poisoned != target.Head)
            {
                await (rules.IsDropped(feed.Origin) ? DropAsync(feed, target, ct) : AdvanceAsync(work, feed, target, ct));
            }
            else if (feed.Conflict is not null)
            {
                // Whatever a crash left of it in the table, or a table saved before brought back.
                await catalog.FollowAsync(FollowedRuns.Nothing(feed.Origin), ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception error)
        {
            // A full disk, a run spoilt on the disk: what can be mended is mended by the next round.
            if (FeedFiles.IsDiskFull(error))
                log.LogError("The disk is full: the feed of {Origin} is brought no further until there is room. What is here stays searchable. ({Reason})", feed.Origin, error.Message);
            else
                log.LogWarning(error, "The feed of {Origin} could not be brought further; it is tried again.", feed.Origin);
            figures.Note(feed.Origin, p => p with { Problem = FeedFiles.IsDiskFull(error) ? FeedFiles.Describe(error) : error.Message });
            work.Failed(time.GetUtcNow());
        }
    }

    /// <summary>A server is heard from again after a silence.</summary>
    internal void Back(string server) => runs.Back(server);

    /// <summary>Deletes what is here of a feed, records too.</summary>
    public async Task ForgetAsync(FollowedFeed feed, CancellationToken ct)
    {
        await catalog.FollowAsync(FollowedRuns.Nothing(feed.Origin), ct);
        heads.Remove(feed.Origin);
        figures.Forget(feed.Origin);
        feed.Delete();
    }

    /// <summary>The newest manifest of this server's own feed that another one has; null where that is not really ours.</summary>
    internal Task<SignedManifest?> OwnManifestAsync(string server, CancellationToken ct) => manifests.FetchOwnAsync(server, ct);

    /// <summary>Fetches the newest manifest that was told of, and every proof of cheating.</summary>
    private async Task LearnAsync(OriginWork work, FollowedFeed feed, CancellationToken ct)
    {
        var isMissed = false;
        foreach (var (teller, news) in work.Tellers)
        {
            if (news.IsConflicted)
            {
                if (feed.Conflict is not null && feed.Conflict.First.Manifest.Epoch >= news.Head.Epoch)
                    continue;
                if (await manifests.FetchProofAsync(teller, feed.Origin, ct) is { } proof)
                    await AccuseAsync(feed, proof, ct);
                else
                    Miss(teller);
                continue;
            }
            var isContradiction = feed.Conflict is null && feed.Recent(news.Head.Epoch, news.Head.Version) is { } held && held.Hash != news.Head.Manifest;
            if (!isContradiction && feed.Target is { } known && !news.Head.IsNewerThan(known.Head))
                continue;
            if (feed.Conflict is { } standing && news.Head.Epoch <= standing.First.Manifest.Epoch)
                continue;
            var manifest = await manifests.FetchAsync(teller, feed, ct);
            if (manifest is not null)
                await TakeAsync(work, feed, manifest, ct);
            if (manifest is null || news.Head.IsNewerThan(manifest.Head))
                Miss(teller);
        }
        if (isMissed)
            work.Failed(time.GetUtcNow());

        void Miss(string teller)
        {
            work.Missed(teller);
            isMissed = true;
        }
    }

    private async Task TakeAsync(OriginWork work, FollowedFeed feed, SignedManifest manifest, CancellationToken ct)
    {
        if (feed.Conflict is { } standing && manifest.Manifest.Epoch <= standing.First.Manifest.Epoch)
            return;
        foreach (var other in feed.RecentManifests)
        {
            if (EquivocationProof.Between(other, manifest) is { } proof && keys.Holds(proof))
            {
                await AccuseAsync(feed, proof, ct);
                return;
            }
        }
        if (feed.Target is { } target && !manifest.Head.IsNewerThan(target.Head))
            return;
        var bytes = manifest.Manifest.Runs.Sum(r => r.Bytes);
        if ((settings.MaximumFeedBytes > 0 && bytes > settings.MaximumFeedBytes)
            || (settings.MaximumBytes > 0 && store.Bytes - feed.Bytes + bytes > settings.MaximumBytes))
        {
            feed.List(manifest);
            figures.Note(feed.Origin, p => p with { Problem = $"It has {bytes} bytes, more than {SyncSettings.Section} allows." });
            return;
        }
        if (feed.Target is { } before && before.Manifest.Epoch != manifest.Manifest.Epoch)
        {
            var now = time.GetUtcNow();
            if (now - work.EpochAt < settings.EpochsApart)
            {
                figures.Note(feed.Origin, p => p with { Problem = "It began new epochs too fast; the newest is taken later." });
                work.Failed(now);
                return;
            }
            work.EpochAt = now;
            // Sequence numbers mean something else from here on, so runs of the epoch before count only where they are listed again.
            feed.Keep(manifest.Manifest.Runs.Select(r => r.Id).ToHashSet());
        }
        if (feed.Conflict is not null)
            feed.Acquit();
        feed.Aim(manifest);
    }

    private async Task AccuseAsync(FollowedFeed feed, EquivocationProof proof, CancellationToken ct)
    {
        feed.Accuse(proof);
        heads.Accuse(feed.Origin, proof.First.Manifest.Epoch);
        log.LogError(
            "The server {Origin} signed two states of its feed that cannot both be true (epoch {Epoch}, version {Version}). Its records are hidden until it begins a new epoch.",
            feed.Origin, proof.First.Manifest.Epoch, proof.Second.Manifest.Version);
        figures.Note(feed.Origin, p => p with { Problem = "It signed two states that cannot both be true; its records are hidden until it begins a new epoch." });
        await catalog.FollowAsync(FollowedRuns.Nothing(feed.Origin), ct);
    }

    private async Task DropAsync(FollowedFeed feed, SignedManifest target, CancellationToken ct)
    {
        await catalog.FollowAsync(FollowedRuns.Nothing(feed.Origin), ct);
        feed.Keep(new HashSet<RunId>());
        Show(feed, target);
    }

    private async Task AdvanceAsync(OriginWork work, FollowedFeed feed, SignedManifest target, CancellationToken ct)
    {
        var position = catalog.Followed.GetValueOrDefault(feed.Origin);
        var held = feed.Held.Select(r => r.Info).ToList();
        if (feed.Retired is null && FeedPlan.WantsRetired(target.Manifest, held, position)
            && await manifests.FetchRetiredAsync(Candidates(work, feed).Take(3), feed, ct) is { } retired)
            feed.TakeRetired(retired);
        var plan = FeedPlan.For(target.Manifest, held, feed.Retired, position);
        var began = time.GetTimestamp();
        if (!await FetchAsync(work, feed, target, plan.Fetch, ct))
            return;
        var fetched = time.GetElapsedTime(began);
        if (plan.Apply.Count > 0)
            await ApplyAsync(feed, target, plan.Apply, ct);
        else if (target.Manifest.Runs.Count == 0)
            await catalog.FollowAsync(FollowedRuns.Nothing(feed.Origin), ct);
        Show(feed, target);
        if (plan.Apply.Count > 0)
        {
            var now = time.GetUtcNow();
            figures.Searchable(feed.Origin, now - DateTimeOffset.FromUnixTimeMilliseconds(target.Manifest.CreatedAt), now);
        }
        if (time.GetElapsedTime(began) > WorthTelling)
        {
            log.LogInformation(
                "The feed of {Origin} is here up to version {Version}: {Bytes} bytes fetched in {Fetched:0.0} s, {Records} records entered in {Entered:0.0} s",
                feed.Origin, target.Manifest.Version, plan.Fetch.Sum(r => r.Bytes), fetched.TotalSeconds, plan.Apply.Sum(r => r.Count),
                (time.GetElapsedTime(began) - fetched).TotalSeconds);
        }
        work.Succeeded();
        if (plan.Later.Count > 0)
            Tidy(work, feed, plan.Later, ct);
        else
            feed.Keep(Needed(target.Manifest, feed.Held));
    }

    /// <summary>Runs of the manifest, and those whose records are in no held one of it yet.</summary>
    private static HashSet<RunId> Needed(Manifest manifest, IReadOnlyList<HeldRun> held)
    {
        var have = held.Select(r => r.Info.Id).ToHashSet();
        var missing = manifest.Runs.Where(r => !have.Contains(r.Id)).ToList();
        return [.. manifest.Runs.Select(r => r.Id), .. held.Where(h => missing.Any(m => h.Info.MinSeq <= m.MaxSeq && h.Info.MaxSeq >= m.MinSeq)).Select(h => h.Info.Id)];
    }

    private async Task<bool> FetchAsync(OriginWork work, FollowedFeed feed, SignedManifest target, IReadOnlyList<RunInfo> wanted, CancellationToken ct)
    {
        if (wanted.Count == 0)
            return true;
        using var early = time.CreateTimer(_ => Show(feed, target), null, ShowAfter, Timeout.InfiniteTimeSpan);
        var outcome = FetchOutcome.Whole;
        await Parallel.ForEachAsync(wanted, new ParallelOptions { MaxDegreeOfParallelism = ParallelRuns, CancellationToken = ct }, async (run, token) =>
        {
            var came = await runs.FetchAsync(feed, run, [.. Candidates(work, feed)], token);
            if (came == FetchOutcome.Whole)
                figures.Fetched(run.Bytes);
            else if (outcome != FetchOutcome.Poisoned)
                outcome = came;
        });
        if (outcome == FetchOutcome.Poisoned)
        {
            work.Poisoned = target.Head;
            figures.Note(feed.Origin, p => p with { Problem = "It lists a run that is none; nothing new is taken until it shows another state." });
            log.LogWarning("The feed of {Origin} lists a run that is none (version {Version}); it waits for another state.", feed.Origin, target.Manifest.Version);
        }
        else if (outcome == FetchOutcome.NoSource)
        {
            figures.Note(feed.Origin, p => p with { Problem = "Nobody who can be asked has all of its newest runs." });
            work.Failed(time.GetUtcNow());
        }
        return outcome == FetchOutcome.Whole;
    }

    private async Task ApplyAsync(FollowedFeed feed, SignedManifest target, IReadOnlyList<RunInfo> wanted, CancellationToken ct)
    {
        var opened = new List<OpenRun>();
        try
        {
            var readers = new List<RunReader>();
            foreach (var info in wanted)
            {
                var bytes = feed.TryFind(info.Id, out var run) ? run.OpenWhole() : null;
                if (bytes is not null)
                    opened.Add(bytes);
                if (bytes is null || !RunReader.TryOpen(bytes, out var reader, out _))
                {
                    feed.Drop(info.Id);
                    Wanted?.Invoke(feed.Origin);
                    throw new IOException($"Run {info.Id} of {feed.Origin} was damaged on the disk; it is fetched again.");
                }
                readers.Add(reader);
            }
            await catalog.FollowAsync(new FollowedRuns(feed.Origin, target.Manifest.Epoch, target.Manifest.FirstSeq ?? 1, readers), ct);
        }
        catch (CatalogDamagedException)
        {
            // It was right when it came: each is hashed anew, and what is not any more is fetched again.
            foreach (var info in wanted)
            {
                if (feed.TryFind(info.Id, out var run) && !run.TryRead(0, new byte[run.Info.Bytes > int.MaxValue ? MerkleTree.LeafSize : (int)run.Info.Bytes]))
                    feed.Drop(info.Id);
            }
            throw;
        }
        finally
        {
            opened.ForEach(o => o.Dispose());
        }
    }

    private void Tidy(OriginWork work, FollowedFeed feed, IReadOnlyList<RunInfo> later, CancellationToken ct)
    {
        if (Interlocked.Exchange(ref work.Tidying, 1) == 1)
            return;
        _ = Task.Run(async () =>
        {
            var isDone = false;
            try
            {
                isDone = await tidying.RunAsync(feed, later, () => [.. Candidates(work, feed)], ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
            }
            catch (Exception error)
            {
                log.LogWarning(error, "Runs of {Origin} could not be merged; that is tried again.", feed.Origin);
            }
            finally
            {
                Volatile.Write(ref work.Tidying, 0);
                if (isDone)
                    Wanted?.Invoke(feed.Origin);
                else
                    work.Failed(time.GetUtcNow());
            }
        }, CancellationToken.None);
    }

    /// <summary>Who may have a feed's runs: who told of its newest head, the origin itself, then the others, in an order that differs from server to server.</summary>
    private IEnumerable<string> Candidates(OriginWork work, FollowedFeed feed)
    {
        var tellers = work.Tellers.Select(t => t.Teller).ToList();
        var others = servers.All.Where(s => s.State == ServerState.Alive).Select(s => s.Id).Where(id => id != feed.Origin).ToArray();
        // Another one first each time, so that the load spreads.
        var turn = others.Length == 0 ? 0 : (int)((uint)Interlocked.Increment(ref _turn) % (uint)others.Length);
        others = [.. others[turn..], .. others[..turn]];
        return tellers.Append(feed.Origin).Concat(others).Distinct(StringComparer.Ordinal).Where(id => servers.TryGet(id, out _)).Take(MostCandidates);
    }

    private void Show(FollowedFeed feed, SignedManifest target)
    {
        if (feed.Conflict is not null || (feed.Shown is { } shown && !target.Head.IsNewerThan(shown.Head)))
            return;
        feed.Show(target);
        heads.TryAdvance(target.Head);
    }
}
