using System.Text;
using Datt.Paid.Catalog.Descriptions;
using Datt.Paid.Catalog.Table;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Catalog.Following;

/// <summary>
/// Records of a followed feed on their way into the table: read, decoded and hashed on the follower's thread, so that the writer's thread only
/// has to enter them.
/// </summary>
internal sealed class RecordBatch(string origin)
{
    /// <summary>Records of a batch: an announce never waits for more than these.</summary>
    public const int Size = 1_024;

    private const int MaxBytes = 4 << 20;

    private readonly List<Entry> _entries = [];
    private byte[] _descriptions = new byte[256 << 10];
    private int _used;
    private byte[] _lastNode = [];
    private string _lastNodeId = "";

    public int Count => _entries.Count;

    public bool IsFull => _entries.Count >= Size || _used >= MaxBytes;

    public void Clear()
    {
        _entries.Clear();
        _used = 0;
    }

    public void Add(in RecordView record)
    {
        if (!record.NodeId.SequenceEqual(_lastNode))
        {
            _lastNode = record.NodeId.ToArray();
            _lastNodeId = Encoding.ASCII.GetString(record.NodeId);
        }

        var contentId = Encoding.ASCII.GetString(record.ContentId);
        var description = record.Description;
        if (_used + description.Length > _descriptions.Length)
            Array.Resize(ref _descriptions, Math.Max(_descriptions.Length * 2, _used + description.Length));
        description.CopyTo(_descriptions.AsSpan(_used));
        _entries.Add(new(
            ContentKey.Of(contentId), _lastNodeId, contentId, record.AnnouncedAt, _used, description.Length,
            record.IsTombstone ? default : DescriptionEntry.HashOf(description)));
        _used += description.Length;
    }

    /// <summary>Enters the records; on the writer's thread, with the gate held. Returns the contents that changed.</summary>
    /// <param name="table">The table.</param>
    /// <param name="live">Where given, the live keys are noted here.</param>
    public ReadOnlySpan<ContentKey> Apply(ContentTable table, LiveSet? live)
    {
        var changed = new ContentKey[_entries.Count];
        var count = 0;
        foreach (var entry in _entries)
        {
            var node = table.Nodes.NumberOf(origin, entry.NodeId);
            if (entry.Length == 0)
            {
                if (!table.Holds(entry.Key, node))
                    continue;
                table.Withdraw(entry.Key, node);
            }
            else
            {
                live?.Add(entry.Key, node);
                if (table.Holds(entry.Key, node, entry.Hash, entry.AnnouncedAt))
                    continue;
                var location = table.FindDescription(entry.Key, entry.Hash);
                if (location == 0)
                    location = table.Descriptions.Add(entry.Hash, entry.ContentId, _descriptions.AsSpan(entry.Offset, entry.Length));
                table.Announce(entry.Key, node, entry.AnnouncedAt, entry.Hash, location);
            }

            changed[count++] = entry.Key;
        }

        return changed.AsSpan(0, count);
    }

    private readonly record struct Entry(ContentKey Key, string NodeId, string ContentId, long AnnouncedAt, int Offset, int Length, UInt128 Hash);
}
