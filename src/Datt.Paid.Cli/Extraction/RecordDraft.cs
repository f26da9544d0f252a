using Datt.Paid.Client;

namespace Datt.Paid.Cli.Extraction;

/// <summary>Describes a file as a record within the limits of the contract.</summary>
public static class RecordDraft
{
    private const int TitleBytes = 1_000;
    private const int SummaryBytes = 30_000;
    private const int NameBytes = 200;
    private const int MaxTags = 32;

    /// <param name="file">What is known without reading its text.</param>
    /// <param name="text">What the text says; null where it could not be read as text.</param>
    /// <param name="now">Publication dates beyond this are not believed.</param>
    public static ContentRecord Of(FileFacts file, TextExtract text, DateTimeOffset now)
    {
        var title = Utf8Text.Line(text.Title, TitleBytes)
            ?? Utf8Text.Line(Path.GetFileNameWithoutExtension(file.RelativePath), TitleBytes)
            ?? file.ContentId;
        var published = text.PublishedAt ?? file.ModifiedAt;
        return new ContentRecord
        {
            ContentId = file.ContentId,
            Title = title,
            Summary = Summary(text, title),
            Label = Utf8Text.Line(file.Label ?? text.Label ?? ParentFolder(file.RelativePath), NameBytes),
            Tags = Tags(text.Tags),
            Author = Utf8Text.Line(text.Author, NameBytes),
            Type = file.Type,
            Language = LanguageTag(text.Language) ?? LanguageDetector.Detect(text.Body),
            Size = file.Size,
            PublishedAt = published <= now ? published : file.ModifiedAt <= now ? file.ModifiedAt : null,
        };
    }

    /// <summary>The abstract, then the body without the title it begins with.</summary>
    private static string? Summary(TextExtract text, string title)
    {
        var body = Clean(text.Body);
        body = body.StartsWith(title, StringComparison.Ordinal) ? body[title.Length..].TrimStart() : body;
        var whole = text.Abstract is { } own && !body.StartsWith(own, StringComparison.Ordinal) ? $"{Clean(own)}\n\n{body}" : body;
        var clipped = Utf8Text.Clip(whole, SummaryBytes).TrimEnd();
        return clipped.Length == 0 ? null : clipped;
    }

    /// <summary>Trims lines and keeps at most one empty line between paragraphs; characters beyond what can fit are left out early.</summary>
    private static string Clean(string text)
    {
        var lines = new List<string>();
        var length = 0;
        using var reader = new StringReader(text);
        while (reader.ReadLine() is { } line && length < SummaryBytes)
        {
            var trimmed = Utf8Text.Line(line, SummaryBytes) ?? "";
            if (trimmed.Length > 0 || (lines.Count > 0 && lines[^1].Length > 0))
            {
                lines.Add(trimmed);
                length += trimmed.Length + 1;
            }
        }

        return string.Join('\n', lines).Trim();
    }

    private static string[]? Tags(IReadOnlyList<string> tags)
    {
        var clean = tags.Select(t => Utf8Text.Line(t, NameBytes)).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase).Take(MaxTags).ToArray();
        return clean.Length == 0 ? null : clean;
    }

    private static string? ParentFolder(string relativePath) =>
        Path.GetFileName(Path.GetDirectoryName(relativePath)) is { Length: > 0 } parent ? parent : null;

    private static string? LanguageTag(string? language)
    {
        var tag = language?.Trim().Replace('_', '-').ToLowerInvariant();
        return tag is { Length: >= 2 and <= 35 } && tag.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') && tag != "und" ? tag : null;
    }
}

/// <summary>What is known of a file without reading its text.</summary>
/// <param name="RelativePath">Below the shared folder.</param>
/// <param name="ContentId">By its bytes.</param>
/// <param name="Size">In bytes.</param>
/// <param name="ModifiedAt">Last change.</param>
/// <param name="Type">MIME type.</param>
/// <param name="Label">Topic given by the user for all files.</param>
public sealed record FileFacts(string RelativePath, string ContentId, long Size, DateTimeOffset ModifiedAt, string Type, string? Label);
