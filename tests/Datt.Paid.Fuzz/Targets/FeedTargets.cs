using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Fuzz.Targets;

/// <summary>Records, manifests and proofs of equivocation.</summary>
internal static class FeedTargets
{
    private static readonly DateTimeOffset Now = Samples.Now;

    public static IEnumerable<FuzzTarget> All(Samples samples) =>
    [
        new("record", samples.Records, Record),
        new("description", samples.Descriptions, Description),
        new("record-json", samples.Json, RecordBody),
        new("bulk-line", samples.Lines, BulkLine),
        new("manifest", samples.Manifests, Manifest),
        new("retired", samples.Retired, Retired),
        new("difference", samples.Differences, bytes => Difference(bytes, samples)),
        new("equivocation", samples.Equivocations, bytes => Equivocation(bytes, samples)) { IsSlow = true },
    ];

    private static bool Record(byte[] bytes)
    {
        // A record may have others behind it when it is read, but not when it is decoded.
        if (!RecordCodec.TryRead(bytes, out var view, out _))
        {
            Must.Hold(!RecordCodec.TryDecode(bytes, out _, out _), "what cannot be read is decoded");
            return false;
        }
        Must.Same(view.Bytes, RecordCodec.Encode(view.ToRecord()));
        Must.Hold(view.Bytes.Length == bytes.Length == RecordCodec.TryDecode(bytes, out var record, out _), "a record with others behind it is decoded");
        return record is not null;
    }

    private static bool Description(byte[] bytes)
    {
        if (!DescriptionCodec.TryDecode(bytes, out var description, out _))
            return false;
        Must.Same(bytes, DescriptionCodec.Encode(description));
        return true;
    }

    private static bool RecordBody(byte[] utf8)
    {
        if (!RecordJson.TryRead(utf8, out var draft, out _) || !RecordVerifier.Announce("node", draft, Now, out var announcement, out _))
            return false;
        MustEncode(announcement);
        return true;
    }

    private static bool BulkLine(byte[] utf8)
    {
        if (!RecordJson.TryReadLine(utf8, out var draft, out _) || !RecordVerifier.Take("node", draft, Now, out var announcement, out _))
            return false;
        MustEncode(announcement);
        return true;
    }

    /// <summary>What the verifier lets in can be read back by everybody who gets it.</summary>
    private static void MustEncode(Announcement announcement)
    {
        var record = new ContentRecord(announcement.NodeId, announcement.ContentId, 1, Now.ToUnixTimeMilliseconds(), announcement.Description);
        Must.Hold(RecordCodec.TryDecode(RecordCodec.Encode(record), out _, out var fault), $"an announced record is refused: {fault}");
    }

    private static bool Manifest(byte[] bytes)
    {
        if (!ManifestCodec.TryDecode(bytes, out var manifest, out _))
            return false;
        Must.Same(bytes, ManifestCodec.Encode(manifest));
        return true;
    }

    private static bool Retired(byte[] bytes)
    {
        if (!Protocol.Manifests.Retired.TryDecode(bytes, out var retired, out _))
            return false;
        Must.Same(bytes, retired.Encode());
        return true;
    }

    private static bool Difference(byte[] bytes, Samples samples)
    {
        if (!ManifestDifference.TryDecode(bytes, out var difference, out _))
            return false;
        Must.Same(bytes, difference.Encode());
        foreach (var held in samples.SignedManifests)
        {
            if (difference.TryApply(held, samples.Key.PublicKey, out var rebuilt))
                Must.Hold(rebuilt.IsSignedBy(samples.Key.PublicKey), "a rebuilt manifest is not signed");
        }
        return true;
    }

    private static bool Equivocation(byte[] bytes, Samples samples)
    {
        if (!EquivocationProof.TryDecode(bytes, out var proof, out _))
            return false;
        Must.Same(bytes, proof.Encode());
        _ = proof.Holds(samples.Key.Id, samples.Key.PublicKey);
        return true;
    }
}
