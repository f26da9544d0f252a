using System.Globalization;
using System.Text;

namespace Datt.Paid.Cli.Terminal;

/// <summary>Numbers, times and foreign texts as people read them on a terminal.</summary>
public static class Figures
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB"];

    /// <summary><c>1.2 kB</c>; units of 1,000.</summary>
    public static string Bytes(long bytes)
    {
        double value = bytes;
        var unit = 0;
        while (value >= 999.5 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 || value >= 99.95 ? $"{value:0}" : $"{value:0.0}")} {Units[unit]}");
    }

    /// <summary><c>1,234</c>.</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary><c>1 record</c>, <c>2 records</c>.</summary>
    public static string Count(long count, string noun) => $"{Count(count)} {noun}{(count == 1 ? "" : "s")}";

    /// <summary><c>2026-11-22</c>.</summary>
    public static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary><c>2026-11-22 15:30 UTC</c>.</summary>
    public static string Minute(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>
    /// A text from somewhere else on one line, with nothing in it that a terminal would obey: control characters, and those that
    /// turn the direction of writing around.
    /// </summary>
    public static string Safe(string? text)
    {
        var safe = new StringBuilder();
        foreach (var c in text ?? "")
        {
            var hidden = char.IsControl(c) || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u2028' or '\u2029';
            safe.Append(hidden ? ' ' : c);
        }

        return safe.ToString();
    }
}
