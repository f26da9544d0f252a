using System.Buffers;
using Datt.Paid.Catalog.Descriptions;
using Datt.Paid.Catalog.Table;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Catalog.Feed;

/// <summary>
/// A group of statements on its way: encoded as frames of the log, then applied to the table. Leaves out what would change nothing: a withdrawal of what is
/// not there, a statement that already stands word for word.
/// </summary>
internal sealed class GroupBuilder(ContentTable table, string origin, long nextSeq) : IBufferWriter<byte>
{
    /// <summary>What a frame has beyond description and ids, at most.</summary>
    private const int AroundDescription = 64;

    private const int MinRoom = 512;

    private readonly List<Change> _changes = [];
    private readonly HashSet<ContentKey> _touched = [];
    private ContentKey[] _keys = [];
    private byte[] _frames = [];
    private int _used;
    private long _groupStart;
    private long _now;
    private long _nextSeq = nextSeq;

    public bool IsEmpty => _changes.Count == 0;

    public ReadOnlySpan<byte> Frames => _frames.AsSpan(0, _used);

    public ReadOnlySpan<ContentKey> Keys => _keys.AsSpan(0, _changes.Count);

    public long LastSeq => _nextSeq - 1;

    /// <param name="groupStart">Where the group begins in the log.</param>
    /// <param name="now">Time of all its records.</param>
    /// <param name="batches">What will be added; only to make room for it at once, since an array that grows by doubling leaves its like behind each time.</param>
    public void Begin(long groupStart, long now, IEnumerable<IReadOnlyList<Announcement>> batches)
    {
        var room = 0;
        foreach (var batch in batches)
        {
            foreach (var statement in batch)
                room += statement.DescriptionBytes.Length + statement.ContentId.Length + statement.NodeId.Length + AroundDescription;
        }

        _changes.Clear();
        _touched.Clear();
        _frames = GC.AllocateUninitializedArray<byte>(room + MinRoom);
        _used = 0;
        _groupStart = groupStart;
        _now = now;
    }

    public void Add(Announcement statement)
    {
        var key = ContentKey.Of(statement.ContentId);
        var node = table.Nodes.NumberOf(origin, statement.NodeId);
        var description = statement.DescriptionBytes.Span;
        var hash = statement.Description is null ? default : DescriptionEntry.HashOf(description);
        long location = 0;
        if (statement.Description is null)
        {
            // What stands may be changed by an earlier statement of this group.
            if (!table.Holds(key, node) && !_touched.Contains(key))
                return;
        }
        else if (!_touched.Contains(key))
        {
            location = table.FindDescription(key, hash);
            if (location != 0 && table.Holds(key, node, hash))
                return;
        }

        _touched.Add(key);
        var isNew = statement.Description is not null && location == 0;
        if (isNew)
            location = table.Descriptions.Add(hash, statement.ContentId, description);
        var seq = _nextSeq++;
        var (offset, length) = Encode(statement, seq);
        if (_keys.Length == _changes.Count)
            Array.Resize(ref _keys, Math.Max(64, _keys.Length * 2));
        _keys[_changes.Count] = key;
        _changes.Add(new(key, node, hash, location, isNew, offset, length, seq));
    }

    public void Apply()
    {
        foreach (var change in _changes)
        {
            if (change.Location == 0)
                table.Withdraw(change.Key, change.Node);
            else
                table.Announce(change.Key, change.Node, _now, change.Hash, change.Location);
        }
    }

    /// <summary>Hands the encoded records over; the buffer goes with them.</summary>
    public void MoveTo(OpenPart part)
    {
        foreach (var change in _changes)
            part.Add(_frames, change.Offset, change.Length, change.Seq);
        _frames = [];
        _used = 0;
    }

    /// <summary>The group could not be written: the descriptions it brought are not needed. Its sequence numbers are skipped.</summary>
    public void Abandon()
    {
        foreach (var change in _changes)
        {
            if (change.Location != 0 && change.IsNew)
                table.Descriptions.Discard(change.Location);
        }

        _changes.Clear();
    }

    void IBufferWriter<byte>.Advance(int count) => _used += count;

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => Room(sizeHint);

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => Room(sizeHint).Span;

    private (int Offset, int Length) Encode(Announcement statement, long seq)
    {
        var frame = _used;
        Room(WalFormat.FrameHeaderSize);
        _used += WalFormat.FrameHeaderSize;
        RecordCodec.Encode(statement, seq, _now, this);
        WalFormat.Close(_frames.AsSpan(frame, _used - frame), _groupStart);
        return (frame + WalFormat.FrameHeaderSize, _used - frame - WalFormat.FrameHeaderSize);
    }

    private Memory<byte> Room(int size)
    {
        var needed = _used + Math.Max(size, MinRoom);
        if (needed > _frames.Length)
            Array.Resize(ref _frames, Math.Max(needed, _frames.Length * 2));
        return _frames.AsMemory(_used);
    }

    private readonly record struct Change(ContentKey Key, int Node, UInt128 Hash, long Location, bool IsNew, int Offset, int Length, long Seq);
}
