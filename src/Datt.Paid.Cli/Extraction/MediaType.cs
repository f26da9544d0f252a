namespace Datt.Paid.Cli.Extraction;

/// <summary>The sorts of text files that are shared, by the end of their names.</summary>
public sealed record MediaType(string Name, Func<string, TextExtract> Extract)
{
    private static readonly MediaType Markdown = new("text/markdown", MarkdownExtraction.Extract);
    private static readonly MediaType Html = new("text/html", HtmlExtraction.Extract);
    private static readonly MediaType Xhtml = new("application/xhtml+xml", HtmlExtraction.Extract);
    private static readonly MediaType Plain = new("text/plain", PlainTextExtraction.Extract);
    private static readonly MediaType Rst = new("text/x-rst", PlainTextExtraction.Extract);
    private static readonly MediaType AsciiDoc = new("text/asciidoc", PlainTextExtraction.Extract);
    private static readonly MediaType Org = new("text/org", PlainTextExtraction.Extract);
    private static readonly MediaType Tex = new("text/x-tex", PlainTextExtraction.Extract);

    private static readonly Dictionary<string, MediaType> ByExtension = new(StringComparer.OrdinalIgnoreCase)
    {
        [".md"] = Markdown,
        [".markdown"] = Markdown,
        [".html"] = Html,
        [".htm"] = Html,
        [".xhtml"] = Xhtml,
        [".txt"] = Plain,
        [".text"] = Plain,
        [".rst"] = Rst,
        [".adoc"] = AsciiDoc,
        [".asciidoc"] = AsciiDoc,
        [".org"] = Org,
        [".tex"] = Tex,
    };

    /// <summary>All extensions, for messages.</summary>
    public static IEnumerable<string> Extensions => ByExtension.Keys;

    /// <summary>Null for a file that is none of these.</summary>
    public static MediaType? Of(string path) => ByExtension.GetValueOrDefault(Path.GetExtension(path));
}
