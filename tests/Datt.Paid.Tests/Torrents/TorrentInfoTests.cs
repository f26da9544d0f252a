using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Protocol.Torrents;
using Datt.Paid.Tests.Protocol;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Torrents;

/// <summary>Torrents held against the simplest reading of BEP 3 and BEP 52: everything in one array, everything hashed again.</summary>
public class TorrentInfoTests
{
    private const string Name = "datt-abcdefgh-1-2";

    [Property(MaxTest = 60)]
    public void Both_versions_describe_the_same_bytes(uint seed)
    {
        var samples = new RecordSamples(seed);
        var pieceLength = PieceLength.Shortest << samples.Next(3);
        // Also files that end with a piece, and files of one piece or less, which have no layer.
        var files = Enumerable.Range(0, 1 + samples.Next(5)).Select(i => samples.Next(4) switch
        {
            0 => Bytes(samples, pieceLength * (1 + samples.Next(3))),
            1 => Bytes(samples, 1 + samples.Next(pieceLength)),
            _ => Bytes(samples, 1 + samples.Next(6 * pieceLength)),
        }).ToList();
        var torrent = TorrentInfo.Of(Name, pieceLength, [.. files.Select(file => Pieces(file, pieceLength, samples))]);
        var info = Bencoded.Dictionary(torrent.Info.ToArray());
        var layers = Bencoded.Dictionary(Bencoded.Dictionary(torrent.Metainfo("http://t/announce", [], DateTimeOffset.UnixEpoch))["piece layers"]);

        Assert.Equal(Name, Bencoded.Text(info["name"]));
        Assert.Equal(((long)pieceLength, 2L), (info["piece length"], info["meta version"]));
        CheckVersion1(info, pieceLength, files);
        CheckVersion2(info, layers, pieceLength, files);
        Assert.Equal(Convert.ToHexStringLower(SHA1.HashData(torrent.Info.Span)), torrent.Version1.ToString());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(torrent.Info.Span)), torrent.Version2.ToString());
        Assert.Equal(torrent.Version2.ToString()[..40], InfoHash.OfVersion2(torrent.Version2).ToString());
    }

    [Fact]
    public void The_order_in_which_runs_are_given_does_not_matter()
    {
        var samples = new RecordSamples(3);
        var runs = Enumerable.Range(0, 5).Select(i => Pieces(Bytes(samples, 1_000 + i), PieceLength.Shortest, samples)).ToList();
        Assert.Equal(TorrentInfo.Of(Name, PieceLength.Shortest, runs).Version2, TorrentInfo.Of(Name, PieceLength.Shortest, [.. Enumerable.Reverse(runs)]).Version2);
        Assert.Throws<ArgumentException>(() => TorrentInfo.Of(Name, PieceLength.Shortest, []));
        Assert.Throws<ArgumentException>(() => TorrentInfo.Of(Name, 2 * PieceLength.Shortest, runs));
    }

    [Fact]
    public void The_committed_torrent_is_the_one_of_these_files()
    {
        RunPieces[] runs = [.. new[] { 1, 16_384, 49_152, 100_000, 65_536 }.Select(bytes => Pieces(MerkleTreeTests.Pattern(bytes), 32_768, new RecordSamples(1)))];
        var torrent = TorrentInfo.Of(Name, 32_768, runs);
        VectorFiles.Check("hybrid.torrent", torrent.Metainfo(
            "https://one.example/torrent/announce", ["https://one.example/torrent/", "https://two.example/torrent/"], DateTimeOffset.FromUnixTimeSeconds(1_790_000_000)));
        VectorFiles.Check("hybrid.json", new JsonObject
        {
            ["content"] = "files of 1, 16384, 49152, 65536 and 100000 bytes, byte i is i modulo 251; pieces of 32768 bytes",
            ["info hash, version 1"] = torrent.Version1.ToString(),
            ["info hash, version 2"] = torrent.Version2.ToString(),
        });
    }

    [Theory]
    [InlineData(0, 16_384)]
    [InlineData(2_048L * 16_384, 16_384)]
    [InlineData(2_048L * 16_384 + 1, 32_768)]
    [InlineData(3_000_000_000, 2_097_152)]
    [InlineData(2_048L * 16_777_216, 16_777_216)]
    [InlineData(1L << 40, 16_777_216)]
    public void Pieces_are_as_long_as_the_feed_wants_and_clients_take(long bytes, int length) => Assert.Equal(length, PieceLength.For(bytes));

    [Fact]
    public void A_torrent_is_called_by_origin_epoch_and_version()
    {
        using var key = ServerKey.Create();
        var manifest = new Manifest { Origin = key.Id, Epoch = 7, Version = 12, Runs = [], Live = 0, Retired = Hash256.Of("none"u8), CreatedAt = 0 };
        Assert.Equal($"datt-{key.Id[..8]}-7-12", TorrentName.Of(manifest));
        Assert.True(TorrentName.IsOne(TorrentName.Of(manifest)));
        foreach (var other in new[] { "", "datt", "datt-abcdefgh-1", "datt-abcdefgh-0-1", "datt-abcdefgh-1-1\n", "datt-ABCDEFGH-1-1", "../datt-abcdefgh-1-1", "datt-abcdefgh-1-1-1" })
            Assert.False(TorrentName.IsOne(other), other);
    }

    [Fact]
    public void Pieces_and_tree_of_different_bytes_are_refused()
    {
        using var hasher = new PieceHasher(PieceLength.Shortest);
        hasher.Append("abc"u8);
        Assert.Throws<ArgumentException>(() => hasher.Complete(MerkleTree.Of("abcd"u8)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PieceHasher(PieceLength.Shortest / 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PieceHasher(3 * PieceLength.Shortest));
    }

    private static void CheckVersion1(IReadOnlyDictionary<string, object> info, int pieceLength, List<byte[]> files)
    {
        var content = new MemoryStream();
        foreach (var file in ((List<object>)info["files"]).Select(Bencoded.Dictionary))
        {
            var path = ((List<object>)file["path"]).ConvertAll(Bencoded.Text);
            var length = (long)file["length"];
            if (file.TryGetValue("attr", out var attributes))
            {
                Assert.Equal("p", Bencoded.Text(attributes));
                Assert.Equal([".pad", length.ToString(CultureInfo.InvariantCulture)], path);
                content.Write(new byte[length]);
                continue;
            }
            Assert.Equal(0, content.Length % pieceLength); // each file begins with a piece
            var run = files.Single(f => Root(f) == path.Single());
            Assert.Equal(run.Length, length);
            content.Write(run);
        }
        var hashes = content.ToArray().Chunk(pieceLength).SelectMany(SHA1.HashData).ToArray();
        Assert.Equal(hashes, (byte[])info["pieces"]);
        Assert.True(content.Length >= files.Sum(f => f.Length));
        Assert.Equal(files.Count, ((List<object>)info["files"]).Count(f => !Bencoded.Dictionary(f).ContainsKey("attr")));
    }

    private static void CheckVersion2(
        IReadOnlyDictionary<string, object> info, IReadOnlyDictionary<string, object> layers, int pieceLength, List<byte[]> files)
    {
        var tree = Bencoded.Dictionary(info["file tree"]);
        Assert.Equal(files.Select(Root).Order(StringComparer.Ordinal), tree.Keys);
        foreach (var file in files)
        {
            var leaf = Bencoded.Dictionary(Bencoded.Dictionary(tree[Root(file)])[""]);
            Assert.Equal((long)file.Length, leaf["length"]);
            Assert.Equal(Root(file), Convert.ToHexStringLower((byte[])leaf["pieces root"]));
            var key = System.Text.Encoding.Latin1.GetString((byte[])leaf["pieces root"]);
            Assert.Equal(file.Length > pieceLength, layers.ContainsKey(key));
            if (file.Length > pieceLength)
                Assert.Equal(file.Chunk(pieceLength).SelectMany(piece => Hash(piece, pieceLength / PieceLength.Shortest)), (byte[])layers[key]);
        }
        Assert.Equal(files.Count(f => f.Length > pieceLength), layers.Count);
    }

    /// <summary>The root over so many leaves, those behind the end 32 zero bytes each.</summary>
    private static byte[] Hash(ReadOnlyMemory<byte> data, int leaves)
    {
        if (leaves == 1)
            return data.IsEmpty ? new byte[32] : SHA256.HashData(data.Span);
        var half = Math.Min(data.Length, leaves / 2 * PieceLength.Shortest);
        return SHA256.HashData([.. Hash(data[..half], leaves / 2), .. Hash(data[half..], leaves / 2)]);
    }

    private static string Root(byte[] file)
    {
        var leaves = 1;
        while (leaves * PieceLength.Shortest < file.Length)
            leaves *= 2;
        return Convert.ToHexStringLower(Hash(file, leaves));
    }

    private static byte[] Bytes(RecordSamples samples, int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i += 4_096)
            bytes[i] = (byte)samples.Next(256);
        BitConverter.TryWriteBytes(bytes.AsSpan(Math.Max(0, length - 4)), samples.Next(int.MaxValue)); // no two alike
        return bytes;
    }

    private static RunPieces Pieces(byte[] file, int pieceLength, RecordSamples samples)
    {
        using var hasher = new PieceHasher(pieceLength);
        for (var at = 0; at < file.Length;)
        {
            var part = Math.Min(file.Length - at, 1 + samples.Next(3 * pieceLength));
            hasher.Append(file.AsSpan(at, part));
            at += part;
        }
        return hasher.Complete(MerkleTree.Of(file));
    }
}
