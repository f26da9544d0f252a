namespace Datt.Paid.Federation;

/// <summary>So many in an hour; what was not used is saved up to <paramref name="most"/>. Not safe for several threads.</summary>
internal sealed class RateBucket(int perHour, int most)
{
    private double _left = most;
    private DateTimeOffset? _at;

    /// <summary>Takes one, if there is one.</summary>
    public bool TryTake(DateTimeOffset now)
    {
        if (_at is { } last && now > last)
            _left = Math.Min(most, _left + ((now - last).TotalHours * perHour));
        if (_at is null || now > _at)
            _at = now;
        if (_left < 1)
            return false;
        _left--;
        return true;
    }
}
