using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Tests.Protocol;

/// <summary>Replays the committed vectors, see <see cref="VectorFiles"/>.</summary>
public class VectorTests
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    [Fact]
    public void Records_have_the_committed_bytes()
    {
        var samples = new RecordSamples(1);
        var records = Enumerable.Range(1, 12).Select(seq => samples.Record(4, 9, seq)).Append(
            new ContentRecord("n", "c", long.MaxValue, 0, new Description { Title = "only what is required" })).ToList();
        VectorFiles.Check("records.json", new JsonArray([.. records.Select(r =>
            new JsonObject { ["record"] = JsonSerializer.SerializeToNode(r, Web), ["cbor"] = RecordSamples.Hex(r) })]));
        foreach (var vector in VectorFiles.ReadJson("records.json").AsArray())
        {
            Assert.True(RecordCodec.TryDecode(Convert.FromHexString((string)vector!["cbor"]!), out var record, out var fault), fault.ToString());
            Assert.True(JsonNode.DeepEquals(vector["record"], JsonSerializer.SerializeToNode(record, Web)));
        }
    }

    [Fact]
    public void Runs_and_merges_have_the_committed_bytes()
    {
        var samples = new RecordSamples(2);
        var sealedRuns = new List<byte[]>();
        for (var i = 0; i < 8; i++)
        {
            var (low, high) = (1 + 40 * i, 40 * (i + 1));
            var records = Enumerable.Range(low, 40).Select(seq => samples.Record(4, 30, seq));
            sealedRuns.Add(RunSamples.Write(new RunScope(0, low, high), RunSamples.Newest(records, false)).Bytes);
        }

        VectorFiles.Check("level0.run", sealedRuns[1]);
        var (merged, mergedInfo) = RunSamples.Merge(sealedRuns, 1, firstSeq: 1);
        VectorFiles.Check("level1-merged.run", merged);
        var (late, lateInfo) = RunSamples.Merge(sealedRuns[1..], 1, firstSeq: 1);
        var (big, bigInfo) = RunSamples.Write(new RunScope(2, 1, 130), RunSamples.Long(130, 20_000));
        VectorFiles.Check("level2.run", big);
        VectorFiles.Check("runs.json", new JsonObject
        {
            ["level0.run"] = Json(RunOf(sealedRuns[1], new RunScope(0, 41, 80))),
            ["level1-merged.run"] = Json(mergedInfo),
            ["level1-merged with its tombstones, of the runs from seq 41 on"] = Json(lateInfo),
            ["level2.run"] = Json(bigInfo),
        });
        Assert.Equal(RunFault.None, RunSamples.Verify(late, lateInfo));
        Assert.Equal(2, RunSamples.Open(big).Frames - 1);
        foreach (var name in new[] { "level0.run", "level1-merged.run", "level2.run" })
        {
            var info = VectorFiles.ReadJson("runs.json")[name]!;
            Assert.True(RunId.TryParse((string?)info["id"], out var id));
            var listed = new RunInfo(id, (long)info["bytes"]!, (long)info["count"]!, (int)info["level"]!, (long)info["minSeq"]!, (long)info["maxSeq"]!);
            Assert.Equal(RunFault.None, RunSamples.Verify(VectorFiles.Read(name), listed));
        }
    }

    [Fact]
    public void Merkle_roots_are_the_committed_ones() =>
        VectorFiles.Check("merkle.json", new JsonArray([.. new[] { 1, 16_383, 16_384, 16_385, 32_768, 49_153, 65_536, 65_537, 200_000 }.Select(bytes =>
            (JsonNode)new JsonObject
            {
                ["bytes"] = bytes,
                ["content"] = "byte i is i modulo 251",
                ["root"] = MerkleTree.Of(MerkleTreeTests.Pattern(bytes)).Root.ToString(),
            })]));

    [Fact]
    public void The_committed_manifest_and_card_verify()
    {
        VectorFiles.Keep("test-key.pkcs8", () => ServerKey.Create().Export());
        Assert.True(ServerKey.TryImport(VectorFiles.Read("test-key.pkcs8"), null, out var key));
        var retired = Retired.None.With([Info(0, 1, 40), Info(0, 41, 80)]);
        var manifest = new Manifest
        {
            Origin = key.Id,
            Epoch = 2,
            Version = 7,
            Previous = Hash256.Of("the version before"u8),
            Runs = [Info(1, 1, 320), Info(0, 321, 321)],
            Live = 42,
            Retired = retired.Hash,
            CreatedAt = 1_790_000_000_000,
        };
        VectorFiles.Keep("manifest.cbor", () => ManifestCodec.Encode(ManifestCodec.Sign(manifest, key)));
        VectorFiles.Keep("card.json", () => SignedCard.Sign(SignedCardTests.Card(key), key).Utf8.ToArray());
        VectorFiles.Check("retired.cbor", retired.Encode());
        VectorFiles.Check("manifest.json", new JsonObject
        {
            ["origin"] = key.Id,
            ["hash"] = ManifestCodec.Sign(manifest, key).Hash.ToString(),
            ["retired"] = retired.Hash.ToString(),
            ["secret for test"] = Convert.ToHexStringLower(key.DeriveSecret("test")),
        });

        Assert.True(ManifestCodec.TryDecode(VectorFiles.Read("manifest.cbor"), out var signed, out var fault), fault.ToString());
        Assert.True(signed.IsSignedBy(key.PublicKey));
        Assert.Equal((string?)VectorFiles.ReadJson("manifest.json")["hash"], signed.Hash.ToString());
        Assert.Equal(manifest.Runs, signed.Manifest.Runs);
        Assert.Equal(VectorFiles.Read("manifest.cbor"), ManifestCodec.Encode(signed));
        Assert.True(SignedCard.TryRead(VectorFiles.Read("card.json"), out var card, out var cardFault), cardFault.ToString());
        Assert.Equal(SignedCardTests.Card(key), card.Card);
    }

    [Fact]
    public void The_samples_of_RFC_8785_come_out_as_printed_there()
    {
        var vectors = VectorFiles.ReadJson("jcs.json");
        foreach (var document in vectors["documents"]!.AsArray())
        {
            Assert.True(CanonicalJson.TryRewrite(Encoding.UTF8.GetBytes((string)document!["input"]!), out var canonical));
            Assert.Equal((string)document["canonical"]!, Encoding.UTF8.GetString(canonical));
        }

        foreach (var (bits, text) in vectors["numbers"]!.AsObject())
        {
            var number = BitConverter.UInt64BitsToDouble(ulong.Parse(bits, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            Assert.Equal((string)text!, Encoding.UTF8.GetString(CanonicalJson.Write(JsonValue.Create(number))));
        }
    }

    private static RunInfo Info(int level, long minSeq, long maxSeq) =>
        new(new RunId(Hash256.Of([(byte)level, (byte)minSeq])), 100 + maxSeq, maxSeq - minSeq, level, minSeq, maxSeq);

    private static RunInfo RunOf(byte[] run, RunScope scope) =>
        new(new RunId(MerkleTree.Of(run).Root), run.Length, RunSamples.Open(run).Count, scope.Level, scope.MinSeq, scope.MaxSeq);

    private static JsonObject Json(RunInfo run) => new()
    {
        ["id"] = run.Id.ToString(),
        ["bytes"] = run.Bytes,
        ["count"] = run.Count,
        ["level"] = run.Level,
        ["minSeq"] = run.MinSeq,
        ["maxSeq"] = run.MaxSeq,
    };
}
