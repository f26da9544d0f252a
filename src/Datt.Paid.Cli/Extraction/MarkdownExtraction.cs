using Markdig;
using Markdig.Extensions.Yaml;
using Markdig.Syntax;

namespace Datt.Paid.Cli.Extraction;

/// <summary>Markdown: front matter, the first heading, and the text without its marks.</summary>
public static class MarkdownExtraction
{
    // A record takes 30,000 bytes of text; what stands far below them need not be parsed.
    private const int MaxCharacters = 100_000;
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UseYamlFrontMatter().UsePipeTables().Build();

    public static TextExtract Extract(string text)
    {
        var source = text.Length > MaxCharacters ? text[..MaxCharacters] : text;
        try
        {
            return Extract(Markdown.Parse(source, Pipeline), source);
        }
        catch (ArgumentException)
        {
            // Nested deeper than the parser goes: no document for people.
            return PlainTextExtraction.Extract(source);
        }
    }

    private static TextExtract Extract(MarkdownDocument document, string source)
    {
        var front = document.FirstOrDefault() is YamlFrontMatterBlock yaml
            ? FrontMatter.Parse(yaml.Lines.Lines.Take(yaml.Lines.Count).Select(l => l.ToString()))
            : FrontMatter.Parse([]);
        var headings = document.OfType<HeadingBlock>().ToList();
        var heading = headings.Find(h => h.Level == 1) ?? headings.FirstOrDefault();
        var body = Markdown.ToPlainText(source, Pipeline);
        var title = front.One("title") ?? (heading is null ? null : Plain(heading, source));
        return new TextExtract
        {
            Title = title ?? PlainTextExtraction.FirstLine(body),
            Abstract = front.One("description", "summary", "abstract"),
            Body = body,
            Author = front.One("author", "authors", "by"),
            Label = front.One("label", "topic", "category", "categories"),
            Tags = front.All("tags", "keywords"),
            Language = front.One("lang", "language", "locale"),
            PublishedAt = PublishedDate.Parse(front.One("date", "published", "publishedAt", "created")),
        };
    }

    private static string? Plain(HeadingBlock heading, string source)
    {
        var text = Markdown.ToPlainText(source.Substring(heading.Span.Start, heading.Span.Length), Pipeline).Trim();
        return text.Length == 0 ? null : text;
    }
}
