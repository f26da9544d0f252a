using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Datt.Paid.Catalog.Descriptions;

/// <summary>Entries in a file, mapped into memory as long as it is used: one pointer, no object per read.</summary>
internal sealed unsafe class MappedSegment : DescriptionSegment
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly uint* _offsets;

    private MappedSegment(int id, MemoryMappedFile file, MemoryMappedViewAccessor view, byte* start, SegmentFooter footer, ZstdDictionary dictionary)
        : base(id)
    {
        _file = file;
        _view = view;
        _start = start;
        _offsets = (uint*)(start + footer.OffsetsAt);
        Count = footer.Count;
        Bytes = footer.OffsetsAt - SegmentFile.HeaderSize;
        Dictionary = dictionary;
    }

    public override int Count { get; }

    public override long Bytes { get; }

    public override ZstdDictionary Dictionary { get; }

    /// <summary>Maps a segment file; null where it is not one.</summary>
    public static MappedSegment? TryOpen(string path, int id, Func<int, ZstdDictionary?> dictionaryOf)
    {
        if (new FileInfo(path) is not { Exists: true, Length: > SegmentFile.HeaderSize + SegmentFooter.Size } info)
            return null;
        var file = MemoryMappedFile.CreateFromFile(
            File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete), null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        var view = file.CreateViewAccessor(0, info.Length, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        var bytes = new ReadOnlySpan<byte>(start, checked((int)info.Length));
        if (SegmentFooter.TryRead(bytes, out var footer) && dictionaryOf(footer.Dictionary) is { } dictionary)
            return new(id, file, view, start, footer, dictionary);
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
        return null;
    }

    public override ReadOnlySpan<byte> Entry(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        var from = Offset(index);
        return new(_start + from, (int)(Offset(index + 1) - from));
    }

    protected override void Free()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private uint Offset(int index) => BinaryPrimitives.ReadUInt32LittleEndian(MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(_offsets + index, 1)));
}
