using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Protocol.Manifests;

/// <summary>What a follower that holds one version of a manifest needs to know the other.</summary>
public sealed class ManifestDifference
{
    /// <summary>Both must be of one origin.</summary>
    public static ManifestDifference Between(SignedManifest held, SignedManifest wanted) => throw new NotImplementedException();

    /// <summary>Hash of the manifest that it starts from.</summary>
    public Hash256 From => throw new NotImplementedException();

    /// <summary>Rebuilds the whole and checks the signature over that. False: not from this manifest, or not what the key signed.</summary>
    public bool TryApply(SignedManifest held, ServerPublicKey key, [NotNullWhen(true)] out SignedManifest? manifest) =>
        throw new NotImplementedException();

    public byte[] Encode() => throw new NotImplementedException();

    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ManifestDifference? difference, out DecodeFault fault) =>
        throw new NotImplementedException();
}
