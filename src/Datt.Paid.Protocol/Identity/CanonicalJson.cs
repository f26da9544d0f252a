using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Datt.Paid.Protocol.Identity;

/// <summary>The JSON Canonicalization Scheme, RFC 8785.</summary>
public static class CanonicalJson
{
    /// <summary>Deepest nesting read.</summary>
    public const int MaxDepth = 32;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    /// <summary>Canonical UTF-8 of a tree made here; numbers become IEEE 754 doubles. Throws on what <see cref="TryRewrite"/> refuses.</summary>
    public static byte[] Write(JsonNode? node) => TryRewrite(Encoding.UTF8.GetBytes(node?.ToJsonString() ?? "null"), out var canonical)
        ? canonical
        : throw new ArgumentException("The tree is too deep, or holds a number or text that RFC 8785 cannot write.", nameof(node));

    /// <summary>
    /// Canonical form of a text from outside. False: not I-JSON (RFC 7493), so malformed, a name twice, lone surrogates, a number beyond
    /// doubles; or nested deeper than <see cref="MaxDepth"/>.
    /// </summary>
    public static bool TryRewrite(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out byte[]? canonical) =>
        TryRewriteWithout(utf8, null, out canonical);

    /// <summary>The same for an object, leaving one of its members out.</summary>
    internal static bool TryRewriteWithout(ReadOnlySpan<byte> utf8, string? without, [NotNullWhen(true)] out byte[]? canonical)
    {
        canonical = null;
        if (!Utf8.IsValid(utf8))
            return false;
        try
        {
            using var document = JsonDocument.Parse(utf8.ToArray(), Options);
            var text = new StringBuilder(utf8.Length);
            if (Value(document.RootElement, text, without))
                canonical = Encoding.UTF8.GetBytes(text.ToString());
        }
        catch (JsonException)
        {
            // Not JSON, a name twice, or too deep.
        }
        catch (InvalidOperationException)
        {
            // The document's way to say that an escaped text holds half of a surrogate pair.
        }

        return canonical is not null;
    }

    private static bool Value(JsonElement value, StringBuilder to, string? without = null)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                return Object(value, to, without);
            case JsonValueKind.Array:
                return Array(value, to);
            case JsonValueKind.String:
                Text(value.GetString()!, to);
                return true;
            case JsonValueKind.Number:
                var number = value.GetDouble();
                if (!double.IsFinite(number))
                    return false;
                to.Append(Number(number));
                return true;
            default:
                to.Append(value.ValueKind switch { JsonValueKind.True => "true", JsonValueKind.False => "false", _ => "null" });
                return true;
        }
    }

    private static bool Object(JsonElement value, StringBuilder to, string? without)
    {
        // RFC 8785 section 3.2.3: names in the order of their UTF-16 code units.
        var members = value.EnumerateObject().Where(m => m.Name != without).ToArray();
        System.Array.Sort(members, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        to.Append('{');
        for (var i = 0; i < members.Length; i++)
        {
            if (i > 0)
                to.Append(',');
            Text(members[i].Name, to);
            to.Append(':');
            if (!Value(members[i].Value, to))
                return false;
        }

        to.Append('}');
        return true;
    }

    private static bool Array(JsonElement value, StringBuilder to)
    {
        to.Append('[');
        var first = true;
        foreach (var item in value.EnumerateArray())
        {
            if (!first)
                to.Append(',');
            first = false;
            if (!Value(item, to))
                return false;
        }

        to.Append(']');
        return true;
    }

    private static void Text(string value, StringBuilder to)
    {
        to.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' or '\\' => to.Append('\\').Append(c),
                '\b' => to.Append("\\b"),
                '\t' => to.Append("\\t"),
                '\n' => to.Append("\\n"),
                '\f' => to.Append("\\f"),
                '\r' => to.Append("\\r"),
                < ' ' => to.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => to.Append(c),
            };
        }

        to.Append('"');
    }

    /// <summary>ECMA-262, Number::toString: the shortest digits that read back the same, with an exponent from 1e21 up and below 1e-6.</summary>
    internal static string Number(double value)
    {
        if (value == 0)
            return "0";
        // "d.ddd…E+xxx": .NET's "R" has the right digits, but its own idea of when to use an exponent.
        var scientific = value.ToString("R", CultureInfo.InvariantCulture);
        var (digits, point) = Decompose(scientific.TrimStart('-'));
        var sign = value < 0 ? "-" : "";
        if (digits.Length <= point && point <= 21)
            return sign + digits.PadRight(point, '0');
        if (point is > 0 and <= 21)
            return $"{sign}{digits[..point]}.{digits[point..]}";
        if (point is > -6 and <= 0)
            return $"{sign}0.{new string('0', -point)}{digits}";
        var exponent = (point - 1).ToString("+0;-0", CultureInfo.InvariantCulture);
        return digits.Length == 1 ? $"{sign}{digits}e{exponent}" : $"{sign}{digits[..1]}.{digits[1..]}e{exponent}";
    }

    /// <summary>The significant digits, and how many of them stand before the point.</summary>
    private static (string Digits, int Point) Decompose(string number)
    {
        var e = number.IndexOf('E', StringComparison.Ordinal);
        var exponent = e < 0 ? 0 : int.Parse(number.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = e < 0 ? number : number[..e];
        var dot = mantissa.IndexOf('.', StringComparison.Ordinal);
        var point = (dot < 0 ? mantissa.Length : dot) + exponent;
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        var leading = digits.Length - digits.TrimStart('0').Length;
        return (digits[leading..].TrimEnd('0'), point - leading);
    }
}
