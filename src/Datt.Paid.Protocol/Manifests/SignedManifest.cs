using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Protocol.Manifests;

/// <summary>A manifest with its signature, which is not checked yet unless <see cref="IsSignedBy"/> said so.</summary>
public sealed class SignedManifest
{
    internal SignedManifest(Manifest manifest, Hash256 hash, byte[] signature)
    {
        Manifest = manifest;
        Hash = hash;
        Signature = signature;
    }

    public Manifest Manifest { get; }

    /// <summary>SHA-256 of the canonical bytes without the signature.</summary>
    public Hash256 Hash { get; }

    public ReadOnlyMemory<byte> Signature { get; }

    public Head Head => new(Manifest.Origin, Manifest.Epoch, Manifest.Version, Hash);

    /// <summary>Whether the server of this key signed it, with this key or one before it.</summary>
    public bool IsOwnOf(ServerKey key) => Manifest.Origin == key.Id && key.HasSigned(Hash.ToArray(), Signature.Span);

    public bool IsSignedBy(ServerPublicKey key) => key.VerifyHash(Hash.ToArray(), Signature.Span);
}
