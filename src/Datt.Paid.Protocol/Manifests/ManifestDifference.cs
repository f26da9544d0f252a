using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Protocol.Cbor;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Protocol.Manifests;

/// <summary>
/// What a follower that holds one version of a manifest needs to know the other: CBOR <c>["datt difference 1", from, removed, manifest,
/// signature]</c>, the manifest with only the runs that are new in it.
/// </summary>
public sealed class ManifestDifference
{
    private const string Name = "datt difference 1";
    private const int Fields = 5;

    private readonly Manifest _withAdded;
    private readonly byte[] _signature;

    private ManifestDifference(Hash256 from, IReadOnlyList<RunId> removed, Manifest withAdded, byte[] signature)
    {
        From = from;
        Removed = removed;
        _withAdded = withAdded;
        _signature = signature;
    }

    /// <summary>Hash of the manifest that it starts from.</summary>
    public Hash256 From { get; }

    /// <summary>Ascending.</summary>
    public IReadOnlyList<RunId> Removed { get; }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<RunInfo> Added => _withAdded.Runs;

    /// <summary>Both must be of one origin.</summary>
    public static ManifestDifference Between(SignedManifest held, SignedManifest wanted)
    {
        if (held.Manifest.Origin != wanted.Manifest.Origin)
            throw new ArgumentException("The manifests are of different origins.", nameof(wanted));
        var removed = held.Manifest.Runs.Except(wanted.Manifest.Runs).Select(r => r.Id).Distinct().Order();
        var added = wanted.Manifest.Runs.Except(held.Manifest.Runs).OrderBy(r => r.MinSeq);
        return new ManifestDifference(held.Hash, [.. removed], wanted.Manifest with { Runs = [.. added] }, wanted.Signature.ToArray());
    }

    /// <summary>Rebuilds the whole and checks the signature over that. False: not from this manifest, or not what the key signed.</summary>
    public bool TryApply(SignedManifest held, ServerPublicKey key, [NotNullWhen(true)] out SignedManifest? manifest)
    {
        manifest = null;
        if (held.Hash != From || held.Manifest.Origin != _withAdded.Origin)
            return false;
        var removed = Removed.ToHashSet();
        var whole = _withAdded with
        {
            Runs = [.. held.Manifest.Runs.Where(r => !removed.Contains(r.Id)).Concat(Added).OrderBy(r => r.MinSeq)],
        };
        if (!ManifestCodec.IsValid(whole))
            return false;
        var rebuilt = new SignedManifest(whole, ManifestCodec.HashOf(whole), _signature);
        if (rebuilt.IsSignedBy(key))
            manifest = rebuilt;
        return manifest is not null;
    }

    public byte[] Encode()
    {
        var buffer = new byte[ManifestCodec.MaxSigned + 64 + Removed.Count * (CborEncoder.MaxHead + Hash256.Size)];
        var to = new CborEncoder(buffer);
        to.Array(Fields);
        to.Text(Name);
        to.Bytes(From.ToArray());
        to.Array(Removed.Count);
        foreach (var id in Removed)
            to.Bytes(id.Root.ToArray());
        ManifestCodec.Write(_withAdded, ref to);
        to.Bytes(_signature);
        return buffer[..to.Length];
    }

    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ManifestDifference? difference, out DecodeFault fault)
    {
        difference = null;
        var from = new CborDecoder(bytes);
        if (from.ArrayOf(Fields) && ManifestCodec.IsName(ref from, Name) && from.Bytes(Hash256.Size, Hash256.Size, out var start)
            && TryReadIds(ref from, out var removed) && ManifestCodec.TryRead(ref from, out var manifest)
            && from.Bytes(ServerKey.SignatureSize, ServerKey.SignatureSize, out var signature) && from.End())
            difference = new ManifestDifference(new Hash256(start), removed, manifest, signature.ToArray());
        fault = from.Fault;
        return difference is not null;
    }

    private static bool TryReadIds(scoped ref CborDecoder from, out IReadOnlyList<RunId> ids)
    {
        var read = new List<RunId>();
        ids = read;
        if (!from.Array(Manifest.MaxRuns, out var count))
            return false;
        for (var i = 0; i < count; i++)
        {
            if (!from.Bytes(Hash256.Size, Hash256.Size, out var id))
                return false;
            read.Add(new RunId(new Hash256(id)));
            if (i > 0 && read[i - 1].CompareTo(read[i]) >= 0)
                return from.Fail(DecodeFault.NotCanonical);
        }

        return true;
    }
}
