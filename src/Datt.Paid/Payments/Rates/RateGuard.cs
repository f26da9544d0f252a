namespace Datt.Paid.Payments.Rates;

/// <summary>
/// Decides whether a rate can be believed: bounds, age, and how far it may jump. Pure but for what it remembers. No wrong price comes out of it, at
/// worst none.
/// </summary>
/// <remarks>Not safe for use by several threads at once.</remarks>
internal sealed class RateGuard(decimal minimum, decimal maximum, TimeSpan maximumAge, decimal maximumJump)
{
    private (decimal Rate, DateTimeOffset At)? _accepted;
    private (decimal Rate, DateTimeOffset Since)? _jumped;

    /// <summary>Takes note of what the source said. Null when it is believed, else why not.</summary>
    public string? Offer(decimal rate, DateTimeOffset now)
    {
        if (rate < minimum || rate > maximum)
        {
            return FormattableString.Invariant(
                $"the rate {rate} is outside {RatesOptions.Section}:Minimum {minimum} and {RatesOptions.Section}:Maximum {maximum}");
        }
        if (_accepted is not { } accepted || IsNear(rate, accepted.Rate))
        {
            (_accepted, _jumped) = ((rate, now), null);
            return null;
        }
        var since = _jumped is { } jumped && IsNear(rate, jumped.Rate) ? jumped.Since : now;
        if (now - since >= maximumAge)
        {
            (_accepted, _jumped) = ((rate, now), null);
            return null;
        }
        _jumped = (rate, since);
        return FormattableString.Invariant(
            $"the rate jumped from {accepted.Rate} to {rate}, more than {RatesOptions.Section}:MaximumJump {maximumJump}; it is believed once it has held for {maximumAge}");
    }

    /// <summary>The newest rate that was believed; null when there is none or it is too old.</summary>
    public decimal? At(DateTimeOffset now) =>
        _accepted is { } accepted && now - accepted.At <= maximumAge && accepted.At - now <= maximumAge ? accepted.Rate : null;

    private bool IsNear(decimal rate, decimal former) => Math.Abs(rate - former) <= former * maximumJump;
}
