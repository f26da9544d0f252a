using Datt.Paid.Catalog;

namespace Datt.Paid.Search.Indexing;

/// <summary>
/// The keys that were ever indexed, by half of each key: about 16 bytes a content. It may hold a key that was not indexed (then a document is replaced that
/// is not there, which is only slower), never the reverse. Not thread-safe: each writing thread has its own.
/// </summary>
internal sealed class KeySet
{
    private ulong[] _places = new ulong[1_024];
    private int _count;
    private bool _hasZero;

    /// <returns>Whether it was not there.</returns>
    public bool Add(ContentKey key)
    {
        var half = (ulong)key.Value;
        if (half == 0)
        {
            var isNew = !_hasZero;
            _hasZero = true;
            return isNew;
        }

        if (2 * _count >= _places.Length)
            Grow();
        if (!Place(_places, half))
            return false;
        _count++;
        return true;
    }

    public bool Contains(ContentKey key)
    {
        var half = (ulong)key.Value;
        if (half == 0)
            return _hasZero;
        var mask = _places.Length - 1;
        var at = (int)half & mask;
        while (_places[at] != 0 && _places[at] != half)
            at = (at + 1) & mask;
        return _places[at] == half;
    }

    public void Clear()
    {
        _places = new ulong[1_024];
        _count = 0;
        _hasZero = false;
    }

    private static bool Place(ulong[] places, ulong half)
    {
        // Keys are hashes already; the upper bits have picked the thread.
        var mask = places.Length - 1;
        var at = (int)half & mask;
        while (places[at] != 0)
        {
            if (places[at] == half)
                return false;
            at = (at + 1) & mask;
        }

        places[at] = half;
        return true;
    }

    private void Grow()
    {
        var larger = new ulong[2 * _places.Length];
        foreach (var half in _places)
        {
            if (half != 0)
                Place(larger, half);
        }

        _places = larger;
    }
}
