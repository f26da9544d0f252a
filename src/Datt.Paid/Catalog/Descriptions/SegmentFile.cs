using System.Buffers.Binary;
using Datt.Paid.Catalog.Feed;
using ZstdSharp.Unsafe;

namespace Datt.Paid.Catalog.Descriptions;

/// <summary>The end of a segment file: number of entries, number of the dictionary, where the offsets begin, CRC-32C of the offsets and these.</summary>
internal readonly record struct SegmentFooter(int Count, int Dictionary, long OffsetsAt)
{
    public const int Size = 20;

    public static bool TryRead(ReadOnlySpan<byte> file, out SegmentFooter footer)
    {
        var end = file[^Size..];
        footer = new(
            BinaryPrimitives.ReadInt32LittleEndian(end), BinaryPrimitives.ReadInt32LittleEndian(end[4..]), BinaryPrimitives.ReadInt64LittleEndian(end[8..]));
        var offsets = (footer.Count + 1L) * sizeof(uint);
        return file.StartsWith(SegmentFile.Magic) && footer.Count >= 0 && footer.OffsetsAt >= SegmentFile.HeaderSize
            && footer.OffsetsAt + offsets + Size == file.Length
            && BinaryPrimitives.ReadUInt32LittleEndian(end[16..]) == Crc32C.Of(file[(int)footer.OffsetsAt..^4]);
    }

    public void Write(Span<byte> into)
    {
        BinaryPrimitives.WriteInt32LittleEndian(into, Count);
        BinaryPrimitives.WriteInt32LittleEndian(into[4..], Dictionary);
        BinaryPrimitives.WriteInt64LittleEndian(into[8..], OffsetsAt);
    }
}

/// <summary>Writes a segment as a file: <c>DATTDSC1</c>, the entries compressed one by one, where each begins, the footer.</summary>
internal static unsafe class SegmentFile
{
    public const int HeaderSize = 8;

    public static ReadOnlySpan<byte> Magic => "DATTDSC1"u8;

    public static void Write(FeedFiles files, string path, MemorySegment segment, ZstdDictionary dictionary, int dictionaryNumber)
    {
        using var memory = new MemoryStream((int)segment.Bytes);
        memory.Write(Magic);
        var offsets = new byte[((segment.Count + 1) * sizeof(uint)) + SegmentFooter.Size];
        var packed = new byte[64 << 10];
        var context = Methods.ZSTD_createCCtx();
        try
        {
            for (var i = 0; i < segment.Count; i++)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(offsets.AsSpan(i * sizeof(uint)), (uint)memory.Position);
                var entry = segment.Entry(i);
                var prefix = DescriptionEntry.PrefixLength(entry);
                memory.Write(entry[..prefix]);
                var description = entry[prefix..];
                var length = dictionary.Compress(context, description, packed.AsSpan(0, Math.Max(0, Math.Min(packed.Length, description.Length - 1))));
                memory.Write(length == 0 ? description : packed.AsSpan(0, length));
            }
        }
        finally
        {
            Methods.ZSTD_freeCCtx(context);
        }

        var footer = offsets.AsSpan(offsets.Length - SegmentFooter.Size);
        BinaryPrimitives.WriteUInt32LittleEndian(offsets.AsSpan(segment.Count * sizeof(uint)), (uint)memory.Position);
        new SegmentFooter(segment.Count, dictionaryNumber, memory.Position).Write(footer);
        BinaryPrimitives.WriteUInt32LittleEndian(footer[16..], Crc32C.Of(offsets.AsSpan(0, offsets.Length - 4)));
        memory.Write(offsets);
        files.WriteDurably(path, memory.GetBuffer().AsSpan(0, (int)memory.Length));
    }
}
