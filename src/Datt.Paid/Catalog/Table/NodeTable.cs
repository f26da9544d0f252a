using System.Collections.Concurrent;

namespace Datt.Paid.Catalog.Table;

/// <summary>Numbers for nodes, so that a holder costs four bytes, and how many live records each has. One writer, any number of readers.</summary>
internal sealed class NodeTable
{
    private readonly ConcurrentDictionary<NodeKey, int> _numbers = new();
    private readonly ConcurrentDictionary<string, long> _recordsOfOrigin = new(StringComparer.Ordinal);
    private readonly Chunked<Row> _rows = new();
    private NodeKey _lastKey;
    private int _last = -1;

    /// <summary>Numbers below this are in use.</summary>
    public int Count => _rows.Length;

    /// <summary>Nodes with at least one live record.</summary>
    public int Active { get; private set; }

    /// <summary>Origins with at least one live record.</summary>
    public int Origins { get; private set; }

    public NodeKey this[int number] => _rows[number].Key;

    /// <summary>Number of a node; -1 for one that never had a record.</summary>
    public int Find(NodeKey node) => _numbers.GetValueOrDefault(node, -1);

    /// <summary>Number of a node, given on first sight. For the writer.</summary>
    public int NumberOf(string origin, string nodeId)
    {
        var key = new NodeKey(origin, nodeId);
        if (_last >= 0 && ReferenceEquals(_lastKey.NodeId, nodeId) && ReferenceEquals(_lastKey.Origin, origin))
            return _last;
        if (!_numbers.TryGetValue(key, out var number))
        {
            number = _rows.Add();
            _rows[number].Key = key;
            _numbers[key] = number;
        }

        _lastKey = key;
        _last = number;
        return number;
    }

    public long RecordsOf(int number) => number < 0 ? 0 : Volatile.Read(ref _rows[number].Records);

    public long RecordsOf(string origin) => _recordsOfOrigin.GetValueOrDefault(origin);

    /// <summary>Counts a record of a node in (1) or out (-1).</summary>
    public void Tally(int number, int change)
    {
        ref var row = ref _rows[number];
        row.Records += change;
        if (row.Records == (change > 0 ? 1 : 0))
            Active += change;
        var ofOrigin = _recordsOfOrigin.GetValueOrDefault(row.Key.Origin) + change;
        _recordsOfOrigin[row.Key.Origin] = ofOrigin;
        if (ofOrigin == (change > 0 ? 1 : 0))
            Origins += change;
    }

    private struct Row
    {
        public NodeKey Key;
        public long Records;
    }
}
