using System.Diagnostics.CodeAnalysis;
using System.Text;
using Datt.Paid.Protocol.Cbor;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Protocol.Manifests;

/// <summary>
/// The canonical bytes of a manifest: deterministic CBOR, an array of the manifest and its signature (64 bytes, r and s). The manifest is
/// itself an array <c>["datt manifest 1", origin, epoch, version, previous, runs, live, retired, createdAt]</c>, a run in it
/// <c>[id, bytes, count, level, minSeq, maxSeq]</c>; the bytes of that array are what is hashed and signed.
/// </summary>
public static class ManifestCodec
{
    /// <summary>Longest encoded manifest, in bytes.</summary>
    public const int MaxBytes = 131_072;

    internal const int MaxSigned = 512 + Manifest.MaxRuns * RunInfoCodec.MaxBytes;

    private const string Name = "datt manifest 1";
    private const int Fields = 9;
    private const int OriginLength = 52;

    /// <summary>Signs a manifest; it throws when the manifest breaks its own rules or is of another origin than the key.</summary>
    public static SignedManifest Sign(Manifest manifest, ServerKey key)
    {
        if (manifest.Origin != key.Id || !IsValid(manifest))
            throw new ArgumentException("The manifest is of another origin than the key, or not one that a reader would accept.", nameof(manifest));
        var hash = HashOf(manifest);
        return new SignedManifest(manifest, hash, key.SignHash(hash.ToArray()));
    }

    public static byte[] Encode(SignedManifest manifest)
    {
        var bytes = new byte[MaxSigned];
        var to = new CborEncoder(bytes);
        WriteSigned(manifest, ref to);
        return bytes[..to.Length];
    }

    /// <summary>Reads a manifest and checks everything about it but the signature, which needs the origin's key.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SignedManifest? manifest, out DecodeFault fault)
    {
        manifest = null;
        if (bytes.Length > MaxBytes)
        {
            fault = DecodeFault.OverLimit;
            return false;
        }

        var from = new CborDecoder(bytes);
        if (!TryReadSigned(ref from, out manifest) || !from.End())
            manifest = null;
        fault = from.Fault;
        return manifest is not null;
    }

    internal static Hash256 HashOf(Manifest manifest)
    {
        var bytes = new byte[MaxSigned];
        var to = new CborEncoder(bytes);
        Write(manifest, ref to);
        return Hash256.Of(bytes.AsSpan(0, to.Length));
    }

    internal static void WriteSigned(SignedManifest manifest, ref CborEncoder to)
    {
        to.Array(2);
        Write(manifest.Manifest, ref to);
        to.Bytes(manifest.Signature.Span);
    }

    internal static bool TryReadSigned(scoped ref CborDecoder from, [NotNullWhen(true)] out SignedManifest? manifest)
    {
        manifest = null;
        if (!from.ArrayOf(2) || !TryRead(ref from, out var content) || !(IsValid(content) || from.Fail(DecodeFault.OverLimit))
            || !from.Bytes(ServerKey.SignatureSize, ServerKey.SignatureSize, out var signature))
            return false;
        // One encoding only, so what was read hashes like what came.
        manifest = new SignedManifest(content, HashOf(content), signature.ToArray());
        return true;
    }

    internal static void Write(Manifest manifest, ref CborEncoder to)
    {
        to.Array(Fields);
        to.Text(Name);
        to.Text(manifest.Origin);
        to.Integer(manifest.Epoch);
        to.Integer(manifest.Version);
        if (manifest.Previous is { } previous)
            to.Bytes(previous.ToArray());
        else
            to.Null();
        RunInfoCodec.Write(manifest.Runs, ref to);
        to.Integer(manifest.Live);
        to.Bytes(manifest.Retired.ToArray());
        to.Integer(manifest.CreatedAt);
    }

    /// <summary>Reads the fields, each within its own limits; how they fit together is for <see cref="IsValid"/>.</summary>
    internal static bool TryRead(scoped ref CborDecoder from, [NotNullWhen(true)] out Manifest? manifest)
    {
        manifest = null;
        Hash256? previous = null;
        if (!from.ArrayOf(Fields) || !IsName(ref from, Name) || !from.Text(OriginLength, OriginLength, out var origin)
            || !from.Integer(1, long.MaxValue, out var epoch) || !from.Integer(1, long.MaxValue, out var version))
            return false;
        if (!from.TryNull())
        {
            if (!from.Bytes(Hash256.Size, Hash256.Size, out var hash))
                return false;
            previous = new Hash256(hash);
        }

        if (!RunInfoCodec.TryRead(ref from, Manifest.MaxRuns, out var runs) || !from.Integer(0, long.MaxValue, out var live)
            || !from.Bytes(Hash256.Size, Hash256.Size, out var retired) || !from.Integer(0, RecordLimits.LatestTime, out var createdAt))
            return false;
        manifest = new Manifest
        {
            Origin = Encoding.UTF8.GetString(origin),
            Epoch = epoch,
            Version = version,
            Previous = previous,
            Runs = runs,
            Live = live,
            Retired = new Hash256(retired),
            CreatedAt = createdAt,
        };
        return true;
    }

    internal static bool IsName(scoped ref CborDecoder from, string name) =>
        from.Text(1, name.Length, out var text) && (text.SequenceEqual(Encoding.ASCII.GetBytes(name)) || from.Fail(DecodeFault.Malformed));

    internal static bool IsValid(Manifest manifest)
    {
        if (!ServerPublicKey.IsFingerprint(manifest.Origin) || manifest.Epoch < 1 || manifest.Version < 1 || manifest.Live < 0
            || manifest.Previous is null != (manifest.Version == 1) || manifest.CreatedAt is < 0 or > RecordLimits.LatestTime
            || manifest.Runs.Count > Manifest.MaxRuns)
            return false;
        for (var i = 0; i < manifest.Runs.Count; i++)
        {
            if (!RunInfoCodec.IsValid(manifest.Runs[i]) || (i > 0 && manifest.Runs[i].MinSeq - 1 != manifest.Runs[i - 1].MaxSeq))
                return false;
        }

        return true;
    }
}
