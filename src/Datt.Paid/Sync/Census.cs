using System.Collections.Concurrent;
using Datt.Paid.Catalog;
using Datt.Paid.Federation;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Sync.Store;

namespace Datt.Paid.Sync;

/// <summary>Asks servers for single leaves of runs.</summary>
public interface ILeafSource
{
    /// <summary>A leaf with its path to the root; null where there is no answer. The caller checks it.</summary>
    Task<(byte[] Leaf, Hash256[] Path)?> LeafAsync(string server, RunInfo run, long leaf, CancellationToken ct);
}

/// <summary>
/// How many live records the whole network has, as far as that can be known: of feeds that are here in full, what they hold; of others what their newest manifest
/// credits (<see cref="Manifest.CreditedLive"/>), times the share that was found of leaves sampled from whoever has them. An origin whose card did not answer for a week, or that is proved
/// to have cheated, counts for nothing; one that is not followed here counts too.
/// </summary>
public sealed class Census(ContentCatalog catalog, FeedStore store, ServerDirectory servers, ILeafSource leaves)
{
    /// <summary>Leaves that are sampled of each feed that is not here in full.</summary>
    public const int Sample = 16;

    private const int MostAsked = 3;
    private static readonly TimeSpan CountsFor = TimeSpan.FromDays(7);

    private readonly ConcurrentDictionary<string, double> _shares = new(StringComparer.Ordinal);

    /// <summary>Live records of the network; at least those that this server has.</summary>
    public long Records(DateTimeOffset now)
    {
        var figures = catalog.Figures;
        var total = figures.OwnRecords;
        foreach (var feed in store.All)
        {
            if (feed.Conflict is null && feed.Known is { } known && servers.TryGet(feed.Origin, out var server) && now - server.LastSeen <= CountsFor)
                total += IsHere(feed, known) ? catalog.RecordsOfOrigin(feed.Origin) : (long)(known.Manifest.CreditedLive * _shares.GetValueOrDefault(feed.Origin));
        }
        return total;
    }

    /// <summary>Samples the feeds that are not here in full. To be run once a day, and when the server has met the others.</summary>
    /// <param name="random">Chooses leaves.</param>
    /// <param name="ct">Gives up.</param>
    public async Task SampleAsync(Random random, CancellationToken ct)
    {
        foreach (var feed in store.All)
        {
            if (feed.Known is not { } known || IsHere(feed, known) || feed.Conflict is not null || known.Manifest.Runs.Count == 0)
                _shares.TryRemove(feed.Origin, out _);
            else
                _shares[feed.Origin] = await SampleAsync(known.Manifest, random, ct);
        }
    }

    private async Task<double> SampleAsync(Manifest manifest, Random random, CancellationToken ct)
    {
        var bytes = manifest.Runs.Sum(r => r.Bytes);
        var others = servers.All.Where(s => s.State == ServerState.Alive && s.Id != manifest.Origin).Select(s => s.Id).ToArray();
        random.Shuffle(others);
        string[] asked = [manifest.Origin, .. others.Take(MostAsked - 1)];
        var found = 0;
        for (var i = 0; i < Sample; i++)
        {
            var at = (long)(random.NextDouble() * bytes);
            var run = manifest.Runs[0];
            foreach (var candidate in manifest.Runs)
            {
                run = candidate;
                if (at < candidate.Bytes)
                    break;
                at -= candidate.Bytes;
            }
            var leaf = Math.Min(at, run.Bytes - 1) / MerkleTree.LeafSize;
            found += await IsThereAsync(asked, run, leaf, ct) ? 1 : 0;
        }
        return (double)found / Sample;
    }

    private async Task<bool> IsThereAsync(string[] asked, RunInfo run, long leaf, CancellationToken ct)
    {
        foreach (var server in asked)
        {
            if (await leaves.LeafAsync(server, run, leaf, ct) is var (bytes, path) && MerkleTree.IsLeaf(run.Id.Root, run.Bytes, leaf, bytes, path))
                return true;
        }
        return false;
    }

    private bool IsHere(FollowedFeed feed, SignedManifest known) => catalog.Followed.TryGetValue(feed.Origin, out var position)
        && position.Epoch == known.Manifest.Epoch && (known.Manifest.Runs.Count == 0 || position.Seq >= known.Manifest.Runs[^1].MaxSeq);
}
