namespace Datt.Paid.Sync.Exchange;

/// <summary>Leaves with their paths that are free: so many a day (UTC) for each origin and address, in bounded memory. Not safe for several threads.</summary>
internal sealed class ProofAllowance(int perDay)
{
    /// <summary>Pairs of origin and address that are counted in a day; further ones have no free leaves.</summary>
    internal const int MostPairs = 200_000;

    private readonly Dictionary<(string Origin, UInt128 Address), int> _used = [];
    private int _day;

    public bool TryTake(string origin, UInt128 address, DateTimeOffset now)
    {
        if (DailyPool.DayOf(now) > _day)
        {
            _day = DailyPool.DayOf(now);
            _used.Clear();
        }
        var isCounted = _used.TryGetValue((origin, address), out var used);
        if (used >= perDay || (!isCounted && _used.Count >= MostPairs))
            return false;
        _used[(origin, address)] = used + 1;
        return true;
    }
}
