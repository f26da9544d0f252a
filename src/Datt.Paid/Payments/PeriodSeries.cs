using Datt.Paid.Storage;

namespace Datt.Paid.Payments;

/// <summary>Where a period lies: calendar months in UTC, counted from the start of the unbroken series, so that 31 January, 28 February
/// and 31 March follow each other.</summary>
public readonly record struct PeriodSpan(DateTimeOffset From, DateTimeOffset To, DateTimeOffset SeriesStart, int SeriesMonths);

public static class PeriodSeries
{
    /// <summary>How long access goes on after the last period, and a new one still continues the series.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromDays(3);

    /// <summary>
    /// The next period: from the old end when bought before its grace is over, else from <paramref name="opens"/>. Nothing continues a period
    /// that was taken back, and nothing begins before its end.
    /// </summary>
    /// <param name="last">The confirmed period that ends last, or null.</param>
    public static PeriodSpan Next(Period? last, int months, DateTimeOffset opens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(months, 1);
        if (last is { EndedEarly: false } && opens < last.To + Grace)
        {
            var total = last.SeriesMonths + months;
            return new PeriodSpan(last.To, last.SeriesStart.AddMonths(total), last.SeriesStart, total);
        }
        // An unconfirmed payment opened access before a period that was taken back meanwhile: no time is charged twice.
        var begins = last is not null && opens < last.To ? last.To : opens;
        var start = DateTimeOffset.FromUnixTimeMilliseconds(begins.ToUnixTimeMilliseconds());
        return new PeriodSpan(start, start.AddMonths(months), start, months);
    }
}
