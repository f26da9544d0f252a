using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Protocol.Runs;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Protocol;

public class ManifestTests
{
    private static readonly ServerKey Key = ServerKey.Create();
    private static readonly ServerKey Stranger = ServerKey.Create();

    [Property(MaxTest = 40)]
    public void A_manifest_decodes_to_itself_and_only_its_key_signed_it(uint seed)
    {
        var signed = Signed(new RecordSamples(seed), version: 1 + seed % 3);
        var bytes = ManifestCodec.Encode(signed);
        Assert.True(ManifestCodec.TryDecode(bytes, out var back, out var fault), fault.ToString());
        Assert.Equal(signed.Head, back.Head);
        Assert.Equal(signed.Manifest.Runs, back.Manifest.Runs);
        Assert.Equal(bytes, ManifestCodec.Encode(back));
        Assert.True(back.IsSignedBy(Key.PublicKey));
        Assert.False(back.IsSignedBy(Stranger.PublicKey));
    }

    [Property(MaxTest = 100)]
    public void A_changed_byte_is_refused_or_not_signed(uint seed)
    {
        var samples = new RecordSamples(seed);
        var bytes = ManifestCodec.Encode(Signed(samples, 2));
        bytes[samples.Next(bytes.Length)] ^= (byte)(1 << samples.Next(8));
        if (ManifestCodec.TryDecode(bytes, out var changed, out _))
            Assert.False(changed.IsSignedBy(Key.PublicKey));
    }

    [Property(MaxTest = 300)]
    public void Random_bytes_have_a_named_outcome(byte[] bytes)
    {
        Assert.Equal(ManifestCodec.TryDecode(bytes, out _, out var fault), fault == DecodeFault.None);
        Assert.Equal(Retired.TryDecode(bytes, out _, out fault), fault == DecodeFault.None);
        Assert.Equal(ManifestDifference.TryDecode(bytes, out _, out fault), fault == DecodeFault.None);
        Assert.Equal(EquivocationProof.TryDecode(bytes, out _, out fault), fault == DecodeFault.None);
    }

    [Fact]
    public void The_hash_is_of_the_bytes_before_the_signature()
    {
        var signed = Signed(new RecordSamples(1), 1);
        var bytes = ManifestCodec.Encode(signed);
        Assert.Equal(Hash256.Of(bytes.AsSpan(1, bytes.Length - 1 - 2 - ServerKey.SignatureSize)), signed.Hash);
        Assert.Equal(signed.Signature.ToArray(), bytes[^ServerKey.SignatureSize..]);
    }

    [Fact]
    public void A_manifest_that_breaks_its_rules_is_not_signed()
    {
        var good = Manifest(new RecordSamples(1), 1);
        var runs = good.Runs;
        foreach (var bad in new[]
        {
            good with { Version = 2 }, good with { Previous = default(Hash256) }, good with { Epoch = 0 }, good with { Live = -1 },
            good with { Origin = Stranger.Id }, good with { Runs = [runs[0], runs[0]] }, good with { Runs = [runs[0] with { Bytes = 0 }] },
            good with { Runs = [runs[0], runs[0] with { MinSeq = runs[0].MaxSeq + 2, MaxSeq = runs[0].MaxSeq + 3 }] },
        })
            Assert.Throws<ArgumentException>(() => ManifestCodec.Sign(bad, Key));
    }

    [Fact]
    public void Live_counts_for_no_more_than_the_records_of_the_runs()
    {
        var manifest = Manifest(new RecordSamples(3), 1) with { Live = long.MaxValue };
        Assert.Equal(manifest.Runs.Sum(r => r.Count), manifest.CreditedLive);
        Assert.Equal(1, (manifest with { Live = 1 }).CreditedLive);
    }

    [Property(MaxTest = 40)]
    public void A_difference_rebuilds_what_was_signed_and_nothing_else(uint seed)
    {
        var samples = new RecordSamples(seed);
        var held = Signed(samples, 1);
        var runs = held.Manifest.Runs;
        var merged = samples.Next(runs.Count);
        RunInfo[] after = [.. Merged(runs.Take(merged + 1), samples), .. runs.Skip(merged + 1), Run(samples, runs[^1].MaxSeq + 1)];
        var wanted = ManifestCodec.Sign(Manifest(samples, 7) with { Runs = after }, Key);

        Assert.True(ManifestDifference.TryDecode(ManifestDifference.Between(held, wanted).Encode(), out var difference, out _));
        Assert.Equal(2, difference.Added.Count);
        Assert.Equal(merged + 1, difference.Removed.Count);
        Assert.True(difference.TryApply(held, Key.PublicKey, out var rebuilt));
        Assert.Equal(ManifestCodec.Encode(wanted), ManifestCodec.Encode(rebuilt));
        Assert.False(difference.TryApply(held, Stranger.PublicKey, out _));
        Assert.False(difference.TryApply(wanted, Key.PublicKey, out _));
    }

