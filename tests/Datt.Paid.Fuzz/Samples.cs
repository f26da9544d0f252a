using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Fuzz;

/// <summary>Right inputs for every decoder, written by the product's own encoders. The committed vectors come on top.</summary>
public sealed class Samples : IDisposable
{
    /// <summary>When everything in them was made.</summary>
    public static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly long Millis = Now.ToUnixTimeMilliseconds();

    public Samples()
    {
        var records = Enumerable.Range(1, 40).Select(Record).OrderBy(r => r.NodeId, StringComparer.Ordinal).ThenBy(r => r.ContentId, StringComparer.Ordinal).ToList();
        Records = [.. records.Select(RecordCodec.Encode), .. RecordVectors()];
        Descriptions = [.. records.Where(r => !r.IsTombstone).Select(r => DescriptionCodec.Encode(r.Description!))];
        Json = [Full, """{"contentId":"a","title":"A"}"""u8.ToArray()];
        Lines = [.. Json, """{"op":"delete","contentId":"a"}"""u8.ToArray()];
        Cards = [SignedCard.Sign(Card(), Key).Utf8.ToArray(), .. Vector("card.json"), .. Vector("card-rotated.json")];
        (Runs, RunInfos) = WriteRuns(records);
        SignedManifests = WriteManifests();
        Manifests = [.. SignedManifests.Select(ManifestCodec.Encode), .. Vector("manifest.cbor")];
        Retired = [Protocol.Manifests.Retired.None.Encode(), Protocol.Manifests.Retired.None.With(RunInfos).Encode(), .. Vector("retired.cbor")];
        Differences = [ManifestDifference.Between(SignedManifests[0], SignedManifests[1]).Encode()];
        Equivocations = [EquivocationProof.Between(SignedManifests[1], SignedManifests[2])!.Encode()];
        (Leaves, Paths, Root, MerkleBytes) = GrowTree();
    }

    /// <summary>The key of the test vectors: what is in the corpus is signed by it.</summary>
    public ServerKey Key { get; } = ServerKey.TryImport(Embedded.Bytes("vectors/test-key.pkcs8"), null, out var key) ? key : throw new InvalidOperationException("test-key.pkcs8 is no key");

    public IReadOnlyList<byte[]> Records { get; }

    public IReadOnlyList<byte[]> Descriptions { get; }

    public IReadOnlyList<byte[]> Json { get; }

    public IReadOnlyList<byte[]> Lines { get; }

    public IReadOnlyList<byte[]> Cards { get; }

    public IReadOnlyList<byte[]> Runs { get; }

    public IReadOnlyList<RunInfo> RunInfos { get; }

    public IReadOnlyList<SignedManifest> SignedManifests { get; }

    public IReadOnlyList<byte[]> Manifests { get; }

    public IReadOnlyList<byte[]> Retired { get; }

    public IReadOnlyList<byte[]> Differences { get; }

    public IReadOnlyList<byte[]> Equivocations { get; }

    public IReadOnlyList<byte[]> Leaves { get; }

    /// <summary>Number of a leaf, length of the file (both eight bytes, big endian), path.</summary>
    public IReadOnlyList<byte[]> Paths { get; }

    public Hash256 Root { get; }

    public long MerkleBytes { get; }

    private static byte[] Full =>
        """
        {"contentId":"sha256:00","title":"Paris","summary":"A guide\nto Paris","label":"travel","tags":["a","b"],"author":"ann","type":"text/markdown",
        "language":"en","size":123,"publishedAt":"2026-01-01T00:00:00Z","url":"https://example.org/","more":{"x":[1,2,{"y":null}]}}
        """u8.ToArray();

    public void Dispose() => Key.Dispose();

