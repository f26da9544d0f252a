using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Sync.Store;

namespace Datt.Paid.Sync.Following;

/// <summary>Fetches manifests, retired lists and proofs, and lets through only what the origin signed.</summary>
public sealed class ManifestFetcher(IFeedSource source, OriginKeys keys, ServerKey self)
{
    /// <summary>The manifest that a server shows of a feed, checked; null where there is none, or it is not the origin's.</summary>
    public async Task<SignedManifest?> FetchAsync(string server, FollowedFeed feed, CancellationToken ct)
    {
        var held = feed.Target;
        if (await source.ManifestAsync(server, feed.Origin, held?.Head, ct) is not { } bytes)
            return null;
        if (held is not null && ManifestDifference.TryDecode(bytes, out var difference, out _))
        {
            if (keys.TryGet(feed.Origin, out var key) && difference.TryApply(held, key, out var rebuilt))
                return rebuilt;
            // A difference to something else, or signed by a former key: the whole says more.
            if (await source.ManifestAsync(server, feed.Origin, null, ct) is not { } whole)
                return null;
            bytes = whole;
        }
        return ManifestCodec.TryDecode(bytes, out var manifest, out _) && manifest.Manifest.Origin == feed.Origin && keys.HasSigned(manifest) ? manifest : null;
    }

    /// <summary>What a server has of this server's own feed; null where that is nothing that this key, or one before it, signed.</summary>
    public async Task<SignedManifest?> FetchOwnAsync(string server, CancellationToken ct) =>
        await source.ManifestAsync(server, self.Id, null, ct) is { } bytes && ManifestCodec.TryDecode(bytes, out var manifest, out _) && manifest.IsOwnOf(self) ? manifest : null;

    /// <summary>The retired list that the feed's target names; null where nobody of these has it.</summary>
    public async Task<Retired?> FetchRetiredAsync(IEnumerable<string> servers, FollowedFeed feed, CancellationToken ct)
    {
        foreach (var server in servers)
        {
            if (await source.RetiredAsync(server, feed.Origin, ct) is { } bytes && Retired.TryDecode(bytes, out var retired, out _)
                && retired.Hash == feed.Target?.Manifest.Retired)
                return retired;
        }
        return null;
    }

    /// <summary>A proof that holds against the origin; null where the server has none.</summary>
    public async Task<EquivocationProof?> FetchProofAsync(string server, string origin, CancellationToken ct) =>
        await source.ConflictAsync(server, origin, ct) is { } bytes && EquivocationProof.TryDecode(bytes, out var proof, out _)
            && proof.First.Manifest.Origin == origin && keys.Holds(proof) ? proof : null;
}
