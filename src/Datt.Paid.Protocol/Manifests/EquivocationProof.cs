using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Protocol.Cbor;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Protocol.Manifests;

/// <summary>
/// Two signed manifests of one origin and epoch that cannot both be true: the same version with different hashes, or the second's
/// <c>previous</c> is not the hash of the first though it is the version before. Encoded as CBOR
/// <c>["datt equivocation 1", first, second]</c>; of equal versions the lesser hash comes first.
/// </summary>
public sealed class EquivocationProof
{
    private const string Name = "datt equivocation 1";

    private EquivocationProof(SignedManifest first, SignedManifest second)
    {
        First = first;
        Second = second;
    }

    public SignedManifest First { get; }

    public SignedManifest Second { get; }

    /// <summary>Null where the two do not contradict each other. Signatures are for <see cref="Holds"/> to check.</summary>
    public static EquivocationProof? Between(SignedManifest one, SignedManifest other)
    {
        var inOrder = (one.Manifest.Version, one.Hash).CompareTo((other.Manifest.Version, other.Hash)) <= 0;
        var proof = inOrder ? new EquivocationProof(one, other) : new EquivocationProof(other, one);
        return proof.IsContradiction() ? proof : null;
    }

    /// <summary>Whether it proves what it claims against the origin of that key. Needs no other knowledge.</summary>
    public bool Holds(string origin, ServerPublicKey key) =>
        First.Manifest.Origin == origin && IsContradiction() && First.IsSignedBy(key) && Second.IsSignedBy(key);

    public byte[] Encode()
    {
        var buffer = new byte[2 * ManifestCodec.MaxSigned + 64];
        var to = new CborEncoder(buffer);
        to.Array(3);
        to.Text(Name);
        ManifestCodec.WriteSigned(First, ref to);
        ManifestCodec.WriteSigned(Second, ref to);
        return buffer[..to.Length];
    }

    /// <summary>Refuses two manifests that do not contradict each other, or in the wrong order, as not canonical.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out EquivocationProof? proof, out DecodeFault fault)
    {
        proof = null;
        var from = new CborDecoder(bytes);
        if (from.ArrayOf(3) && ManifestCodec.IsName(ref from, Name) && ManifestCodec.TryReadSigned(ref from, out var first)
            && ManifestCodec.TryReadSigned(ref from, out var second) && from.End())
        {
            proof = Between(first, second);
            if (proof is null || proof.First != first)
                from.Fail(DecodeFault.NotCanonical);
        }

        fault = from.Fault;
        if (fault != DecodeFault.None)
            proof = null;
        return proof is not null;
    }

    private bool IsContradiction()
    {
        var (a, b) = (First.Manifest, Second.Manifest);
        if (a.Origin != b.Origin || a.Epoch != b.Epoch)
            return false;
        return a.Version == b.Version ? First.Hash != Second.Hash : b.Version - 1 == a.Version && b.Previous != First.Hash;
    }
}
