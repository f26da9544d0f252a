using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Protocol.Torrents;

/// <summary>
/// The hashes of one run's pieces, as it stands in a torrent. They depend on the run and the piece length alone: since every file begins with a piece, they are the
/// same in every torrent with pieces of that length. <see cref="PieceHasher"/> makes them.
/// </summary>
public sealed class RunPieces
{
    private readonly byte[] _padded;
    private readonly byte[] _last;

    internal RunPieces(RunId id, long bytes, int pieceLength, byte[] padded, byte[] last, IReadOnlyList<Hash256> layer)
    {
        Id = id;
        Bytes = bytes;
        PieceLength = pieceLength;
        _padded = padded;
        _last = last;
        Layer = layer;
    }

    public RunId Id { get; }

    /// <summary>Length of the run.</summary>
    public long Bytes { get; }

    public int PieceLength { get; }

    /// <summary>Zero bytes from the end of the run to the end of its last piece.</summary>
    public int Padding => (int)((PieceLength - Bytes % PieceLength) % PieceLength);

    /// <summary>Roots of the subtrees of a piece each (BEP 52, <em>piece layers</em>); empty where the run is not longer than one piece.</summary>
    public IReadOnlyList<Hash256> Layer { get; }

    /// <summary>SHA-1 of every piece, 20 bytes each.</summary>
    /// <param name="isLast">Whether no file follows: then nothing pads the last piece.</param>
    internal byte[] Version1(bool isLast) => isLast ? [.. _padded.AsSpan(0, _padded.Length - InfoHash.Size), .. _last] : _padded;
}
