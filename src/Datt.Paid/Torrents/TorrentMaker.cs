using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Protocol.Torrents;
using Datt.Paid.Sync;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Torrents;

/// <summary>
/// Reads the runs of a manifest and hashes their pieces. Runs whose pieces are known are not read, as long as the piece length is the same; memory does not grow with their
/// length. For one thread at a time.
/// </summary>
public sealed class TorrentMaker(FeedShelf feeds, KeptRuns kept, TimeProvider time, ILogger<TorrentMaker> log)
{
    private const int Read = 1 << 20;

    /// <summary>False where a run is not whole here, or was merged away meanwhile.</summary>
    /// <param name="signed">What the torrent is of.</param>
    /// <param name="known">Pieces that need not be made again; what is made is added, also where the torrent does not come about.</param>
    /// <param name="torrent">The torrent.</param>
    /// <param name="ct">Ends it at the next mebibyte.</param>
    public bool TryMake(SignedManifest signed, Dictionary<RunId, RunPieces> known, [NotNullWhen(true)] out Torrent? torrent, CancellationToken ct)
    {
        torrent = null;
        var manifest = signed.Manifest;
        var pieceLength = PieceLength.For(manifest.Runs.Sum(r => r.Bytes));
        // The short ones first: they are merged away soonest.
        foreach (var run in manifest.Runs.OrderBy(r => r.Bytes))
        {
            if (!known.TryGetValue(run.Id, out var pieces) || pieces.PieceLength != pieceLength)
            {
                if (!TryHash(run, pieceLength, out pieces, ct))
                    return false;
                known[run.Id] = pieces;
            }
            Keep(manifest.Origin, run, ct);
        }
        RunPieces[] runs = [.. manifest.Runs.Select(r => known[r.Id])];
        torrent = new Torrent(
            TorrentInfo.Of(TorrentName.Of(manifest), pieceLength, runs), runs, signed.Hash, DateTimeOffset.FromUnixTimeMilliseconds(manifest.CreatedAt), time.GetUtcNow());
        return true;
    }

    private bool TryHash(RunInfo info, int pieceLength, [NotNullWhen(true)] out RunPieces? pieces, CancellationToken ct)
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

    /// <summary>A torrent without copies of its runs is still one.</summary>
    private void Keep(string origin, RunInfo info, CancellationToken ct)
    {
        try
        {
            if (feeds.TryFindRun(info.Id, out var run, out _))
                kept.Keep(origin, run, ct);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            log.LogWarning(fault, "No copy of run {Run} could be kept for those who load the torrent", info.Id);
        }
    }
}
