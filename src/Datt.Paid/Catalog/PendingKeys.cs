using System.Runtime.InteropServices;

namespace Datt.Paid.Catalog;

/// <summary>Keys at consecutive positions, added at the end and removed at the front, in chunks so that a long queue is never copied. Not thread-safe.</summary>
internal sealed class PendingKeys
{
    private const int ChunkSize = 4_096;
    private readonly List<ContentKey[]> _chunks = [];
    private long _chunksStart;

    /// <summary>Keys at positions up to here, counted from 1, are gone.</summary>
    public long Start { get; private set; }

    /// <summary>Position of the last key.</summary>
    public long End { get; private set; }

    public long Count => End - Start;

    public void Add(ReadOnlySpan<ContentKey> keys)
    {
        while (keys.Length > 0)
        {
            var (chunk, offset) = Math.DivRem(End - _chunksStart, ChunkSize);
            if (chunk == _chunks.Count)
                _chunks.Add(new ContentKey[ChunkSize]);
            var taken = Math.Min(keys.Length, ChunkSize - (int)offset);
            keys[..taken].CopyTo(_chunks[(int)chunk].AsSpan((int)offset));
            keys = keys[taken..];
            End += taken;
        }
    }

    /// <summary>Appends the keys after a position to a list.</summary>
    public void CopyTo(List<ContentKey> into, long after, int count)
    {
        var first = into.Count;
        CollectionsMarshal.SetCount(into, first + count);
        CopyTo(CollectionsMarshal.AsSpan(into)[first..], after);
    }

    public ContentKey[] ToArray()
    {
        var keys = new ContentKey[Count];
        CopyTo(keys, Start);
        return keys;
    }

    public void RemoveUpTo(long position)
    {
        if (position <= Start)
            return;
        Start = position;
        var whole = (int)((Start - _chunksStart) / ChunkSize);
        _chunks.RemoveRange(0, Math.Min(whole, _chunks.Count));
        _chunksStart += (long)whole * ChunkSize;
    }

    private void CopyTo(Span<ContentKey> into, long after)
    {
        while (into.Length > 0)
        {
            var (chunk, offset) = Math.DivRem(after - _chunksStart, ChunkSize);
            var taken = Math.Min(into.Length, ChunkSize - (int)offset);
            _chunks[(int)chunk].AsSpan((int)offset, taken).CopyTo(into);
            into = into[taken..];
            after += taken;
        }
    }
}
