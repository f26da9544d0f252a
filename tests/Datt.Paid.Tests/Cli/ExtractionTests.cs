using System.Text;
using Datt.Paid.Cli.Extraction;
using Datt.Paid.Client;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Cli;

public class ExtractionTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private static ContentRecord Describe(string path, string text, string? label = null) =>
        Describe(path, Encoding.UTF8.GetBytes(text), label);

    private static ContentRecord Describe(string path, byte[] bytes, string? label = null)
    {
        var type = MediaType.Of(path)!;
        var facts = new FileFacts(path, "sha256:00", bytes.Length, Now.AddDays(-10), type.Name, label);
        return RecordDraft.Of(facts, type.Extract(TextDecoding.Decode(bytes, cut: false)), Now);
    }

    [Fact]
    public void Markdown_front_matter_says_what_the_file_is()
    {
        var record = Describe("a/b.md", """
            ---
            title: "A walk: in Paris"
            author: 'Jane Doe'
            date: 2024-03-05
            tags: [paris, "walks", paris]
            lang: en-GB
            description: Short words.
            category: travel
            ---
            # Another heading

            Along the *Seine* with [a link](http://example.org/x) and `code`.
            """);
        Assert.Equal("A walk: in Paris", record.Title);
        Assert.Equal("Jane Doe", record.Author);
        Assert.Equal(new DateTimeOffset(2024, 3, 5, 0, 0, 0, TimeSpan.Zero), record.PublishedAt);
        Assert.Equal(["paris", "walks"], record.Tags);
        Assert.Equal("en-gb", record.Language);
        Assert.Equal("travel", record.Label);
        Assert.Equal("text/markdown", record.Type);
        Assert.StartsWith("Short words.\n\nAnother heading", record.Summary, StringComparison.Ordinal);
        Assert.Contains("Along the Seine with a link and code.", record.Summary, StringComparison.Ordinal);
        Assert.DoesNotContain("title:", record.Summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tags:\n- one\n- two three\n", "one|two three")]
    [InlineData("tags: single", "single")]
    [InlineData("keywords: [a, 'b']", "a|b")]
    [InlineData("tags: []", "")]
    [InlineData("other:\n  tags: [deep]\n", "")]
    public void Front_matter_lists(string yaml, string expected) =>
        Assert.Equal(expected, string.Join('|', Describe("x.md", $"---\n{yaml}\n---\ntext").Tags ?? []));

    [Theory]
    [InlineData("x.md", "Intro\n\n## Second\n\n# The *Title*\n\nText", "The Title")]
    [InlineData("x.md", "## Only second level\nText", "Only second level")]
    [InlineData("x.md", "No heading at all.\n\nMore.", "No heading at all.")]
    [InlineData("x.txt", "\n\n======\n  The first line  \nText", "The first line")]
    [InlineData("x.rst", "=====\nTitle\n=====\n\ntext", "Title")]
    [InlineData("x.org", "* Heading\ntext", "Heading")]
    [InlineData("folder/some name.txt", "\n---\n***\n", "some name")]
    [InlineData("x.html", "<title> A &amp; B </title><h1>H</h1>", "A & B")]
    [InlineData("x.html", "<title></title><body><h1>The <b>heading</b></h1>", "The heading")]
    [InlineData("x.htm", "<p>Just text</p><p>more</p>", "Just text")]
    [InlineData("x.html", "<meta property='og:title' content='Shared'><p>t", "Shared")]
    public void Titles(string path, string text, string expected) => Assert.Equal(expected, Describe(path, text).Title);

    [Fact]
    public void Html_gives_what_a_reader_sees()
    {
        var record = Describe("page.html", """
            <!doctype html><html lang="fr"><head><title>Le titre</title>
            <meta name="Author" content="Anne"><meta name="description" content="Un résumé.">
            <meta name="keywords" content="a, b;c"><meta property="article:published_time" content="2020-02-03T04:05:06+01:00">
            <style>p{color:red}</style><script>var secret = 1;</script></head>
            <body><nav>Menu entries</nav><p>One<b>two</b></p><p>three</p><div hidden>unseen</div><noscript>no</noscript>
            <template>tpl</template></body></html>
            """);
        Assert.Equal(("Le titre", "Anne", "fr"), (record.Title, record.Author, record.Language));
        Assert.Equal(["a", "b", "c"], record.Tags);
        Assert.Equal(new DateTimeOffset(2020, 2, 3, 3, 5, 6, TimeSpan.Zero), record.PublishedAt!.Value.ToUniversalTime());
        Assert.Equal("Un résumé.\n\nOnetwo\nthree", record.Summary);
    }

    [Theory]
    [InlineData("2024-03-05", "2024-03-05T00:00:00Z")]
    [InlineData("2024-03-05 10:20:30", "2024-03-05T10:20:30Z")]
    [InlineData("2024-03-05T10:20:30+02:00", "2024-03-05T08:20:30Z")]
    [InlineData("March 5, 2024", "2024-03-05T00:00:00Z")]
    [InlineData("2024", "2024-01-01T00:00:00Z")]
    [InlineData("10:30", null)]
    [InlineData("yesterday", null)]
    [InlineData("", null)]
    public void Dates(string text, string? expected) =>
        Assert.Equal(expected is null ? null : DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), PublishedDate.Parse(text)?.ToUniversalTime());

    [Fact]
    public void A_date_in_the_future_is_not_believed() =>
        Assert.Equal(Now.AddDays(-10), Describe("x.md", "---\ndate: 2099-01-01\n---\ntext").PublishedAt);

    [Fact]
    public void The_folder_is_the_topic_unless_something_says_better()
    {
        Assert.Equal("travel", Describe("deep/travel/x.txt", "text").Label);
        Assert.Null(Describe("x.txt", "text").Label);
        Assert.Equal("mine", Describe("travel/x.txt", "text", "mine").Label);
    }

    public static TheoryData<byte[], string> Encodings => new()
    {
        { Encoding.UTF8.GetBytes("Größe"), "Größe" },
        { [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes("Größe")], "Größe" },
        { [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("Größe")], "Größe" },
        { [0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes("Größe")], "Größe" },
        { [0xFF, 0xFE, 0, 0, .. Encoding.UTF32.GetBytes("Größe")], "Größe" },
        { Encoding.Latin1.GetBytes("Größe"), "Größe" },
        { [0x93, (byte)'a', 0x94, 0xE9], "“a”é" },
        { [.. "<meta charset=windows-1251>"u8, 0xCF, 0xF0], "<meta charset=windows-1251>Пр" },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Encodings_are_told_apart(byte[] bytes, string expected)
    {
        Assert.False(TextDecoding.IsBinary(bytes));
        Assert.Equal(expected, TextDecoding.Decode(bytes, cut: false));
    }

    [Fact]
    public void A_character_cut_at_the_end_is_still_utf8()
    {
        var bytes = Encoding.UTF8.GetBytes("Größe €");
        Assert.Equal("Größe ", TextDecoding.Decode(bytes.AsSpan(0, bytes.Length - 1), cut: true));
    }

    [Theory]
    [InlineData(new byte[] { 0x89, 0x50, 0x4E, 0x47, 0 }, true)]
    [InlineData(new byte[] { 1, 2, 3, 4, 65, 66 }, true)]
    [InlineData(new byte[] { 65, 10, 13, 9, 66 }, false)]
    [InlineData(new byte[] { 0xFF, 0xFE, 65, 0 }, false)]
    public void Binary_is_told_from_text(byte[] bytes, bool expected) => Assert.Equal(expected, TextDecoding.IsBinary(bytes));

    [Theory]
    [InlineData("div")]
    [InlineData("b")]
    [InlineData("table")]
    public void A_page_nested_without_end_is_read_in_bounded_time(string element)
    {
        var page = "The text." + string.Concat(Enumerable.Repeat($"<{element}>", 200_000));
        Assert.StartsWith("The text.", Describe("x.html", page).Title, StringComparison.Ordinal);
    }

    [Fact]
    public void Markdown_nested_without_end_is_text() =>
        Assert.NotEmpty(Describe("x.md", new string('>', 100_000) + " deep").Title);

    [Property]
    public void Whatever_a_file_holds_its_record_is_within_the_limits(byte[] bytes, bool html)
    {
        var record = Describe(html ? "x.html" : "x.md", [.. Enumerable.Repeat(bytes, 200).SelectMany(b => b)]);
        Assert.InRange(Encoding.UTF8.GetByteCount(record.Title), 1, 1_000);
        Assert.InRange(Encoding.UTF8.GetByteCount(record.Summary ?? ""), 0, 30_000);
        Assert.DoesNotContain(record.Title, char.IsControl);
    }

    [Theory]
    [InlineData("é", 1, "")]
    [InlineData("aé", 2, "a")]
    [InlineData("a😀b", 4, "a")]
    [InlineData("a😀b", 5, "a😀")]
    [InlineData("abc", 3, "abc")]
    public void Clipping_breaks_no_character(string text, int bytes, string expected) => Assert.Equal(expected, Utf8Text.Clip(text, bytes));
}
