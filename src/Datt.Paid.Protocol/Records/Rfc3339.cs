using System.Globalization;

namespace Datt.Paid.Protocol.Records;

/// <summary>
/// Times as RFC 3339 section 5.6 writes them, letters in either case. A date alone (<c>full-date</c>) is its midnight in UTC; what is finer
/// than a millisecond is cut off; a leap second (<c>:60</c>) is the last millisecond of its minute.
/// </summary>
internal static class Rfc3339
{
    private const int DateLength = 10;
    private const int TimeLength = 19;
    private const int MaxLength = 64;

    /// <summary>Milliseconds since the Unix epoch. False for anything else, also where the offset leads out of the years 1 to 9999.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long unixMilliseconds)
    {
        unixMilliseconds = 0;
        if (text.Length is < DateLength or > MaxLength || text[4] != '-' || text[7] != '-'
            || !Number(text[..4], 1, 9999, out var year)
            || !Number(text[5..7], 1, 12, out var month)
            || !Number(text[8..DateLength], 1, DateTime.DaysInMonth(year, month), out var day))
            return false;
        var ticks = new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc).Ticks;
        if (text.Length > DateLength)
        {
            if (text.Length <= TimeLength || text[DateLength] is not ('T' or 't' or ' ') || text[13] != ':' || text[16] != ':'
                || !Number(text[11..13], 0, 23, out var hour)
                || !Number(text[14..16], 0, 59, out var minute)
                || !Number(text[17..TimeLength], 0, 60, out var second)
                || !Fraction(text[TimeLength..], out var milliseconds, out var rest)
                || !Offset(rest, out var offset))
                return false;
            if (second == 60)
                (second, milliseconds) = (59, 999);
            ticks += new TimeSpan(0, hour, minute, second, milliseconds).Ticks - offset.Ticks;
        }

        if (ticks < 0 || ticks > DateTime.MaxValue.Ticks)
            return false;
        unixMilliseconds = (ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond;
        return true;
    }

    private static bool Fraction(ReadOnlySpan<char> text, out int milliseconds, out ReadOnlySpan<char> rest)
    {
        milliseconds = 0;
        rest = text;
        if (text is not ['.', ..])
            return true;
        var digits = text[1..].IndexOfAnyExceptInRange('0', '9');
        if (digits < 1)
            return false;
        for (var i = 1; i <= 3; i++)
            milliseconds = milliseconds * 10 + (i <= digits ? text[i] - '0' : 0);
        rest = text[(digits + 1)..];
        return true;
    }

    private static bool Offset(ReadOnlySpan<char> text, out TimeSpan offset)
    {
        offset = default;
        if (text is ['Z' or 'z'])
            return true;
        if (text is not ['+' or '-', _, _, ':', _, _] || !Number(text[1..3], 0, 23, out var hours) || !Number(text[4..6], 0, 59, out var minutes))
            return false;
        offset = new TimeSpan(hours, minutes, 0);
        if (text[0] == '-')
            offset = -offset;
        return true;
    }

    private static bool Number(ReadOnlySpan<char> digits, int min, int max, out int value) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= min && value <= max;
}
