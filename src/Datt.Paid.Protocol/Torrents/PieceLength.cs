using System.Numerics;

namespace Datt.Paid.Protocol.Torrents;

/// <summary>How long the pieces of a torrent are: a power of two that depends on the bytes of all files alone, so that every server makes the same torrent.</summary>
public static class PieceLength
{
    /// <summary>The shortest that BEP 52 allows: a leaf of the Merkle trees.</summary>
    public const int Shortest = 16 * 1_024;

    /// <summary>The longest that clients in use take well.</summary>
    public const int Longest = 16 * 1_024 * 1_024;

    /// <summary>
    /// Pieces that a torrent of <see cref="Longest"/> pieces or less has at most, not counting that each file begins a new one. With up to 1,024 runs the padding
    /// in between is then never more than the files themselves, or 16 MiB.
    /// </summary>
    private const long Most = 2_048;

    /// <param name="bytes">Length of all files together.</param>
    public static int For(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        var least = Math.Clamp((bytes + Most - 1) / Most, Shortest, Longest);
        return (int)BitOperations.RoundUpToPowerOf2((ulong)least);
    }
}
