namespace Datt.Paid.Search.Execution;

/// <summary>
/// Place of a hit in the total order of a result: hits that match all words (group 0) before others (group 1), then the greater rank, then the newer date, then
/// the smaller key. The rank is the score's bits (scores are never negative, so bits order like numbers) or the date. The same on every server that has the
/// same contents and statistics.
/// </summary>
internal readonly record struct HitRank(byte Group, long Rank, long Date, UInt128 Key) : IComparable<HitRank>
{
    public static long OfScore(float score) => BitConverter.SingleToInt32Bits(score);

    /// <summary>Less than zero: comes first.</summary>
    public int CompareTo(HitRank other)
    {
        if (Group != other.Group)
            return Group.CompareTo(other.Group);
        if (Rank != other.Rank)
            return other.Rank.CompareTo(Rank);
        if (Date != other.Date)
            return other.Date.CompareTo(Date);
        return Key.CompareTo(other.Key);
    }
}

internal readonly record struct RankedHit(HitRank Rank, float Score);

/// <summary>Keeps the first hits of a result, after a given one if it is a later page.</summary>
internal sealed class TopHits(int size, HitRank? after)
{
    /// <summary>A heap with the last of the kept hits on top.</summary>
    private readonly RankedHit[] _heap = new RankedHit[size];

    private readonly HitRank _after = after ?? default;
    private readonly bool _hasAfter = after is not null;
    private int _count;
    private int _worstGroup = int.MaxValue;
    private long _worstRank = long.MinValue;

    /// <summary>Hits seen, kept or not.</summary>
    public long Total { get; set; }

    /// <summary>Whether a hit may be kept; most are not, and need no date and no key.</summary>
    public bool MayKeep(int group, long rank) => group < _worstGroup || (group == _worstGroup && rank >= _worstRank);

    public void Offer(SegmentCore core, int doc, byte group, long rank, float score)
    {
        var hit = new HitRank(group, rank, core.Dates[doc], core.Keys[doc]);
        if (_hasAfter && hit.CompareTo(_after) <= 0)
            return;
        if (_count < _heap.Length)
        {
            _heap[_count] = new RankedHit(hit, score);
            Up(_count++);
        }
        else if (hit.CompareTo(_heap[0].Rank) < 0)
        {
            _heap[0] = new RankedHit(hit, score);
            Down();
        }

        if (_count < _heap.Length)
            return;
        _worstGroup = _heap[0].Rank.Group;
        _worstRank = _heap[0].Rank.Rank;
    }

    /// <summary>The kept hits, first ones first.</summary>
    public RankedHit[] Sorted()
    {
        var sorted = _heap[.._count];
        Array.Sort(sorted, (a, b) => a.Rank.CompareTo(b.Rank));
        return sorted;
    }

    private void Up(int at)
    {
        while (at > 0)
        {
            var parent = (at - 1) / 2;
            if (_heap[parent].Rank.CompareTo(_heap[at].Rank) >= 0)
                return;
            (_heap[parent], _heap[at]) = (_heap[at], _heap[parent]);
            at = parent;
        }
    }

    private void Down()
    {
        var at = 0;
        while (true)
        {
            var child = (2 * at) + 1;
            if (child >= _count)
                return;
            if (child + 1 < _count && _heap[child + 1].Rank.CompareTo(_heap[child].Rank) > 0)
                child++;
            if (_heap[at].Rank.CompareTo(_heap[child].Rank) >= 0)
                return;
            (_heap[at], _heap[child]) = (_heap[child], _heap[at]);
            at = child;
        }
    }
}
