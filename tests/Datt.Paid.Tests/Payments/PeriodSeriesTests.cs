using System.Globalization;
using Datt.Paid.Payments;
using Datt.Paid.Storage;

namespace Datt.Paid.Tests.Payments;

public class PeriodSeriesTests
{
    /// <summary>Ends of consecutive months bought one by one, worked out by hand.</summary>
    [Theory]
    [InlineData("2026-01-31T12:00:00Z", "2026-02-28T12:00:00Z 2026-03-31T12:00:00Z 2026-04-30T12:00:00Z 2026-05-31T12:00:00Z")]
    [InlineData("2028-01-31T00:00:00Z", "2028-02-29T00:00:00Z 2028-03-31T00:00:00Z")]
    [InlineData("2027-08-30T23:59:59.999Z", "2027-09-30T23:59:59.999Z 2027-10-30T23:59:59.999Z")]
    [InlineData("2026-12-15T08:00:00Z", "2027-01-15T08:00:00Z 2027-02-15T08:00:00Z")]
    [InlineData("2024-02-29T00:00:00Z", "2024-03-29T00:00:00Z")]
    public void Months_are_counted_from_the_start_of_the_series(string start, string ends)
    {
        Period? last = null;
        var now = Time(start);
        foreach (var end in ends.Split(' ').Select(Time))
        {
            var span = PeriodSeries.Next(last, 1, now);
            Assert.Equal((last?.To ?? now, end), (span.From, span.To));
            last = Row(span);
            now = span.To; // bought at the last moment
        }
        var (whole, count) = (PeriodSeries.Next(null, ends.Split(' ').Length, Time(start)), ends.Split(' ').Length);
        Assert.Equal((last!.To, count), (whole.To, whole.SeriesMonths)); // many at once end where one by one do
    }

    [Fact]
    public void A_year_apart_is_the_same_day()
    {
        var span = PeriodSeries.Next(null, 24, Time("2024-02-29T00:00:00Z"));
        Assert.Equal(Time("2026-02-28T00:00:00Z"), span.To);
        Assert.Equal(Time("2028-02-29T00:00:00Z"), PeriodSeries.Next(Row(span), 24, Time("2026-02-01T00:00:00Z")).To);
    }

    [Fact]
    public void Bought_in_the_grace_it_goes_on_at_the_old_end_later_it_begins_anew()
    {
        var first = Row(PeriodSeries.Next(null, 1, Time("2026-01-31T12:00:00Z")));
        var inGrace = first.To + PeriodSeries.Grace - TimeSpan.FromMilliseconds(1);
        Assert.Equal((first.To, Time("2026-03-31T12:00:00Z")), Ends(PeriodSeries.Next(first, 1, inGrace)));
        var after = first.To + PeriodSeries.Grace;
        Assert.Equal((after, after.AddMonths(1)), Ends(PeriodSeries.Next(first, 1, after)));
    }

    [Fact]
    public void Nothing_begins_before_the_end_of_a_period_that_was_taken_back()
    {
        // Opened by an unconfirmed payment; then another month was bought, used for ten days and refunded; then the payment confirmed.
        var opened = Time("2026-03-05T17:10:40Z");
        var refunded = Row(PeriodSeries.Next(null, 1, Time("2026-03-07T12:45:00Z")));
        (refunded.To, refunded.EndedEarly) = (Time("2026-03-17T00:00:00Z"), true);
        Assert.Equal((refunded.To, refunded.To.AddMonths(1)), Ends(PeriodSeries.Next(refunded, 1, opened)));
        var later = Time("2026-04-01T00:00:00Z");
        Assert.Equal((later, later.AddMonths(1)), Ends(PeriodSeries.Next(refunded, 1, later)));
    }

    [Fact]
    public void A_local_offset_changes_nothing()
    {
        var local = new DateTimeOffset(2026, 2, 1, 1, 0, 0, TimeSpan.FromHours(2)); // 31 January in UTC
        Assert.Equal(Time("2026-02-28T23:00:00Z"), PeriodSeries.Next(null, 1, local).To);
    }

    private static (DateTimeOffset, DateTimeOffset) Ends(PeriodSpan span) => (span.From, span.To);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static Period Row(PeriodSpan span) => new()
    {
        AccountId = "a",
        Currency = "USD",
        From = span.From,
        To = span.To,
        SeriesStart = span.SeriesStart,
        SeriesMonths = span.SeriesMonths,
    };
}
