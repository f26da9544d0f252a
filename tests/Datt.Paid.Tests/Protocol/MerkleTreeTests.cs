using System.Security.Cryptography;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Runs;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Protocol;

public class MerkleTreeTests
{
    private const int Leaf = MerkleTree.LeafSize;

    [Fact]
    public void One_leaf_is_hashed_at_its_own_length() =>
        Assert.Equal(SHA256.HashData("abc"u8), MerkleTree.Of("abc"u8).Root.ToArray());

    [Fact]
    public void Three_leaves_are_filled_up_with_one_of_zero_bytes()
    {
        var data = Pattern(2 * Leaf + 5);
        var (a, b, c) = (SHA256.HashData(data.AsSpan(0, Leaf)), SHA256.HashData(data.AsSpan(Leaf, Leaf)), SHA256.HashData(data.AsSpan(2 * Leaf)));
        byte[] left = SHA256.HashData([.. a, .. b]), right = SHA256.HashData([.. c, .. new byte[32]]);
        Assert.Equal(SHA256.HashData([.. left, .. right]), MerkleTree.Of(data).Root.ToArray());
    }

    [Fact]
    public void Missing_pairs_of_leaves_are_the_hash_of_two_missing_leaves()
    {
        var data = Pattern(4 * Leaf + 1);
        var leaves = data.Chunk(Leaf).Select(l => SHA256.HashData(l)).Concat(Enumerable.Repeat(new byte[32], 3)).ToList();
        while (leaves.Count > 1)
            leaves = [.. leaves.Chunk(2).Select(pair => SHA256.HashData([.. pair[0], .. pair[1]]))];
        Assert.Equal(leaves[0], MerkleTree.Of(data).Root.ToArray());
    }

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(Leaf, 1, 0)]
    [InlineData(Leaf + 1, 2, 1)]
    [InlineData(2 * Leaf + 1, 3, 2)]
    [InlineData(4 * Leaf, 4, 2)]
    [InlineData(4 * Leaf + 1, 5, 3)]
    public void The_length_of_a_path_is_fixed_by_the_length_of_the_file(long bytes, long leaves, int path)
    {
        Assert.Equal((leaves, path), (MerkleTree.LeafCount(bytes), MerkleTree.PathLength(bytes)));
        Assert.All(MerkleTree.Of(Pattern((int)bytes)).PathOf(leaves - 1), _ => { });
        Assert.Equal(path, MerkleTree.Of(Pattern((int)bytes)).PathOf(leaves - 1).Length);
    }

    [Property(MaxTest = 40)]
    public void A_proof_accepts_its_leaf_and_refuses_every_change(uint seed)
    {
        var samples = new RecordSamples(seed);
        var data = Pattern(1 + samples.Next(9 * Leaf));
        var tree = MerkleTree.Of(data);
        var leaf = samples.Next((int)MerkleTree.LeafCount(data.Length));
        var piece = data.AsSpan(leaf * Leaf, Math.Min(Leaf, data.Length - leaf * Leaf)).ToArray();
        var path = tree.PathOf(leaf);
        Assert.True(MerkleTree.IsLeaf(tree.Root, data.Length, leaf, piece, path));

        var other = (byte[])piece.Clone();
        other[samples.Next(other.Length)] ^= (byte)(1 << samples.Next(8));
        Assert.False(MerkleTree.IsLeaf(tree.Root, data.Length, leaf, other, path));
        Assert.False(MerkleTree.IsLeaf(tree.Root, data.Length, leaf, piece.AsSpan(1), path));
        Assert.False(MerkleTree.IsLeaf(tree.Root, data.Length, leaf, piece, [.. path, default]));
        Assert.False(MerkleTree.IsLeaf(tree.Root, data.Length, -1, piece, path));
        Assert.False(MerkleTree.IsLeaf(tree.Root, data.Length, long.MaxValue, piece, path));
        Assert.False(MerkleTree.IsLeaf(default, data.Length, leaf, piece, path));
        if (path.Length == 0)
            return;
        var bytes = path[samples.Next(path.Length)].ToArray();
        var changed = path.Select(h => h.ToArray().AsSpan().SequenceEqual(bytes) ? Changed(bytes) : h).ToArray();
        Assert.False(MerkleTree.IsLeaf(tree.Root, data.Length, leaf, piece, changed));

        static Hash256 Changed(byte[] hash) => new([(byte)(hash[0] ^ 1), .. hash.AsSpan(1)]);
    }

    [Property(MaxTest = 40)]
    public void Bytes_in_any_pieces_give_the_same_tree(uint seed)
    {
        var samples = new RecordSamples(seed);
        var data = Pattern(1 + samples.Next(6 * Leaf));
        var hasher = new MerkleHasher();
        for (var at = 0; at < data.Length;)
        {
            var piece = Math.Min(data.Length - at, 1 + samples.Next(2 * Leaf));
            hasher.Append(data.AsSpan(at, piece));
            at += piece;
        }

        Assert.Equal(MerkleTree.Of(data).Root, hasher.Complete().Root);
    }

    internal static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i % 251))];
}
