using System.Globalization;

namespace Datt.Paid.Cli.Extraction;

/// <summary>Dates as authors write them into front matter and meta elements.</summary>
public static class PublishedDate
{
    private static readonly string[] Dates = ["yyyy-MM-dd", "yyyy/MM/dd", "yyyy.MM.dd", "dd.MM.yyyy", "d MMMM yyyy", "MMMM d, yyyy", "yyyy-MM", "yyyy"];

    /// <summary>RFC 3339 and a few plain forms, UTC where no zone is given; null for anything else.</summary>
    public static DateTimeOffset? Parse(string? text)
    {
        const DateTimeStyles style = DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces;
        if (string.IsNullOrWhiteSpace(text) || text.Length > 64)
        {
            return null;
        }

        var trimmed = text.Trim();
        if (DateTimeOffset.TryParseExact(trimmed, Dates, CultureInfo.InvariantCulture, style, out var date))
        {
            return date;
        }

        // The lenient parser also takes "5" or "10:30" and fills in today: only what begins with a year is meant here.
        return trimmed.Length >= 16 && char.IsAsciiDigit(trimmed[0]) && trimmed[4] is '-' or '/'
            && DateTimeOffset.TryParse(trimmed, CultureInfo.InvariantCulture, style, out date) ? date : null;
    }
}
