using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Security.Cryptography;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Protocol.Torrents;

/// <summary>Makes <see cref="RunPieces"/> from the bytes of a run, which come in pieces of any size.</summary>
[SuppressMessage("Security", "CA5350", Justification = "BEP 3 says so.")]
public sealed class PieceHasher : IDisposable
{
    private static readonly byte[] Zeros = new byte[64 * 1_024];

    private readonly IncrementalHash _piece = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
    private readonly MemoryStream _done = new();
    private readonly int _pieceLength;
    private int _filled;
    private long _bytes;

    /// <param name="pieceLength">A power of two, at least <see cref="PieceLength.Shortest"/>.</param>
    public PieceHasher(int pieceLength)
    {
        if (pieceLength < PieceLength.Shortest || !BitOperations.IsPow2(pieceLength))
            throw new ArgumentOutOfRangeException(nameof(pieceLength), pieceLength, "A piece is a power of two of at least 16 KiB long.");
        _pieceLength = pieceLength;
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        _bytes += data.Length;
        while (!data.IsEmpty)
        {
            var taken = Math.Min(data.Length, _pieceLength - _filled);
            _piece.AppendData(data[..taken]);
            data = data[taken..];
            _filled += taken;
            if (_filled == _pieceLength)
                Close();
        }
    }

    /// <summary>Ends the last piece; nothing may be appended after it.</summary>
    /// <param name="tree">The tree over the same bytes.</param>
    public RunPieces Complete(MerkleTree tree)
    {
        if (tree.Bytes != _bytes)
            throw new ArgumentException($"The tree is over {tree.Bytes} bytes; {_bytes} were appended.", nameof(tree));
        var last = new byte[InfoHash.Size];
        if (_filled > 0)
        {
            _piece.GetCurrentHash(last);
            for (var rest = _pieceLength - _filled; rest > 0; rest -= Math.Min(rest, Zeros.Length))
                _piece.AppendData(Zeros.AsSpan(0, Math.Min(rest, Zeros.Length)));
            Close();
        }
        else
            _done.GetBuffer().AsSpan((int)_done.Length - InfoHash.Size, InfoHash.Size).CopyTo(last);
        var height = BitOperations.Log2((uint)(_pieceLength / MerkleTree.LeafSize));
        return new RunPieces(new RunId(tree.Root), _bytes, _pieceLength, _done.ToArray(), last, _bytes > _pieceLength ? tree.Layer(height) : []);
    }

    public void Dispose()
    {
        _piece.Dispose();
        _done.Dispose();
    }

    private void Close()
    {
        Span<byte> hash = stackalloc byte[InfoHash.Size];
        _piece.GetHashAndReset(hash);
        _done.Write(hash);
        _filled = 0;
    }
}
