using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Catalog.Feed;

/// <summary>Called for each record of a segment, in order; what is shown is valid during the call only.</summary>
internal delegate void WalVisitor(in RecordView record);

/// <summary>What a segment held.</summary>
/// <param name="Epoch">Epoch it was written in; 0 where not even its header was complete.</param>
/// <param name="Length">Bytes that are good; what follows is the torn end of a write that was never acknowledged.</param>
/// <param name="FirstSeq">First sequence number, 0 without a record.</param>
/// <param name="LastSeq">Last sequence number, 0 without a record.</param>
internal readonly record struct WalContent(long Epoch, long Length, long FirstSeq, long LastSeq);

/// <summary>Reads segments of the write-ahead log.</summary>
internal static class WalReader
{
    /// <summary>Reads a segment. Only the last one of a log may end torn.</summary>
    /// <exception cref="CatalogDamagedException">Something that was once durable cannot be read.</exception>
    public static WalContent Read(string path, bool isLast, WalVisitor visit)
    {
        var file = File.ReadAllBytes(path);
        if (!WalFormat.TryReadHeader(file, out var epoch))
        {
            if (isLast && !HasLaterGroup(file, 0))
                return default;
            throw Damaged(path, 0);
        }

        long first = 0, last = 0;
        var offset = WalFormat.HeaderSize;
        while (offset < file.Length)
        {
            if (!WalFormat.TryReadFrame(file, offset, RecordCodec.MaxBytes, out var bytes, out _))
            {
                if (isLast && !HasLaterGroup(file, offset))
                    break;
                throw Damaged(path, offset);
            }

            if (!RecordCodec.TryRead(bytes, out var record, out _) || record.Bytes.Length != bytes.Length || record.Seq <= last)
                throw Damaged(path, offset);
            visit(in record);
            last = record.Seq;
            if (first == 0)
                first = last;
            offset += WalFormat.FrameHeaderSize + bytes.Length;
        }

        return new(epoch, offset, first, last);
    }

    /// <summary>Whether a frame behind <paramref name="offset"/> belongs to a group that began behind it.</summary>
    private static bool HasLaterGroup(ReadOnlySpan<byte> file, int offset)
    {
        for (var at = offset + 1; at + WalFormat.FrameHeaderSize < file.Length; at++)
        {
            if (WalFormat.TryReadFrame(file, at, RecordCodec.MaxBytes, out _, out var groupStart) && groupStart > offset)
                return true;
        }

        return false;
    }

    private static CatalogDamagedException Damaged(string path, long offset) => new(
        $"{path} is damaged at byte {offset}: records that were once on disk cannot be read. Restore the data directory from a backup.");
}
