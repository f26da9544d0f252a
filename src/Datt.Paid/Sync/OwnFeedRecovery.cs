using Datt.Paid.Catalog;
using Datt.Paid.Federation;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Sync.Download;
using Datt.Paid.Sync.Following;
using Datt.Paid.Sync.Store;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Sync;

/// <summary>
/// Before the own feed is opened: asks servers known from before whether they have a newer state of it, as after a backup was restored or a disk was lost. If so, it is fetched
/// back, and the feed goes on in a new epoch, so that no version is ever signed twice.
/// </summary>
public sealed class OwnFeedRecovery(
    ServerDirectory servers, ManifestFetcher manifests, RunFetcher runs, ServerKey self, CatalogSettings catalog, SyncSettings settings, TimeProvider time,
    ILogger<OwnFeedRecovery> log, ILogger<ContentCatalog> catalogLog)
{
    private const int MostAsked = 8;

    /// <summary>A start waits this long for answers, and no longer when nobody has one.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Returns once the own feed may be opened.</summary>
    /// <exception cref="IOException">A newer state exists and cannot be fetched whole: publishing the old one would contradict it.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        if (!settings.Follow)
            return;
        var own = CatalogMaintenance.OwnManifest(catalog);
        var asked = servers.All.Where(s => s.State != ServerState.Refused).OrderByDescending(s => s.LastSeen).Take(MostAsked).Select(s => s.Id).ToList();
        if (asked.Count == 0 || await NewestAsync(asked, ct) is not { } newest || (own is not null && !newest.Head.IsNewerThan(own.Head)))
            return;
        log.LogWarning(
            "Other servers have a newer state of this server's feed (epoch {Epoch}, version {Version}) than the one on this disk. It is fetched back and goes on in a new epoch.",
            newest.Manifest.Epoch, newest.Manifest.Version);
        var directory = Path.Combine(settings.Directory, "..", "feed.recovery");
        var fetched = FollowedFeed.Open(directory, self.Id);
        fetched.Aim(newest);
        foreach (var run in newest.Manifest.Runs)
        {
            if (!fetched.Held.Any(h => h.Info.Id == run.Id) && await runs.FetchAsync(fetched, run, asked, ct) != FetchOutcome.Whole)
            {
                throw new IOException(
                    $"Run {run.Id} of this server's own feed could not be fetched back from any of {asked.Count} servers. Start again when they can be reached, or with {SyncSettings.Section}:Follow=false to go on without it.");
            }
        }
        var paths = fetched.Held.ToDictionary(h => h.Info.Id, h => h.Path);
        var signed = await CatalogMaintenance.AdoptOwnFeedAsync(catalog, self, newest, run => paths[run.Id], time, catalogLog, ct);
        Directory.Delete(directory, recursive: true);
        log.LogInformation("The own feed is back: {Records} records in {Runs} runs, epoch {Epoch}", signed.Manifest.Live, signed.Manifest.Runs.Count, signed.Manifest.Epoch);
    }

    private async Task<SignedManifest?> NewestAsync(IReadOnlyList<string> asked, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        var answers = await Task.WhenAll(asked.Select(async server =>
        {
            try
            {
                return await manifests.FetchOwnAsync(server, patience.Token);
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                return null;
            }
        }));
        return answers.OfType<SignedManifest>().MaxBy(m => (m.Manifest.Epoch, m.Manifest.Version));
    }
}
