using Datt.Paid.Payments;
using Datt.Paid.Storage;

namespace Datt.Paid.Subscriptions;

public enum SubscriptionState
{
    None,
    Active,
    Grace,
    Expired,
    Suspended,
}

/// <summary>
/// When an account has access, as a pure function of its periods: a period that covers now, or the grace after the last confirmed one, unless
/// that was taken back.
/// Periods that touch are kept as one window. Immutable and small: most accounts have one window.
/// </summary>
public sealed class AccessWindows
{
    public static readonly AccessWindows None = new([], long.MinValue, 0);

    private readonly long[] _edges; // from, to, from, to ... in Unix milliseconds, ascending
    private readonly long _confirmedEnd;
    private readonly long _graceEnd;

    private AccessWindows(long[] edges, long confirmedEnd, long graceEnd)
    {
        _edges = edges;
        _confirmedEnd = confirmedEnd;
        _graceEnd = graceEnd;
    }

    /// <summary>Periods in any order; those that do not count (sandbox periods under a real provider) are left out by the caller.</summary>
    public static AccessWindows Of(IEnumerable<Period> periods) => Of(periods.Select(
        p => new PaidTime(p.From.ToUnixTimeMilliseconds(), p.To.ToUnixTimeMilliseconds(), p.Provisional, p.EndedEarly)));

    /// <summary>The same of what a start reads.</summary>
    internal static AccessWindows Of(IEnumerable<PaidTime> periods)
    {
        var edges = new List<long>();
        var (confirmedEnd, graceEnd) = (long.MinValue, long.MinValue);
        foreach (var (from, to, provisional, endedEarly) in periods.OrderBy(p => p.From))
        {
            if (!provisional && to >= confirmedEnd)
            {
                confirmedEnd = to;
                graceEnd = endedEarly ? to : to + (long)PeriodSeries.Grace.TotalMilliseconds;
            }
            if (edges.Count > 0 && from <= edges[^1])
                edges[^1] = Math.Max(edges[^1], to);
            else
            {
                edges.Add(from);
                edges.Add(to);
            }
        }
        return edges.Count == 0 ? None : new AccessWindows([.. edges], confirmedEnd, graceEnd);
    }

    /// <summary>End of the last window; null when there never was one.</summary>
    public DateTimeOffset? PaidUntil => _edges.Length == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(_edges[^1]);

    public SubscriptionState StateAt(DateTimeOffset now)
    {
        var time = now.ToUnixTimeMilliseconds();
        for (var i = 0; i < _edges.Length; i += 2)
        {
            if (time >= _edges[i] && time < _edges[i + 1])
                return SubscriptionState.Active;
        }
        if (_confirmedEnd == long.MinValue || time < _confirmedEnd)
            return SubscriptionState.None;
        return time < _graceEnd ? SubscriptionState.Grace : SubscriptionState.Expired;
    }
}

/// <summary>What a period says about access; times in Unix milliseconds.</summary>
internal readonly record struct PaidTime(long From, long To, bool Provisional, bool EndedEarly)
{
    /// <summary>What is left of times whose end is all that is known, and past its grace.</summary>
    public static PaidTime Past(long to, bool provisional) => new(to - 1, to, provisional, EndedEarly: true);
}
