using System.Text;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Server.Tests.Campaigns.Decoders;

/// <summary>The decoders of records, cards, manifests and proofs.</summary>
internal static class ProtocolDecoders
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static IEnumerable<Decoder> All(Samples samples) =>
    [
        new("record", samples.Records, Record),
        new("description", samples.Descriptions, Description),
        new("record JSON", samples.Json, RecordBody),
        new("bulk line", samples.Lines, BulkLine),
        new("canonical JSON", [.. samples.Json, .. samples.Cards], Canonical),
        new("card", samples.Cards, bytes => SignedCard.TryRead(bytes, out _, out _)) { IsSlow = true },
        new("manifest", samples.Manifests, Manifest),
        new("retired", samples.Retired, Retired),
        new("difference", samples.Differences, bytes => Difference(bytes, samples)),
        new("equivocation", samples.Equivocations, bytes => Equivocation(bytes, samples)) { IsSlow = true },
        new("public key", [samples.Key.PublicKey.Spki.ToArray()], PublicKey) { IsSlow = true },
        new("hash", [Encoding.ASCII.GetBytes(Hash256.Of([1]).ToString())], Hash),
    ];

    private static bool Record(byte[] bytes)
    {
        // A record may have others behind it when it is read, but not when it is decoded.
        if (!RecordCodec.TryRead(bytes, out var view, out _))
        {
            Assert.False(RecordCodec.TryDecode(bytes, out _, out _));
            return false;
        }
        Assert.Equal(view.Bytes, RecordCodec.Encode(view.ToRecord()));
        Assert.Equal(view.Bytes.Length == bytes.Length, RecordCodec.TryDecode(bytes, out var record, out _));
        return record is not null;
    }

    private static bool Description(byte[] bytes)
    {
        if (!DescriptionCodec.TryDecode(bytes, out var description, out _))
            return false;
        Assert.Equal(bytes, DescriptionCodec.Encode(description));
        return true;
    }

    private static bool RecordBody(byte[] utf8)
    {
        if (!RecordJson.TryRead(utf8, out var draft, out _) || !RecordVerifier.Announce("node", draft, Now, out var announcement, out _))
            return false;
        AssertEncodes(announcement);
        return true;
    }

    private static bool BulkLine(byte[] utf8)
    {
        if (!RecordJson.TryReadLine(utf8, out var draft, out _) || !RecordVerifier.Take("node", draft, Now, out var announcement, out _))
            return false;
        AssertEncodes(announcement);
        return true;
    }

    /// <summary>What the verifier lets in can be read back by everybody who gets it.</summary>
    private static void AssertEncodes(Announcement announcement)
    {
        var record = new ContentRecord(announcement.NodeId, announcement.ContentId, 1, Now.ToUnixTimeMilliseconds(), announcement.Description);
        Assert.True(RecordCodec.TryDecode(RecordCodec.Encode(record), out _, out var fault), $"an announced record is refused: {fault}");
    }

    private static bool Canonical(byte[] utf8)
    {
        if (!CanonicalJson.TryRewrite(utf8, out var canonical))
            return false;
        Assert.True(CanonicalJson.TryRewrite(canonical, out var again));
        Assert.Equal(canonical, again);
        return true;
    }

    private static bool Manifest(byte[] bytes)
    {
        if (!ManifestCodec.TryDecode(bytes, out var manifest, out _))
            return false;
        Assert.Equal(bytes, ManifestCodec.Encode(manifest));
        return true;
    }

    private static bool Retired(byte[] bytes)
    {
        if (!Protocol.Manifests.Retired.TryDecode(bytes, out var retired, out _))
            return false;
        Assert.Equal(bytes, retired.Encode());
        return true;
    }

    private static bool Difference(byte[] bytes, Samples samples)
    {
        if (!ManifestDifference.TryDecode(bytes, out var difference, out _))
            return false;
        Assert.Equal(bytes, difference.Encode());
        foreach (var held in samples.SignedManifests)
        {
            if (difference.TryApply(held, samples.Key.PublicKey, out var rebuilt))
                Assert.True(rebuilt.IsSignedBy(samples.Key.PublicKey));
        }
        return true;
    }

    private static bool Equivocation(byte[] bytes, Samples samples)
    {
        if (!EquivocationProof.TryDecode(bytes, out var proof, out _))
            return false;
        Assert.Equal(bytes, proof.Encode());
        _ = proof.Holds(samples.Key.Id, samples.Key.PublicKey);
        return true;
    }

    private static bool PublicKey(byte[] spki)
    {
        if (!ServerPublicKey.TryImport(spki, out var key))
            return false;
        using (key)
            Assert.Equal(spki, key.Spki.ToArray());
        return true;
    }

    private static bool Hash(byte[] bytes)
    {
        var text = Encoding.Latin1.GetString(bytes);
        Assert.Equal(Hash256.TryParse(text, out var hash), RunId.TryParse(text, out var id));
        if (hash != id.Root || hash == default)
            return false;
        Assert.Equal(text, hash.ToString());
        return true;
    }
}
