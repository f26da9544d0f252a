using System.Numerics;
using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Protocol.Runs;

/// <summary>
/// The Merkle tree of BitTorrent v2 (BEP 52, <em>pieces root</em>): SHA-256 over leaves of 16 KiB, the last at its own length, missing
/// leaves 32 zero bytes up to a power of two.
/// </summary>
public sealed class MerkleTree
{
    /// <summary>Bytes of a leaf.</summary>
    public const int LeafSize = 16_384;

    private static readonly Hash256[] Missing = MissingSubtrees();

    /// <summary>From the leaves up to the root; where a right neighbour is missing, <see cref="Missing"/> has it.</summary>
    private readonly Hash256[][] _layers;

    /// <summary>The tree over a file whose leaf hashes are known; <paramref name="bytes"/> is its length, at least 1.</summary>
    public MerkleTree(IReadOnlyList<Hash256> leaves, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        if (leaves.Count != LeafCount(bytes))
            throw new ArgumentException($"A file of {bytes} bytes has {LeafCount(bytes)} leaves, not {leaves.Count}.", nameof(leaves));
        Bytes = bytes;
        _layers = new Hash256[PathLength(bytes) + 1][];
        _layers[0] = [.. leaves];
        for (var height = 0; height < _layers.Length - 1; height++)
        {
            var below = _layers[height];
            var above = _layers[height + 1] = new Hash256[(below.Length + 1) / 2];
            for (var i = 0; i < above.Length; i++)
                above[i] = Parent(below[2 * i], 2 * i + 1 < below.Length ? below[2 * i + 1] : Missing[height]);
        }
    }

    public Hash256 Root => _layers[^1][0];

    public IReadOnlyList<Hash256> Leaves => _layers[0];

    /// <summary>
    /// The hashes that stand so many steps above the leaves, as far as there is data below them: roots of subtrees of 16 KiB times 2^<paramref name="height"/>. At most
    /// <see cref="PathLength"/> steps.
    /// </summary>
    public IReadOnlyList<Hash256> Layer(int height) => _layers[height];

    /// <summary>Length of the file.</summary>
    public long Bytes { get; }

    public static MerkleTree Of(ReadOnlySpan<byte> data)
    {
        var hasher = new MerkleHasher();
        hasher.Append(data);
        return hasher.Complete();
    }

    /// <summary>The hashes beside the way from a leaf to the root, lowest first.</summary>
    public Hash256[] PathOf(long leaf)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(leaf);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(leaf, _layers[0].Length);
        var path = new Hash256[_layers.Length - 1];
        for (var height = 0; height < path.Length; height++, leaf >>= 1)
        {
            var neighbour = leaf ^ 1;
            path[height] = neighbour < _layers[height].Length ? _layers[height][neighbour] : Missing[height];
        }

        return path;
    }

    /// <summary>Leaves of a file of so many bytes.</summary>
    public static long LeafCount(long bytes) => bytes / LeafSize + (bytes % LeafSize == 0 ? 0 : 1);

    /// <summary>Length of every path in a file of so many bytes.</summary>
    public static int PathLength(long bytes) => BitOperations.Log2(BitOperations.RoundUpToPowerOf2((ulong)LeafCount(bytes)));

    /// <summary>
    /// Whether <paramref name="data"/> is leaf number <paramref name="leaf"/> of the file of that root and length. Every argument may come
    /// from outside.
    /// </summary>
    public static bool IsLeaf(Hash256 root, long bytes, long leaf, ReadOnlySpan<byte> data, ReadOnlySpan<Hash256> path)
    {
        if (bytes < 1 || leaf < 0 || leaf >= LeafCount(bytes) || path.Length != PathLength(bytes)
            || data.Length != Math.Min(LeafSize, bytes - leaf * LeafSize))
            return false;
        var hash = Hash256.Of(data);
        foreach (var neighbour in path)
        {
            hash = (leaf & 1) == 0 ? Parent(hash, neighbour) : Parent(neighbour, hash);
            leaf >>= 1;
        }

        return hash == root;
    }

    private static Hash256 Parent(Hash256 left, Hash256 right)
    {
        Span<byte> both = stackalloc byte[2 * Hash256.Size];
        left.CopyTo(both);
        right.CopyTo(both[Hash256.Size..]);
        return Hash256.Of(both);
    }

    private static Hash256[] MissingSubtrees()
    {
        var roots = new Hash256[64];
        for (var height = 1; height < roots.Length; height++)
            roots[height] = Parent(roots[height - 1], roots[height - 1]);
        return roots;
    }
}
