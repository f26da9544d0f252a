using Datt.Paid.Catalog;
using Datt.Paid.Search;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Policy;

/// <summary>What the rules hide, as it was counted last.</summary>
/// <param name="Contents">Contents that no search finds.</param>
/// <param name="Records">Records that no search shows: those of hidden contents and those of hidden holders.</param>
/// <param name="CountedAt">When; null before the first count of this run, or while there is nothing to hide.</param>
public readonly record struct HiddenFigures(long Contents, long Records, DateTimeOffset? CountedAt);

/// <summary>
/// Brings the index into agreement with changed rules: goes through all contents and has those indexed again that a rule touches which was made or undone
/// since the index last agreed. What arrives meanwhile is indexed under the new rules already. Restarts from the mark in the index.
/// </summary>
public sealed class PolicyPass(
    ContentCatalog catalog, PolicyBook book, SearchEngine engine, PolicySettings settings, TimeProvider time, ILogger<PolicyPass> log)
{
    private const int MaxBatch = 512;

    private readonly Lock _counting = new();
    private HiddenFigures _hidden;

    /// <summary>What is hidden.</summary>
    public HiddenFigures Hidden
    {
        get
        {
            lock (_counting)
                return _hidden;
        }
    }

    /// <summary>Whether the index agrees with the rules that stand.</summary>
    public bool IsSettled => engine.AgreedMark == book.Current.Mark;

    /// <summary>Applies what is due, then each change as it comes; until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            var policy = book.Current;
            await ApplyAsync(policy, ct);
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var changed = book.WaitAsync(policy.Version, waiting.Token);
            await Task.WhenAny(changed, Task.Delay(settings.CountInterval, time, waiting.Token));
            await waiting.CancelAsync();
            ct.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Applies the rules to what is indexed, and counts what they hide.</summary>
    private async Task ApplyAsync(ContentPolicy policy, CancellationToken ct)
    {
        var changed = await book.ChangedSinceAsync(engine.AgreedMark, ct);
        if (changed is { Count: 0 } && policy.IsEmpty)
        {
            Count(default);
            return;
        }

        if (changed is null)
            log.LogWarning("The index agrees with no known state of the rules, so all contents are indexed again");
        var touched = changed is null ? null : ContentPolicy.Of(changed);
        var started = time.GetTimestamp();
        var (contents, records, reindexed) = (0L, 0L, 0L);
        foreach (var keys in catalog.Keys().Chunk(Math.Clamp(settings.ContentsPerSecond / 20, 1, MaxBatch)))
        {
            var batchStarted = time.GetTimestamp();
            var again = new List<ContentKey>();
            foreach (var key in keys)
            {
                if (!catalog.TryGet(key, out var entry))
                    continue;
                var described = !policy.HasHolderRules ? entry : catalog.TryGet(key, policy.Shows, out var seen) ? seen : null;
                if (touched is null || IsTouched(entry, described, touched))
                    again.Add(key);
                var shown = described is null || policy.Hides(described.ContentId, described.Description) ? 0 : described.HolderCount;
                contents += shown == 0 ? 1 : 0;
                records += Math.Max(0, entry.HolderCount - shown);
            }

            if (again.Count > 0)
                await engine.ReindexAsync(again);
            reindexed += again.Count;
            await PaceAsync(keys.Length, batchStarted, ct);
        }

        engine.Agree(policy.Mark);
        Count(policy.IsEmpty ? default : new HiddenFigures(contents, records, time.GetUtcNow()));
        if (changed is not { Count: 0 })
        {
            log.LogInformation(
                "Applied {Rules} rules to the index in {Elapsed}: {Reindexed} contents indexed again, {Contents} hidden", policy.Count,
                time.GetElapsedTime(started), reindexed, contents);
        }
    }

    /// <summary>
    /// Whether a content may be shown otherwise with than without these rules. Where they touch none of its holders, it is described the same with and
    /// without them, so that one description decides.
    /// </summary>
    private static bool IsTouched(CatalogEntry entry, CatalogEntry? described, ContentPolicy rules)
    {
        if (rules.HasHolderRules && (entry.HolderCount > entry.Holders.Count || entry.Holders.Any(holder => rules.Hides(holder.Node))))
            return true;
        return described is not null && rules.Hides(described.ContentId, described.Description);
    }

    private async Task PaceAsync(int contents, long since, CancellationToken ct)
    {
        var rest = TimeSpan.FromSeconds((double)contents / settings.ContentsPerSecond) - time.GetElapsedTime(since);
        if (rest > TimeSpan.FromMilliseconds(1))
            await Task.Delay(rest, time, ct);
        ct.ThrowIfCancellationRequested();
    }

    private void Count(HiddenFigures figures)
    {
        lock (_counting)
            _hidden = figures;
    }
}
