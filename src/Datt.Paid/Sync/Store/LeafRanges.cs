using System.Collections;

namespace Datt.Paid.Sync.Store;

/// <summary>Which leaves of a run are held. Thread-safe.</summary>
public sealed class LeafRanges
{
    private readonly Lock _gate = new();
    private readonly BitArray _held;
    private int _count;

    /// <param name="leaves">Leaves of the run.</param>
    public LeafRanges(int leaves) => _held = new BitArray(leaves);

    public int Leaves => _held.Length;

    /// <summary>How many are held.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _count;
        }
    }

    public bool IsComplete => Count == Leaves;

    public void Add(int leaf)
    {
        lock (_gate)
        {
            if (_held[leaf])
                return;
            _held[leaf] = true;
            _count++;
        }
    }

    /// <summary>Whether all of <paramref name="count"/> leaves from <paramref name="first"/> on are held.</summary>
    public bool Has(int first, int count)
    {
        lock (_gate)
        {
            for (var i = first; i < first + count; i++)
            {
                if (!_held[i])
                    return false;
            }
            return true;
        }
    }

    /// <summary>What is held as ranges, first and last leaf included.</summary>
    public IReadOnlyList<(int First, int Last)> ToRanges()
    {
        var ranges = new List<(int, int)>();
        lock (_gate)
        {
            for (var i = 0; i < _held.Length; i++)
            {
                if (!_held[i])
                    continue;
                var first = i;
                while (i + 1 < _held.Length && _held[i + 1])
                    i++;
                ranges.Add((first, i));
            }
        }
        return ranges;
    }
}
