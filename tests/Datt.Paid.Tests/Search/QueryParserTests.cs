using Datt.Paid.Search.Queries;

namespace Datt.Paid.Tests.Search;

public class QueryParserTests
{
    [Theory]
    [InlineData("paris", "paris")]
    [InlineData("  hotels   paris ", "hotels paris")]
    [InlineData("hotels AND paris", "hotels paris")]
    [InlineData("and or not", "and or not")]
    [InlineData("a OR b c", "(a | b) c")]
    [InlineData("a b OR c OR d", "a (b | c | d)")]
    [InlineData("-a b", "b -a")]
    [InlineData("NOT a b", "b -a")]
    [InlineData("b -\"x y\"", "b -'x y'")]
    [InlineData("\"a phrase\"", "'a phrase'")]
    [InlineData("a\"b c\"d", "a 'b c' d")]
    [InlineData("word*", "word*")]
    [InlineData("title:word", "title:word")]
    [InlineData("TITLE:\"a b\"", "title:'a b'")]
    [InlineData("label:travel", "l=travel")]
    [InlineData("author:\"Ann Lee\" x", "a=Ann Lee x")]
    [InlineData("tag:c++ -tag:old", "t=c++ -t=old")]
    [InlineData("wi-fi 3.14 http://x.org/a", "wi-fi 3.14 http://x.org/a")]
    [InlineData("foo:bar", "foo:bar")]
    [InlineData("(a b) OR c", "([a b] | c)")]
    [InlineData("(a) (b)", "a b")]
    [InlineData("x -(a OR b)", "x -(a | b)")]
    [InlineData("a (b c) (d -e)", "a b c d -e")]
    [InlineData("a -(b -c)", "a -[b -c]")]
    [InlineData("a - b", "a b")]
    [InlineData("& !!! a", "a")]
    [InlineData("a OR !!!", "a")]
    [InlineData("", "")]
    [InlineData("()", "")]
    [InlineData("\"\" a", "a")]
    [InlineData("what is this?", "what is this?")]
    public void Reads(string query, string expected) =>
        Assert.Equal(expected, Show(Assert.IsType<ParsedQuery.Query>(QueryParser.Parse(query)).Root, top: true));

    [Theory]
    [InlineData("a \"b c", 2, "never closed")]
    [InlineData("title:\"b", 6, "never closed")]
    [InlineData("*foo", 0, "cannot begin with *")]
    [InlineData("a *", 2, "cannot begin with *")]
    [InlineData("title:*x", 6, "cannot begin with *")]
    [InlineData("a fo*o", 4, "end of a word")]
    [InlineData("foo**", 3, "end of a word")]
    [InlineData("wi-fi*", 5, "single word")]
    [InlineData("title:par*", 9, "title: takes a whole word")]
    [InlineData("OR a", 0, "before it")]
    [InlineData("a OR", 2, "after it")]
    [InlineData("a OR OR b", 2, "after it")]
    [InlineData("a OR -b", 5, "beside OR")]
    [InlineData("a OR NOT b", 5, "beside OR")]
    [InlineData("a NOT", 2, "Nothing follows")]
    [InlineData("a (b", 2, "never closed")]
    [InlineData("a ) b", 2, "closes nothing")]
    [InlineData("a (-b)", 2, "besides what they exclude")]
    [InlineData("title: x", 0, "must follow title:")]
    [InlineData("a label:", 2, "must follow label:")]
    [InlineData("tag:\" \"", 0, "must follow tag:")]
    [InlineData("((((((((( a )))))))))", 8, "8 deep")]
    public void RefusesWithThePosition(string query, int position, string message)
    {
        var error = Assert.IsType<ParsedQuery.Error>(QueryParser.Parse(query));

        Assert.Equal(position, error.Position);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BoundsLengthAndClauses()
    {
        Assert.IsType<ParsedQuery.Query>(QueryParser.Parse(new string('x', QueryParser.MaxLength)));
        Assert.Equal(QueryParser.MaxLength, Assert.IsType<ParsedQuery.Error>(QueryParser.Parse(new string('x', QueryParser.MaxLength + 1))).Position);
        Assert.IsType<ParsedQuery.Query>(QueryParser.Parse(string.Join(' ', Enumerable.Repeat("x", QueryParser.MaxClauses))));
        Assert.Equal(2 * QueryParser.MaxClauses, Assert.IsType<ParsedQuery.Error>(QueryParser.Parse(string.Join(' ', Enumerable.Repeat("x", QueryParser.MaxClauses + 1)))).Position);
    }

    [FsCheck.Xunit.Property(MaxTest = 2_000)]
    public void NeverFailsOtherwise(int seed, byte length)
    {
        const string Alphabet = "ab \"()-*:OR ANDNOT title:tag:\t東\ud83d\ude00";
        var random = new Random(seed);
        var query = new string([.. Enumerable.Range(0, length).Select(_ => Alphabet[random.Next(Alphabet.Length)])]);

        var parsed = QueryParser.Parse(query);

        Assert.True(parsed is ParsedQuery.Query || ((ParsedQuery.Error)parsed).Position <= query.Length, query);
    }

    private static string Show(QueryNode node, bool top = false) => node switch
    {
        QueryNode.Words words => (words.InTitle ? "title:" : "") + words.Text,
        QueryNode.Phrase phrase => $"{(phrase.InTitle ? "title:" : "")}'{phrase.Text}'",
        QueryNode.Prefix prefix => prefix.Text + "*",
        QueryNode.Facet facet => $"{facet.Kind}={facet.Value}",
        QueryNode.Any any => $"({string.Join(" | ", any.Nodes.Select(n => Show(n)))})",
        QueryNode.All all when top => string.Join(' ', [.. all.Nodes.Select(n => Show(n)), .. all.Excluded.Select(n => "-" + Show(n))]),
        QueryNode.All all => $"[{Show(all, top: true)}]",
        _ => throw new NotSupportedException(),
    };
}
