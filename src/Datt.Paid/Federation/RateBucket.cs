namespace Datt.Paid.Federation;

/// <summary>So many in an hour; what was not used is saved up to <paramref name="most"/>. Not safe for several threads.</summary>
internal sealed class RateBucket(int perHour, int most)
{
    private double _left = most;
    private DateTimeOffset? _at;

    /// <summary>Whether less than half is left of what may be saved up.</summary>
    public bool IsLow(DateTimeOffset now)
    {
        Fill(now);
        return _left < most / 2.0;
    }

    /// <summary>Takes one, if there is one.</summary>
    public bool TryTake(DateTimeOffset now)
    {
        Fill(now);
        if (_left < 1)
            return false;
        _left--;
        return true;
    }

    private void Fill(DateTimeOffset now)
    {
        if (_at is { } last && now > last)
            _left = Math.Min(most, _left + ((now - last).TotalHours * perHour));
        if (_at is null || now > _at)
            _at = now;
    }
}
