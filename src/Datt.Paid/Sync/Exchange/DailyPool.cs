namespace Datt.Paid.Sync.Exchange;

/// <summary>
/// Bytes that are given away in a day (UTC) to those who have earned none, all of them together. An address draws an eighth at most, so that one
/// does not take the beginning of all others. Not safe for several threads.
/// </summary>
internal sealed class DailyPool(long bytesPerDay)
{
    /// <summary>Addresses that may draw in a day.</summary>
    internal const int MostAddresses = 100_000;

    private readonly Dictionary<UInt128, long> _drawn = [];
    private int _day;
    private long _left;

    /// <summary>The UTC day of a moment, in days since 1970.</summary>
    public static int DayOf(DateTimeOffset now) => (int)(now.ToUnixTimeSeconds() / 86_400);

    /// <summary>When the next day begins.</summary>
    public static TimeSpan UntilTomorrow(DateTimeOffset now) => DateTimeOffset.UnixEpoch.AddDays(DayOf(now) + 1) - now;

    /// <summary>What is left of the day.</summary>
    public long Left(DateTimeOffset now)
    {
        Turn(now);
        return _left;
    }

    /// <summary>What an address may draw now.</summary>
    public long LeftFor(UInt128 address, DateTimeOffset now)
    {
        Turn(now);
        if (_drawn.TryGetValue(address, out var drawn))
            return Math.Clamp((bytesPerDay / 8) - drawn, 0, _left);
        return _drawn.Count < MostAddresses ? Math.Min(bytesPerDay / 8, _left) : 0;
    }

    /// <summary>Draws what <see cref="LeftFor"/> said is there.</summary>
    public void Draw(UInt128 address, long bytes)
    {
        if (bytes == 0)
            return;
        _left -= bytes;
        _drawn[address] = _drawn.GetValueOrDefault(address) + bytes;
    }

    /// <summary>Puts back what was drawn for nothing, where it was drawn today.</summary>
    public void PutBack(UInt128 address, long bytes, int day)
    {
        if (day != _day || bytes == 0)
            return;
        _left += bytes;
        _drawn[address] -= bytes;
    }

    // A clock that is set back opens no second pool.
    private void Turn(DateTimeOffset now)
    {
        if (DayOf(now) <= _day)
            return;
        _day = DayOf(now);
        _left = bytesPerDay;
        _drawn.Clear();
    }
}
