using System.Globalization;

namespace Datt.Paid.Payments;

/// <summary>
/// The clock of a payment side beside ours. Both decide when an invoice has expired and which payment is late, so a difference takes time away from buyers,
/// or gives it to them.
/// </summary>
/// <param name="Theirs">From the <c>Date</c> header of an answer (RFC 9110, section 6.6.1), whole seconds.</param>
/// <param name="Ours">When that answer was here.</param>
public sealed record ClockComparison(DateTimeOffset Theirs, DateTimeOffset Ours)
{
    /// <summary>Differences up to this are the way there and the seconds that nobody sets right.</summary>
    public static readonly TimeSpan Allowed = TimeSpan.FromMinutes(2);

    /// <summary>Null where the answer told no time.</summary>
    public static ClockComparison? Of(DateTimeOffset? theirs, DateTimeOffset ours) => theirs is { } told ? new ClockComparison(told, ours) : null;

    /// <summary>What is to be said about it; null when both agree.</summary>
    /// <param name="who">The other side, as in "BTCPay".</param>
    /// <param name="setting">The setting that names it.</param>
    public PaymentFinding? Judge(string who, string setting)
    {
        var ahead = Theirs - Ours;
        if (ahead.Duration() <= Allowed)
            return null;
        var by = ahead.Duration().ToString(ahead.Duration() < TimeSpan.FromDays(1) ? @"h\:mm\:ss" : @"d\.hh\:mm\:ss", CultureInfo.InvariantCulture);
        var (first, second) = ahead > TimeSpan.Zero ? ($"The clock of {who}", "this server's") : ("This server's clock", $"that of {who}");
        return new PaymentFinding(
            FindingSeverity.Warning, "clock-skew",
            string.Create(CultureInfo.InvariantCulture, $"{first} is ahead of {second} by {by} ({setting}; there it is {Theirs:u}, here {Ours:u}): invoices expire too early or too late, and payments in time count as late."),
            "Compare both with the real time, and let the wrong machine's clock be set by NTP (timedatectl set-ntp true).");
    }
}
