using System.Numerics;

namespace Datt.Paid.Catalog.Table;

/// <summary>
/// Finds places by hash: open addressing over one int per place, no objects. One writer; readers may go on while it changes and may then miss or see too much,
/// which they notice by other means.
/// </summary>
internal sealed class HashIndex
{
    private const int Empty = 0;
    private const int Removed = -1;
    private int[] _table = new int[64];
    private int _used;
    private int _live;

    /// <summary>Starts to look for a hash.</summary>
    public Probe Find(ulong hash) => new(Volatile.Read(ref _table), hash);

    /// <summary>Adds a place; <paramref name="hashOf"/> gives the hash of any place here, for when the table has to grow.</summary>
    public void Add(ulong hash, int place, Func<int, ulong> hashOf)
    {
        if ((_used + 1) * 5L > _table.Length * 3L)
            Grow(hashOf);
        if (Insert(_table, hash, place))
            _used++;
        _live++;
    }

    public void Remove(ulong hash, int place)
    {
        var mask = _table.Length - 1;
        for (var at = (int)hash & mask; _table[at] != Empty; at = (at + 1) & mask)
        {
            if (_table[at] != place + 1)
                continue;
            Volatile.Write(ref _table[at], _table[(at + 1) & mask] == Empty ? Empty : Removed);
            if (_table[at] == Empty)
                _used--;
            _live--;
            return;
        }
    }

    private static bool Insert(int[] table, ulong hash, int place)
    {
        var mask = table.Length - 1;
        var at = (int)hash & mask;
        while (table[at] > 0)
            at = (at + 1) & mask;
        var wasEmpty = table[at] == Empty;
        Volatile.Write(ref table[at], place + 1);
        return wasEmpty;
    }

    private void Grow(Func<int, ulong> hashOf)
    {
        var grown = new int[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(64, (_live + 1) * 2))];
        foreach (var entry in _table)
        {
            if (entry > 0)
                Insert(grown, hashOf(entry - 1), entry - 1);
        }

        _used = _live;
        Volatile.Write(ref _table, grown);
    }

    /// <summary>The places that may have a hash, one after the other.</summary>
    public struct Probe(int[] table, ulong hash)
    {
        private int _at = (int)hash & (table.Length - 1);
        private int _left = table.Length;

        public bool Next(out int place)
        {
            while (_left-- > 0)
            {
                var entry = Volatile.Read(ref table[_at]);
                _at = (_at + 1) & (table.Length - 1);
                if (entry == Empty)
                    break;
                if (entry == Removed)
                    continue;
                place = entry - 1;
                return true;
            }

            place = -1;
            return false;
        }
    }
}
