using System.Buffers;

namespace Datt.Paid.Protocol.Records;

/// <summary>What the bytes of each field may be: the same rules for what the verifier lets in and for what a codec reads.</summary>
internal static class RecordRules
{
    private static readonly SearchValues<byte> NodeIdBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"u8);

    /// <summary>RFC 6838 restricted-name characters, lower case, and the slash.</summary>
    private static readonly SearchValues<byte> TypeBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789!#$&-^_.+/"u8);

    private static readonly SearchValues<byte> LanguageBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-"u8);

    private static readonly SearchValues<byte> SchemeBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-."u8);

    /// <summary>C0 controls but tab and line breaks, DEL, and the byte that begins the C1 controls (and some letters) in UTF-8.</summary>
    private static readonly SearchValues<byte> Suspicious = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Where(c => c is not ('\t' or '\n' or '\r')).Select(c => (byte)c), 0x7f, 0xc2]);

    public static bool IsNodeId(ReadOnlySpan<byte> value) =>
        value.Length is >= 1 and <= RecordLimits.NodeId && !value.ContainsAnyExcept(NodeIdBytes);

    /// <summary>Visible ASCII.</summary>
    public static bool IsContentId(ReadOnlySpan<byte> value) =>
        value.Length is >= 1 and <= RecordLimits.ContentId && !value.ContainsAnyExceptInRange((byte)'!', (byte)'~');

    /// <summary>Whether valid UTF-8 holds no control characters but tab, line feed and carriage return.</summary>
    public static bool IsCleanText(ReadOnlySpan<byte> utf8)
    {
        while (true)
        {
            var at = utf8.IndexOfAny(Suspicious);
            if (at < 0)
                return true;
            if (utf8[at] != 0xc2 || utf8[at + 1] <= 0x9f)
                return false;
            utf8 = utf8[(at + 2)..];
        }
    }

    /// <summary><c>type/subtype</c> in lower case, without parameters.</summary>
    public static bool IsType(ReadOnlySpan<byte> value)
    {
        if (value.Length > RecordLimits.Type || value.ContainsAnyExcept(TypeBytes))
            return false;
        var slash = value.IndexOf((byte)'/');
        return slash > 0 && IsName(value[..slash]) && IsName(value[(slash + 1)..]);

        static bool IsName(ReadOnlySpan<byte> name) =>
            name.Length is >= 1 and <= 127 && !name.Contains((byte)'/') && char.IsAsciiLetterOrDigit((char)name[0]);
    }

    /// <summary>A language tag in the shape of RFC 5646, in lower case: subtags of 1 to 8, the first of letters (2 or more, or x or i).</summary>
    public static bool IsLanguage(ReadOnlySpan<byte> value)
    {
        if (value.Length is 0 or > RecordLimits.Language || value.ContainsAnyExcept(LanguageBytes))
            return false;
        var first = true;
        foreach (var range in value.Split((byte)'-'))
        {
            var part = value[range];
            if (part.Length is 0 or > 8)
                return false;
            if (first && (part.ContainsAnyExceptInRange((byte)'a', (byte)'z') || (part.Length == 1 && part[0] is not ((byte)'x' or (byte)'i'))))
                return false;
            first = false;
        }

        return true;
    }

    /// <summary>An absolute URL: a scheme, then something, no blanks or controls; none of the schemes that run as a program where a page links them.</summary>
    public static bool IsUrl(ReadOnlySpan<byte> value)
    {
        var colon = value.IndexOf((byte)':');
        if (value.Length > RecordLimits.Url || colon < 1 || colon == value.Length - 1)
            return false;
        var scheme = value[..colon];
        if (!char.IsAsciiLetter((char)scheme[0]) || scheme.ContainsAnyExcept(SchemeBytes) || value.ContainsAnyInRange((byte)0, (byte)' '))
            return false;
        return IsCleanText(value) && !Is(scheme, "javascript"u8) && !Is(scheme, "vbscript"u8) && !Is(scheme, "data"u8);

        static bool Is(ReadOnlySpan<byte> scheme, ReadOnlySpan<byte> name) => System.Text.Ascii.EqualsIgnoreCase(scheme, name);
    }
}
