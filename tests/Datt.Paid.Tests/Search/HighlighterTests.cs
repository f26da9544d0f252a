using System.Net;
using System.Text.RegularExpressions;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Search;
using Datt.Paid.Search.Analysis;
using Datt.Paid.Search.Queries;

namespace Datt.Paid.Tests.Search;

public class HighlighterTests
{
    [Theory]
    [InlineData("run", "The runner was running & ran", "The runner was <em>running</em> &amp; ran", "en")]
    [InlineData("connection", "Connected islands", "<em>Connected</em> islands", "en")]
    [InlineData("cafe", "Un café, deux cafés", "Un <em>café</em>, deux <em>cafés</em>", "fr")]
    [InlineData("run*", "run rerun runs", "<em>run</em> rerun <em>runs</em>", null)]
    [InlineData("\"old town\" sea", "old sea town", "<em>old</em> <em>sea</em> <em>town</em>", "en")]
    [InlineData("the sea", "the sea", "the <em>sea</em>", "en")]
    [InlineData("sea -island", "island sea", "island <em>sea</em>", "en")]
    [InlineData("東京都", "新東京都庁", "新<em>東京都</em>庁", "ja")]
    [InlineData("script", "<script>alert(\"x\")</script>", "&lt;<em>script</em>&gt;alert(&quot;x&quot;)&lt;/<em>script</em>&gt;", null)]
    [InlineData("em", "it's <em>", "it&#39;s &lt;<em>em</em>&gt;", null)]
    [InlineData("abc", "abc \u202Eevil\u202C \u2066x", "<em>abc</em> evil x", null)]
    public void Marks(string query, string summary, string expected, string? language) =>
        Assert.Equal(expected, Render(query, "title", summary, language));

    [Fact]
    public void TakesTheTitleWhereOnlyThatMatchesOrThereIsNoSummary()
    {
        Assert.Equal("<em>Paris</em> &amp; so on", Render("paris", "Paris & so on", "Nothing here"));
        Assert.Equal("Some title", Render("paris", "Some title", ""));
        Assert.Equal("Nothing here", Render("paris", "Some title", "Nothing here"));
    }

    [Fact]
    public void CutsThePieceWithMostDifferentWords()
    {
        var filler = string.Join(' ', Enumerable.Repeat("filler", 60));
        var html = Render("red island", "t", $"red red red {filler} the red and the blue island {filler}", "en");

        Assert.Contains("the <em>red</em> and the blue <em>island</em> filler", html, StringComparison.Ordinal);
        Assert.StartsWith("… filler", html, StringComparison.Ordinal);
        Assert.EndsWith("filler …", html, StringComparison.Ordinal);
    }

    [Fact]
    public void BoundsAPieceWhateverTheTextIs()
    {
        var long1 = new string('x', 10_000);
        foreach (var (query, text) in new[] { (new string('x', 64), long1), ("sea", long1 + " sea " + long1), ("木", new string('木', 9_000)), ("😀a", string.Concat(Enumerable.Repeat("😀a", 4_000))) })
        {
            var html = Render(query, "t", text);
            var plain = WebUtility.HtmlDecode(Regex.Replace(html, "</?em>", ""));
            Assert.InRange(plain.Length, 1, Highlighter.PieceLength + 60);
            Assert.DoesNotContain('\uFFFD', System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(plain)));
        }
    }

    [FsCheck.Xunit.Property(MaxTest = 300)]
    public void NothingButEmIsATag(int seed)
    {
        const string Alphabet = "ab <>&\"'/東京😀\u202E\u0301";
        var random = new Random(seed);
        string Text(int most) => new([.. Enumerable.Range(0, random.Next(1, most)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]);
        var html = Render("a ab* 東京 b", Text(30), Text(600));

        var rest = html.Replace("<em>", "\u0001", StringComparison.Ordinal).Replace("</em>", "\u0002", StringComparison.Ordinal);
        Assert.True(rest.IndexOfAny(['<', '>', '"', '\'']) < 0, $"seed {seed}: {html}");
        Assert.True(Regex.IsMatch(rest, "^[^\u0001\u0002]*(\u0001[^\u0001\u0002]+\u0002[^\u0001\u0002]*)*$"), $"seed {seed}: {html}");
    }

    private static string Render(string query, string title, string summary, string? language = null)
    {
        var root = ((ParsedQuery.Query)QueryParser.Parse(query)).Root;
        return new Highlighter(root, new WordAnalyzer(64)).Render(new Description { Title = title, Summary = summary, Language = language });
    }
}
