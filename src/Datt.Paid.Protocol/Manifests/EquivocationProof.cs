using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Protocol.Manifests;

/// <summary>
/// Two signed manifests of one origin and epoch that cannot both be true: the same version with different hashes, or the second's
/// <c>previous</c> is not the hash of the first though it is the version before.
/// </summary>
public sealed record EquivocationProof(SignedManifest First, SignedManifest Second)
{
    /// <summary>Whether it proves what it claims against the origin of that key. Needs no other knowledge.</summary>
    public bool Holds(string origin, ServerPublicKey key) => throw new NotImplementedException();

    public byte[] Encode() => throw new NotImplementedException();

    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out EquivocationProof? proof, out DecodeFault fault) =>
        throw new NotImplementedException();
}
