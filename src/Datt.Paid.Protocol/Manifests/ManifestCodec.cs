using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Protocol.Manifests;

/// <summary>
/// The canonical bytes of a manifest: deterministic CBOR, an array of the manifest and its signature (64 bytes, r and s). The manifest is
/// itself an array that begins with <c>"datt manifest 1"</c>; its bytes are what is hashed and signed.
/// </summary>
public static class ManifestCodec
{
    /// <summary>Longest encoded manifest, in bytes.</summary>
    public const int MaxBytes = 262_144;

    /// <summary>Signs a manifest; it throws when the manifest breaks its own rules or is of another origin than the key.</summary>
    public static SignedManifest Sign(Manifest manifest, ServerKey key) => throw new NotImplementedException();

    public static byte[] Encode(SignedManifest manifest) => throw new NotImplementedException();

    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SignedManifest? manifest, out DecodeFault fault) =>
        throw new NotImplementedException();
}
