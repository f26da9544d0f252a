using System.Globalization;
using System.Text;

namespace Datt.Paid.Server.Tests.Campaigns.Fuzz;

/// <summary>Values that programs stumble over.</summary>
internal static class Oddities
{
    private static readonly string[] Strings =
    [
        "", " ", "\t", "\0", "a\0b", "\u0001\u001f\u007f", "null", "undefined", "NaN", "true", "-0", "{}", "[]", "\"", "'", "\\", "/", "..", "../../etc/passwd", "%", "%00", "%zz",
        "\u202e\u2066", "\ufeff", "\ufffd", "\ud83d\ude00", "e\u0301", "\u0130\u0131\u017f", "\u00df", "\ufdfa", "\u2028\u2029", "a\r\nSet-Cookie: x=y", "<script>alert(1)</script>", "' OR 1=1 --",
        "${jndi:ldap://x}", "{{7*7}}", "sha256:", "sha256:zz", "http://", "file:///etc/passwd", "http://[::1", "javascript:alert(1)", "text/markdown; charset=", "de-CH-1996-x-\u00e9", "\u65e5\u672c\u8a9e",
    ];

    private static readonly string[] Numbers =
    [
        "0", "-0", "-1", "1", "2", "24", "25", "100", "101", "2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
        "1e400", "-1e400", "1e-400", "0.1", "1.0", "00", "1e2", "123456789012345678901234567890", "0x10", "1_000", "\u0661",
    ];

    private static readonly string[] Dates =
    [
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-02-30T00:00:00Z", "2026-13-01", "2026-01-01", "1969-12-31T23:59:59Z",
        "2016-12-31T23:59:60Z", "2026-01-01T24:00:00Z", "+010000-01-01T00:00:00Z", "-2026-01-01T00:00:00Z", "2026-01-01T00:00:00", "now", "1700000000", "2999-01-01T00:00:00Z",
    ];

    private static readonly string[] QueryParts =
    [
        "paris", "Paris", "\"paris guide\"", "\"", "OR", "or", "-paris", "--", "-", "par*", "*", "p*", "*aris", "**", "title:paris", "title:", "title:\"a b\"", "label:travel", "label:", "author:ann", "tag:city",
        "tag:\"a b\"", "nosuch:word", ":", "::", "(", ")", "(paris OR rome)", "AND", "NOT", "+paris", "paris~2", "paris^4", "[a TO z]", "/re.*/", "\\", "\\\"", "&&", "||", "!", "?", "a", "the", "und",
        "\u6771\u4eac", "\ud83d\ude00", "\u0e01\u0e02", "\u0627\u0644", "caf\u00e9", "cafe\u0301", "\u202e", "\0", "\t", "\n", "1e9", "-\"a b\"", "-title:x", "-tag:x", "\"a*\"", "title:par*", "OR OR", "- -",
    ];

    public static string String(Random random) => random.Next(12) switch
    {
        0 => new string((char)random.Next('a', 'z'), random.Next(1, 300)),
        1 => new string('x', random.Next(900, 1100)),
        2 => string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => char.ConvertFromUtf32(CodePoint(random)))),
        3 => Number(random),
        4 => Date(random),
        5 => Query(random),
        _ => Strings[random.Next(Strings.Length)],
    };

    public static string Number(Random random) =>
        random.Next(3) == 0 ? random.NextInt64(long.MinValue, long.MaxValue).ToString(CultureInfo.InvariantCulture) : Numbers[random.Next(Numbers.Length)];

    public static string Date(Random random) => Dates[random.Next(Dates.Length)];

    /// <summary>Parts of the query language, put together without regard to its grammar.</summary>
    public static string Query(Random random)
    {
        var text = new StringBuilder();
        for (var parts = random.Next(20) == 0 ? random.Next(50, 600) : random.Next(1, 8); parts > 0; parts--)
        {
            text.Append(QueryParts[random.Next(QueryParts.Length)]);
            if (random.Next(4) != 0)
                text.Append(' ');
        }
        return text.ToString();
    }

    /// <summary>Percent-encodes for a path or query, with slips: bytes that are no UTF-8, overlong forms, encoded slashes, lower-case digits.</summary>
    public static string Escape(string value, Random random)
    {
        var escaped = Uri.EscapeDataString(value);
        return random.Next(30) switch
        {
            0 => escaped + "%ff",
            1 => "%c0%af" + escaped,
            2 => escaped + "%ed%a0%80",
            3 => escaped + "%F0%9F",
            4 => escaped.Replace("%", "%25", StringComparison.Ordinal),
            5 => escaped + "+",
            _ => escaped,
        };
    }

    private static int CodePoint(Random random)
    {
        var point = random.Next(0x20, 0x2fa1f);
        return point is >= 0xd800 and <= 0xdfff ? 'x' : point;
    }
}