    [Fact]
    public void Retired_runs_are_kept_until_64_newer_ones_of_their_level_were_retired()
    {
        var samples = new RecordSamples(5);
        var all = new List<RunInfo>();
        var retired = Retired.None;
        for (var i = 0; i < 12; i++)
        {
            var eight = Enumerable.Range(0, 8).Select(n => Run(samples, 1 + 10 * (8 * i + n)) with { Level = 0 }).ToList();
            all.AddRange(eight);
            retired = retired.With(eight);
        }

        retired = retired.With([Run(samples, 1) with { Level = 1 }]);
        Assert.Equal(all.TakeLast(64), retired.Runs.Where(r => r.Level == 0));
        Assert.Equal(65, retired.Runs.Count);
        Assert.True(Retired.TryDecode(retired.Encode(), out var back, out var fault), fault.ToString());
        Assert.Equal((retired.Hash, Hash256.Of(retired.Encode())), (back.Hash, back.Hash));
        Assert.NotEqual(Retired.None.Hash, retired.Hash);
    }

    [Fact]
    public void Two_manifests_that_contradict_each_other_prove_it_to_anybody()
    {
        var one = Signed(new RecordSamples(1), 1);
        var samePlace = Signed(new RecordSamples(2), 1);
        var notNext = ManifestCodec.Sign(Manifest(new RecordSamples(1), 2) with { Previous = samePlace.Hash }, Key);
        var next = ManifestCodec.Sign(Manifest(new RecordSamples(1), 2) with { Previous = one.Hash }, Key);
        Assert.Null(EquivocationProof.Between(one, one));
        Assert.Null(EquivocationProof.Between(one, ManifestCodec.Sign(one.Manifest, Key)));
        Assert.Null(EquivocationProof.Between(next, one));
        Assert.Null(EquivocationProof.Between(one, ManifestCodec.Sign(samePlace.Manifest with { Epoch = 2 }, Key)));
        foreach (var proof in new[] { EquivocationProof.Between(samePlace, one), EquivocationProof.Between(notNext, one) })
        {
            Assert.True(EquivocationProof.TryDecode(proof!.Encode(), out var passedOn, out var fault), fault.ToString());
            Assert.True(passedOn.Holds(Key.Id, Key.PublicKey));
            Assert.False(passedOn.Holds(Stranger.Id, Key.PublicKey));
            Assert.False(passedOn.Holds(Key.Id, Stranger.PublicKey));
        }
    }

    [Fact]
    public void A_head_is_newer_by_epoch_then_by_version()
    {
        var head = Signed(new RecordSamples(1), 3).Head;
        Assert.True((head with { Version = 4 }).IsNewerThan(head));
        Assert.True((head with { Epoch = head.Epoch + 1, Version = 1 }).IsNewerThan(head));
        Assert.False((head with { Epoch = head.Epoch - 1, Version = 9 }).IsNewerThan(head));
        Assert.False(head.IsNewerThan(head));
    }

    private static SignedManifest Signed(RecordSamples samples, long version) => ManifestCodec.Sign(Manifest(samples, version), Key);

    private static Manifest Manifest(RecordSamples samples, long version)
    {
        var runs = new List<RunInfo>();
        for (var i = 1 + samples.Next(10); i > 0; i--)
            runs.Add(Run(samples, runs.Count == 0 ? 1 : runs[^1].MaxSeq + 1));
        return new Manifest
        {
            Origin = Key.Id,
            Epoch = 3,
            Version = version,
            Previous = version == 1 ? null : Hash256.Of(samples.Bytes(9)),
            Runs = runs,
            Live = samples.Next(1_000),
            Retired = Retired.None.Hash,
            CreatedAt = 1_700_000_000_000,
        };
    }

    private static RunInfo Run(RecordSamples samples, long minSeq) => new(
        new RunId(Hash256.Of(samples.Bytes(64))), 1 + samples.Next(1_000_000), samples.Next(1_000), samples.Next(3), minSeq, minSeq + samples.Next(10));

    private static IEnumerable<RunInfo> Merged(IEnumerable<RunInfo> runs, RecordSamples samples)
    {
        var all = runs.ToList();
        yield return Run(samples, all[0].MinSeq) with { MaxSeq = all[^1].MaxSeq };
    }
}
