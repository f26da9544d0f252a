namespace Datt.Paid.Cli.Extraction;

/// <summary>Text of no further format: its first line with letters in it is its title.</summary>
public static class PlainTextExtraction
{
    private const int LinesLookedAt = 50;

    public static TextExtract Extract(string text) => new() { Title = FirstLine(text), Body = text };

    /// <summary>The first line that is not only a rule or an ornament, without the marks that headings have.</summary>
    public static string? FirstLine(string text)
    {
        using var reader = new StringReader(text);
        for (var i = 0; i < LinesLookedAt && reader.ReadLine() is { } line; i++)
        {
            var trimmed = line.Trim().TrimStart('#', '=', '*', ' ').TrimEnd('=', '*', ' ');
            if (trimmed.Any(char.IsLetterOrDigit))
            {
                return trimmed;
            }
        }

        return null;
    }
}
