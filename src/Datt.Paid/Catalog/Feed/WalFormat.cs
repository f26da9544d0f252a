using System.Buffers.Binary;

namespace Datt.Paid.Catalog.Feed;

/// <summary>
/// Bytes of a segment of the write-ahead log, integers little endian. Header: <c>DATTWAL1</c>, epoch (8), CRC-32C of both (4). Then frames:
/// length of the record (4), where in the file the frame's group began (4), CRC-32C of both and of the record (4), the record's canonical bytes.
/// A group is written and synced at once, so what lies before a group that can be read was once durable: a bad frame there is damage, a bad frame with nothing of a
/// later group behind it is what a crash leaves.
/// </summary>
internal static class WalFormat
{
    public const int HeaderSize = 20;
    public const int FrameHeaderSize = 12;
    private static ReadOnlySpan<byte> Magic => "DATTWAL1"u8;

    public static byte[] Header(long epoch)
    {
        var header = new byte[HeaderSize];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(8), epoch);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(16), Crc32C.Of(header.AsSpan(0, 16)));
        return header;
    }

    public static bool TryReadHeader(ReadOnlySpan<byte> file, out long epoch)
    {
        epoch = 0;
        if (file.Length < HeaderSize || !file.StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(file[16..]) != Crc32C.Of(file[..16]))
            return false;
        epoch = BinaryPrimitives.ReadInt64LittleEndian(file[8..]);
        return true;
    }

    /// <summary>Fills in the header of a frame whose record already stands behind it.</summary>
    public static void Close(Span<byte> frame, long groupStart)
    {
        BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - FrameHeaderSize);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[4..], (uint)groupStart);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], Checksum(frame));
    }

    /// <summary>Reads the frame that begins at <paramref name="offset"/>; false where none with a right checksum does.</summary>
    public static bool TryReadFrame(ReadOnlySpan<byte> file, int offset, int maxRecord, out ReadOnlySpan<byte> record, out uint groupStart)
    {
        record = default;
        groupStart = 0;
        var rest = file[offset..];
        if (rest.Length <= FrameHeaderSize)
            return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        if (length <= 0 || length > maxRecord || length > rest.Length - FrameHeaderSize)
            return false;
        var frame = rest[..(FrameHeaderSize + length)];
        if (BinaryPrimitives.ReadUInt32LittleEndian(frame[8..]) != Checksum(frame))
            return false;
        groupStart = BinaryPrimitives.ReadUInt32LittleEndian(frame[4..]);
        record = frame[FrameHeaderSize..];
        return groupStart <= offset;
    }

    private static uint Checksum(ReadOnlySpan<byte> frame) => Crc32C.End(Crc32C.Add(Crc32C.Add(Crc32C.Start, frame[..8]), frame[FrameHeaderSize..]));
}
