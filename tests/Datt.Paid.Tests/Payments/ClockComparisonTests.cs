using Datt.Paid.Payments;

namespace Datt.Paid.Tests.Payments;

public class ClockComparisonTests
{
    private static readonly DateTimeOffset Ours = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0)]
    [InlineData(119)]
    [InlineData(120)]
    [InlineData(-120)]
    public void Clocks_that_agree_are_no_finding(int seconds) => Assert.Null(Judge(seconds));

    [Theory]
    [InlineData(121, "The clock of BTCPay is ahead of this server's by 0:02:01")]
    [InlineData(-121, "This server's clock is ahead of that of BTCPay by 0:02:01")]
    [InlineData(600, "The clock of BTCPay is ahead of this server's by 0:10:00")]
    [InlineData(-93_784, "This server's clock is ahead of that of BTCPay by 1.02:03:04")]
    public void The_finding_says_which_clock_is_ahead_by_how_much_and_what_to_do(int seconds, string says)
    {
        var finding = Judge(seconds)!;
        Assert.Equal(("clock-skew", FindingSeverity.Warning), (finding.Code, finding.Severity));
        Assert.StartsWith(says, finding.Problem, StringComparison.Ordinal);
        Assert.Contains("Datt:Payments:BtcPay:Url", finding.Problem, StringComparison.Ordinal);
        Assert.Contains("2026-11-22 12:00:00Z", finding.Problem, StringComparison.Ordinal);
        Assert.Contains("NTP", finding.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_no_time_is_told_nothing_is_compared() => Assert.Null(ClockComparison.Of(null, Ours));

    private static PaymentFinding? Judge(int seconds) => ClockComparison.Of(Ours.AddSeconds(seconds), Ours)!.Judge("BTCPay", "Datt:Payments:BtcPay:Url");
}
