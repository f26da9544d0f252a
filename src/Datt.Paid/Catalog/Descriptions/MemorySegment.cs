namespace Datt.Paid.Catalog.Descriptions;

/// <summary>Entries that are not in a file yet. One writer adds; readers may look at what was added before they learned of it.</summary>
internal sealed class MemorySegment(int id) : DescriptionSegment(id)
{
    /// <summary>A segment that holds so much is frozen and written to a file.</summary>
    public const int FullBytes = 4 << 20;

    /// <summary>Entries never span chunks.</summary>
    private const int ChunkBytes = 256 << 10;

    private byte[][] _chunks = [];
    private Place[] _places = new Place[256];
    private int _count;
    private int _used;
    private long _bytes;

    public override int Count => Volatile.Read(ref _count);

    public override long Bytes => _bytes;

    public bool IsFull => _bytes >= FullBytes;

    /// <summary>Adds an entry and returns its number.</summary>
    public int Add(UInt128 hash, string contentId, ReadOnlySpan<byte> description)
    {
        var into = Room(DescriptionEntry.MaxPrefix + description.Length);
        var prefix = DescriptionEntry.WritePrefix(into, hash, contentId, description.Length);
        description.CopyTo(into[prefix..]);
        return Took(prefix + description.Length);
    }

    /// <summary>Adds an entry as it stands in another segment of this kind.</summary>
    public int Add(ReadOnlySpan<byte> entry)
    {
        entry.CopyTo(Room(entry.Length));
        return Took(entry.Length);
    }

    public override ReadOnlySpan<byte> Entry(int index)
    {
        var place = Volatile.Read(ref _places)[index];
        return Volatile.Read(ref _chunks)[place.Chunk].AsSpan(place.Offset, place.Length);
    }

    protected override void Free()
    {
    }

    private Span<byte> Room(int length)
    {
        if (_chunks.Length == 0 || _used + length > ChunkBytes)
        {
            Volatile.Write(ref _chunks, [.. _chunks, GC.AllocateUninitializedArray<byte>(ChunkBytes)]);
            _used = 0;
        }

        return _chunks[^1].AsSpan(_used);
    }

    private int Took(int length)
    {
        var index = _count;
        if (index == _places.Length)
        {
            var more = new Place[_places.Length * 2];
            _places.CopyTo(more, 0);
            Volatile.Write(ref _places, more);
        }

        _places[index] = new(_chunks.Length - 1, _used, length);
        _used += length;
        _bytes += length;
        Volatile.Write(ref _count, index + 1);
        return index;
    }

    private readonly record struct Place(int Chunk, int Offset, int Length);
}