    private static ContentRecord Record(int i) => new($"node-{i % 3}", $"test:content-{i}", i, Millis + i, i % 7 == 0 ? null : new Description
    {
        Title = $"Title {i} é",
        Summary = string.Concat(Enumerable.Repeat($"word{i} ", i)),
        Label = i % 2 == 0 ? "travel" : null,
        Tags = [.. Enumerable.Range(0, i % 4).Select(t => $"tag{t}")],
        Author = i % 3 == 0 ? "ann" : null,
        Type = i % 2 == 0 ? "text/markdown" : null,
        Language = i % 5 == 0 ? "de" : null,
        Size = i % 2 == 0 ? i * 1_000_000_000L : null,
        PublishedAt = i % 3 == 0 ? Millis : null,
        Url = i % 4 == 0 ? "https://example.org/a" : null,
    });

    private static (List<byte[]>, List<RunInfo>) WriteRuns(List<ContentRecord> records)
    {
        List<byte[]> runs = [];
        List<RunInfo> infos = [];
        foreach (var (from, to) in ((int, int)[])[(1, 20), (21, 40)])
        {
            using var output = new MemoryStream();
            using var writer = new RunWriter(output, new RunScope(0, from, to));
            foreach (var record in records.Where(r => r.Seq >= from && r.Seq <= to))
                writer.Add(record);
            infos.Add(writer.Complete());
            runs.Add(output.ToArray());
        }
        return (runs, infos);
    }

    private static (List<byte[]>, List<byte[]>, Hash256, long) GrowTree()
    {
        var data = new byte[(5 * MerkleTree.LeafSize) + 77];
        new Random(1).NextBytes(data);
        var tree = MerkleTree.Of(data);
        List<byte[]> leaves = [];
        List<byte[]> paths = [];
        for (var leaf = 0; leaf < MerkleTree.LeafCount(data.Length); leaf++)
        {
            leaves.Add(data.AsSpan(leaf * MerkleTree.LeafSize, Math.Min(MerkleTree.LeafSize, data.Length - (leaf * MerkleTree.LeafSize))).ToArray());
            var path = new byte[16];
            BinaryPrimitives.WriteInt64BigEndian(path, leaf);
            BinaryPrimitives.WriteInt64BigEndian(path.AsSpan(8), data.Length);
            paths.Add([.. path, .. tree.PathOf(leaf).SelectMany(h => h.ToArray())]);
        }
        return (leaves, paths, tree.Root, data.Length);
    }

    private static byte[][] Vector(string name) => [Embedded.Bytes("vectors/" + name)];

    private static IEnumerable<byte[]> RecordVectors() =>
        from file in Vector("records.json")
        from vector in JsonNode.Parse(file)!.AsArray()
        select Convert.FromHexString(vector!["cbor"]!.GetValue<string>());

    /// <summary>Two versions that follow each other, and a second one beside the second.</summary>
    private List<SignedManifest> WriteManifests()
    {
        var first = ManifestCodec.Sign(Manifest(1, null, [RunInfos[0]], 10), Key);
        return [first, ManifestCodec.Sign(Manifest(2, first.Hash, RunInfos, 20), Key), ManifestCodec.Sign(Manifest(2, first.Hash, RunInfos, 21), Key)];
    }

    private Manifest Manifest(long version, Hash256? previous, IReadOnlyList<RunInfo> runs, long live) => new()
    {
        Origin = Key.Id,
        Epoch = 1,
        Version = version,
        Previous = previous,
        Runs = runs,
        Live = live,
        Retired = Protocol.Manifests.Retired.None.Hash,
        CreatedAt = Millis,
    };

    private ServerCard Card() => new()
    {
        Id = Key.Id,
        Name = "sample",
        Url = "https://example.org/",
        PublicKey = Convert.ToBase64String(Key.PublicKey.Spki.Span),
        Software = "datt-paid",
        Version = "1",
        SearchAccess = "Paid",
        FederationAccess = "Free",
        Price = new CardPrice("0.25", "USD", "month"),
        Coverage = new CardCoverage(1, 1, 2, 0.5),
        Nodes = new CardNodes(1, 2),
        Time = DateTimeOffset.FromUnixTimeMilliseconds(Millis),
    };
}
