using System.Text;
using System.Text.RegularExpressions;

namespace Datt.Paid.Cli.Extraction;

/// <summary>
/// Bytes of a file of unknown encoding as text: by byte order mark, else UTF-8 if it is that, else the character set an HTML page
/// names for itself, else Windows-1252, which any bytes are.
/// </summary>
public static partial class TextDecoding
{
    private const int Sniffed = 8 * 1024;
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);
    private static readonly UTF32Encoding Utf32LittleEndian = new(bigEndian: false, byteOrderMark: true);
    private static readonly UTF32Encoding Utf32BigEndian = new(bigEndian: true, byteOrderMark: true);

    // The longer mark first: that of UTF-32 begins like that of UTF-16.
    private static readonly (byte[] Mark, Encoding Encoding)[] Marks =
    [
        ([0xFF, 0xFE, 0, 0], Utf32LittleEndian), ([0, 0, 0xFE, 0xFF], Utf32BigEndian),
        ([0xEF, 0xBB, 0xBF], Encoding.UTF8), ([0xFF, 0xFE], Encoding.Unicode), ([0xFE, 0xFF], Encoding.BigEndianUnicode),
    ];

    /// <summary>Whether these are not the first bytes of a text: a NUL, or one control character in ten, among the first 8 KiB.</summary>
    public static bool IsBinary(ReadOnlySpan<byte> bytes)
    {
        if (Marked(bytes) is not null)
        {
            return false;
        }

        var head = bytes[..Math.Min(bytes.Length, Sniffed)];
        var controls = 0;
        foreach (var b in head)
        {
            if (b == 0)
            {
                return true;
            }

            controls += b is < 0x20 and not ((byte)'\t' or (byte)'\n' or (byte)'\r' or 0x0C or 0x1B) ? 1 : 0;
        }

        return controls * 10 > head.Length;
    }

    /// <param name="bytes">The beginning of the file.</param>
    /// <param name="cut">Whether the file goes on, so that a character broken at the end is no sign of another encoding.</param>
    public static string Decode(ReadOnlySpan<byte> bytes, bool cut)
    {
        if (Marked(bytes) is { } marked)
        {
            return marked.Encoding.GetString(bytes[marked.Mark.Length..]);
        }

        for (var tail = 0; tail <= (cut ? Math.Min(3, bytes.Length) : 0); tail++)
        {
            try
            {
                return StrictUtf8.GetString(bytes[..^tail]);
            }
            catch (DecoderFallbackException)
            {
                // Not UTF-8, or cut within a character.
            }
        }

        return (Declared(bytes) ?? CodePage("windows-1252")!).GetString(bytes);
    }

    private static (byte[] Mark, Encoding Encoding)? Marked(ReadOnlySpan<byte> bytes)
    {
        foreach (var candidate in Marks)
        {
            if (bytes.StartsWith(candidate.Mark))
            {
                return candidate;
            }
        }

        return null;
    }

    private static Encoding? Declared(ReadOnlySpan<byte> bytes)
    {
        var head = Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 1024)]);
        var match = Charset().Match(head);
        return match.Success ? CodePage(match.Groups[1].Value) : null;
    }

    private static Encoding? CodePage(string name)
    {
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    [GeneratedRegex("""<meta[^>]{0,200}charset\s*=\s*["']?([A-Za-z0-9_:-]{2,40})""", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Charset();
}
