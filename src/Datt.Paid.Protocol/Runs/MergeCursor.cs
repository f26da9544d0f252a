using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Protocol.Runs;

/// <summary>
/// Goes through several runs at once in key order and shows the newest record of each key. For one thread; holds one frame of each run.
/// </summary>
public sealed class MergeCursor : IDisposable
{
    private readonly bool _dropTombstones;
    private readonly RunCursor[] _cursors;

    /// <summary>The cursors that stand on a record, as a heap: the least key first, of equal keys the newest.</summary>
    private readonly int[] _heap;
    private int _heapSize;
    private int _current = -1;
    private bool _begun;

    /// <summary>The runs must cover a range of sequence numbers without overlap or gap, in any order; otherwise the first <see cref="MoveNext"/> fails.</summary>
    public MergeCursor(IReadOnlyList<RunReader> runs, bool dropTombstones)
    {
        _dropTombstones = dropTombstones;
        var oldestFirst = runs.OrderBy(r => r.Scope.MinSeq).ToArray();
        Fault = FaultOf(oldestFirst);
        _cursors = Fault == RunFault.None ? [.. oldestFirst.Select(r => r.Records())] : [];
        _heap = new int[_cursors.Length];
    }

    public RunFault Fault { get; private set; }

    /// <summary>Valid until the next <see cref="MoveNext"/>.</summary>
    public RecordView Current => _cursors[_current].Current;

    /// <summary>False at the end, and at the first thing that is wrong: <see cref="Fault"/> tells which.</summary>
    public bool MoveNext()
    {
        if (Fault != RunFault.None)
            return false;
        if (!_begun)
        {
            _begun = true;
            for (var i = 0; i < _cursors.Length && Fault == RunFault.None; i++)
                Advance(i);
        }

        while (Fault == RunFault.None)
        {
            if (_current >= 0)
                Advance(_current);
            _current = -1;
            if (_heapSize == 0 || Fault != RunFault.None)
                return false;
            _current = Pop();
            while (_heapSize > 0 && Fault == RunFault.None && CompareKeys(_heap[0], _current) == 0)
                Advance(Pop());
            if (Fault == RunFault.None && !(_dropTombstones && Current.IsTombstone))
                return true;
        }

        return false;
    }

    public void Dispose()
    {
        foreach (var cursor in _cursors)
            cursor.Dispose();
    }

    private static RunFault FaultOf(RunReader[] oldestFirst)
    {
        if (oldestFirst.Length is 0 or > RunLimits.MaxMergeInputs)
            return RunFault.OverLimit;
        for (var i = 1; i < oldestFirst.Length; i++)
        {
            // A record may have been dropped together with its tombstone in one run and still lie in another that overlaps it.
            if (oldestFirst[i].Scope.MinSeq - 1 != oldestFirst[i - 1].Scope.MaxSeq)
                return RunFault.NotContiguous;
        }

        return RunFault.None;
    }

    /// <summary>Moves a cursor that is not on the heap and puts it there if it stands on a record.</summary>
    private void Advance(int cursor)
    {
        if (!_cursors[cursor].MoveNext())
        {
            if (_cursors[cursor].Fault != RunFault.None)
                Fault = _cursors[cursor].Fault;
            return;
        }

        var at = _heapSize++;
        for (; at > 0 && IsBefore(cursor, _heap[(at - 1) / 2]); at = (at - 1) / 2)
            _heap[at] = _heap[(at - 1) / 2];
        _heap[at] = cursor;
    }

    private int Pop()
    {
        var top = _heap[0];
        var last = _heap[--_heapSize];
        var at = 0;
        while (2 * at + 1 < _heapSize)
        {
            var child = 2 * at + 1;
            if (child + 1 < _heapSize && IsBefore(_heap[child + 1], _heap[child]))
                child++;
            if (!IsBefore(_heap[child], last))
                break;
            _heap[at] = _heap[child];
            at = child;
        }

        _heap[at] = last;
        return top;
    }

    /// <summary>Cursors are numbered from the oldest run to the newest.</summary>
    private bool IsBefore(int left, int right)
    {
        var order = CompareKeys(left, right);
        return order < 0 || (order == 0 && left > right);
    }

    private int CompareKeys(int left, int right)
    {
        var a = _cursors[left].Current;
        var b = _cursors[right].Current;
        return RecordView.CompareKeys(a.NodeId, a.ContentId, b.NodeId, b.ContentId);
    }
}
