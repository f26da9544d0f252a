using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Protocol.Torrents;
using Datt.Paid.Sync;

namespace Datt.Paid.Torrents;

/// <summary>
/// Reads the runs of a manifest and hashes their pieces. Only runs that the torrent before did not have are read, as long as the piece length is the same; memory does not
/// grow with their length.
/// </summary>
internal static class TorrentMaker
{
    private const int Read = 1 << 20;

    /// <summary>False where a run is not whole here, or was merged away meanwhile.</summary>
    /// <param name="before">The last torrent of the same origin.</param>
    public static bool TryMake(FeedShelf feeds, SignedManifest signed, Torrent? before, TimeProvider time, [NotNullWhen(true)] out Torrent? torrent, CancellationToken ct)
    {
        torrent = null;
        var manifest = signed.Manifest;
        var pieceLength = PieceLength.For(manifest.Runs.Sum(r => r.Bytes));
        var known = before?.Runs.Where(r => r.PieceLength == pieceLength).ToDictionary(r => r.Id) ?? [];
        var runs = new List<RunPieces>(manifest.Runs.Count);
        foreach (var run in manifest.Runs)
        {
            if (!known.TryGetValue(run.Id, out var pieces) && !TryHash(feeds, run, pieceLength, out pieces, ct))
                return false;
            runs.Add(pieces);
        }
        torrent = new Torrent(
            TorrentInfo.Of(TorrentName.Of(manifest), pieceLength, runs), runs, signed.Hash, DateTimeOffset.FromUnixTimeMilliseconds(manifest.CreatedAt), time.GetUtcNow());
        return true;
    }

    private static bool TryHash(FeedShelf feeds, RunInfo info, int pieceLength, [NotNullWhen(true)] out RunPieces? pieces, CancellationToken ct)
    {
        pieces = null;
        if (!feeds.TryFindRun(info.Id, out var run, out _) || run.Info.Bytes != info.Bytes || run.Leaves is not { Count: > 0 } leaves || !run.Held.IsComplete)
            return false;
        using var hasher = new PieceHasher(pieceLength);
        var buffer = new byte[Math.Min(Read, info.Bytes)];
        for (long at = 0; at < info.Bytes; at += buffer.Length)
        {
            ct.ThrowIfCancellationRequested();
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, info.Bytes - at));
            if (!run.TryRead(at, part))
                return false;
            hasher.Append(part);
        }
        pieces = hasher.Complete(new MerkleTree(leaves, info.Bytes));
        return true;
    }
}
