namespace Datt.Paid.Federation;

/// <summary>So many in an hour, all at once where none were used for an hour. Not safe for several threads.</summary>
internal sealed class RateBucket(int perHour)
{
    private double _left = perHour;
    private DateTimeOffset? _at;

    /// <summary>Takes one, if there is one.</summary>
    public bool TryTake(DateTimeOffset now)
    {
        if (_at is { } last && now > last)
            _left = Math.Min(perHour, _left + ((now - last).TotalHours * perHour));
        if (_at is null || now > _at)
            _at = now;
        if (_left < 1)
            return false;
        _left--;
        return true;
    }
}
