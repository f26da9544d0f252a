using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Catalog.Feed;

/// <summary>
/// Records that are durable in the log and not in a run yet, as canonical bytes. Filled by the writer, then handed over whole.
/// </summary>
internal sealed class OpenPart
{
    private readonly List<Entry> _entries = [];

    public bool IsEmpty => _entries.Count == 0;

    public int Count => _entries.Count;

    public long Bytes { get; private set; }

    public long LastSeq { get; private set; }

    /// <summary>Live own records once this part counts; set when it is handed over.</summary>
    public long LiveAfter { get; set; }

    /// <summary>Takes a record at the given place of a buffer that nobody changes any more.</summary>
    public void Add(byte[] buffer, int offset, int length, long seq)
    {
        _entries.Add(new(buffer, offset, length));
        Bytes += length;
        LastSeq = seq;
    }

    public void Add(in RecordView record)
    {
        var copy = record.Bytes.ToArray();
        Add(copy, 0, copy.Length, record.Seq);
    }

    /// <summary>The newest record of each key, ordered by nodeId, then contentId, as bytes.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> NewestByKey()
    {
        var keyed = new Keyed[_entries.Count];
        for (var i = 0; i < keyed.Length; i++)
        {
            var entry = _entries[i];
            if (!RecordCodec.TryRead(entry.Bytes.Span, out var record, out var fault))
                throw new InvalidOperationException($"A record of the open part is not readable: {fault}.");
            record.Bytes.Overlaps(record.NodeId, out var node);
            record.Bytes.Overlaps(record.ContentId, out var content);
            keyed[i] = new(entry, i, (short)node, (short)record.NodeId.Length, (short)content, (short)record.ContentId.Length);
        }

        Array.Sort(keyed);
        for (var i = 0; i < keyed.Length; i++)
        {
            if (i + 1 == keyed.Length || keyed[i].CompareKey(keyed[i + 1]) != 0)
                yield return keyed[i].Entry.Bytes;
        }
    }

    private readonly record struct Entry(byte[] Buffer, int Offset, int Length)
    {
        public ReadOnlyMemory<byte> Bytes => Buffer.AsMemory(Offset, Length);
    }

    private readonly struct Keyed(Entry entry, int order, short node, short nodeLength, short content, short contentLength) : IComparable<Keyed>
    {
        private readonly int _order = order;
        private readonly short _node = node, _nodeLength = nodeLength, _content = content, _contentLength = contentLength;

        public Entry Entry { get; } = entry;

        private ReadOnlySpan<byte> NodeId => Entry.Buffer.AsSpan(Entry.Offset + _node, _nodeLength);

        private ReadOnlySpan<byte> ContentId => Entry.Buffer.AsSpan(Entry.Offset + _content, _contentLength);

        public int CompareTo(Keyed other)
        {
            var key = CompareKey(other);
            return key != 0 ? key : _order.CompareTo(other._order);
        }

        public int CompareKey(Keyed other)
        {
            var node = NodeId.SequenceCompareTo(other.NodeId);
            return node != 0 ? node : ContentId.SequenceCompareTo(other.ContentId);
        }
    }
}
