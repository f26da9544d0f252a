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

    /// <summary>The tree over a file whose leaf hashes are known; <paramref name="bytes"/> is its length, at least 1.</summary>
    public MerkleTree(IReadOnlyList<Hash256> leaves, long bytes) => throw new NotImplementedException();

    public static MerkleTree Of(ReadOnlySpan<byte> data) => throw new NotImplementedException();

    public Hash256 Root => throw new NotImplementedException();

    public IReadOnlyList<Hash256> Leaves => throw new NotImplementedException();

    /// <summary>Length of the file.</summary>
    public long Bytes => throw new NotImplementedException();

    /// <summary>The hashes beside the way from a leaf to the root, lowest first.</summary>
    public Hash256[] PathOf(long leaf) => throw new NotImplementedException();

    public static long LeafCount(long bytes) => throw new NotImplementedException();

    /// <summary>Length of every path in a file of so many bytes.</summary>
    public static int PathLength(long bytes) => throw new NotImplementedException();

    /// <summary>Whether <paramref name="data"/> is leaf number <paramref name="leaf"/> of the file of that root and length.</summary>
    public static bool IsLeaf(Hash256 root, long bytes, long leaf, ReadOnlySpan<byte> data, ReadOnlySpan<Hash256> path) =>
        throw new NotImplementedException();
}
