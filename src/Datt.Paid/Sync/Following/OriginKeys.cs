using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Federation;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;

namespace Datt.Paid.Sync.Following;

/// <summary>
/// The keys that an origin may have signed with: that of its newest accepted card, and those before it for what they signed before they handed over.
/// </summary>
public sealed class OriginKeys(ServerDirectory servers)
{
    /// <summary>An origin's clock may step back a little between a manifest and a hand-over.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    private const int MostKept = 100_000;

    private readonly ConcurrentDictionary<string, ServerPublicKey> _keys = new(StringComparer.Ordinal);

    /// <summary>Whether the origin is known, so that its manifests can be checked.</summary>
    public bool IsKnown(string origin) => servers.TryGet(origin, out _);

    /// <summary>Whether the origin signed it.</summary>
    public bool HasSigned(SignedManifest manifest)
    {
        if (!servers.TryGet(manifest.Manifest.Origin, out var server))
            return false;
        if (TryKey(server.Card.Card.PublicKey, out var key) && manifest.IsSignedBy(key))
            return true;
        var madeAt = DateTimeOffset.FromUnixTimeMilliseconds(manifest.Manifest.CreatedAt);
        return server.Card.HandOvers.Any(link => madeAt <= link.Time + Skew && TryKey(link.From, out var former) && manifest.IsSignedBy(former));
    }

    /// <summary>Whether a proof holds against its origin.</summary>
    public bool Holds(EquivocationProof proof) => HasSigned(proof.First) && HasSigned(proof.Second);

    /// <summary>The key that rebuilt manifests are checked with first.</summary>
    public bool TryGet(string origin, [NotNullWhen(true)] out ServerPublicKey? key)
    {
        key = null;
        return servers.TryGet(origin, out var server) && TryKey(server.Card.Card.PublicKey, out key);
    }

    private bool TryKey(string text, [NotNullWhen(true)] out ServerPublicKey? key)
    {
        if (_keys.TryGetValue(text, out key))
            return true;
        Span<byte> spki = stackalloc byte[256];
        if (!Convert.TryFromBase64String(text, spki, out var length) || !ServerPublicKey.TryImport(spki[..length], out key))
            return false;
        if (_keys.Count >= MostKept)
            _keys.Clear();
        key = _keys.GetOrAdd(text, key);
        return true;
    }
}
