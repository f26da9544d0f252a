using System.Text;

namespace Datt.Paid.Cli.Extraction;

/// <summary>Text within the limits of a record, which are in UTF-8 bytes.</summary>
public static class Utf8Text
{
    /// <summary>The longest beginning of at most <paramref name="maxBytes"/> that does not break a character.</summary>
    public static string Clip(string text, int maxBytes)
    {
        if (text.Length * 3L <= maxBytes)
        {
            return text;
        }

        var bytes = 0;
        var end = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > maxBytes)
            {
                return text[..end];
            }

            end += rune.Utf16SequenceLength;
        }

        return text;
    }

    /// <summary>One line: every run of white space and control characters is one space; null when nothing is left.</summary>
    public static string? Line(string? text, int maxBytes)
    {
        if (text is null)
        {
            return null;
        }

        var line = new StringBuilder(Math.Min(text.Length, maxBytes));
        foreach (var c in text)
        {
            if (!char.IsWhiteSpace(c) && !char.IsControl(c))
            {
                line.Append(c);
            }
            else if (line.Length > 0 && line[^1] != ' ')
            {
                line.Append(' ');
            }

            if (line.Length > maxBytes)
            {
                break;
            }
        }

        var clipped = Clip(line.ToString().TrimEnd(), maxBytes).TrimEnd();
        return clipped.Length == 0 ? null : clipped;
    }
}
