using Datt.Paid.Protocol.Records;
using Datt.Paid.Search;
using Datt.Paid.Search.Analysis;
using Datt.Paid.Search.Indexing;
using Lucene.Net.Index;
using Lucene.Net.Search;
using Lucene.Net.Search.Similarities;
using Lucene.Net.Util;

namespace Datt.Paid.Tests.Search;

/// <summary>Lucene's own search on the same index: same totals, same scores.</summary>
public sealed class LuceneOracleTests : IDisposable
{
    private static readonly string[] Words = [.. Enumerable.Range(0, 60).Select(i => $"w{i}")];

    private readonly TestIndex _index = Filled(removed: 200);

    private static TestIndex Filled(int removed)
    {
        var index = new TestIndex();
        var random = new Random(7);
        string Text(int length) => string.Join(' ', Enumerable.Range(0, length).Select(_ => Words[(int)(Words.Length * Math.Pow(random.NextDouble(), 3))]));
        for (var i = 0; i < 3_000; i++)
        {
            index.Add($"c{i}", new Description { Title = Text(3), Summary = Text(random.Next(40)), Label = $"l{i % 3}" });
            if (i % 700 == 0)
                index.Refresh();
        }

        for (var i = 0; i < removed; i++)
            index.Remove($"c{random.Next(3_000)}");

        return index;
    }

    public void Dispose() => _index.Dispose();

    [Fact]
    public void OneWord() => Same("w3", Term("w3"));

    [Fact]
    public void SeveralWords() => Same("w1 w5 w9", All(Term("w1"), Term("w5"), Term("w9")));

    [Fact]
    public void Alternatives() => Same("w20 OR w50 OR w59", Any(Term("w20"), Term("w50"), Term("w59")));

    [Fact]
    public void AlternativesBesideAWord() => Same("w2 w20 OR w50", All(Term("w2"), Any(Term("w20"), Term("w50"))));

    [Fact]
    public void WordsOfTheTitle() => Same("title:w3", new TermQuery(new Term(IndexSchema.Title, Bytes("w3"))));

    [Fact]
    public void Phrases() => Same("\"w0 w1\"", Phrase("w0", "w1"));

    [Fact]
    public void APhraseOfOneWordTwice() => Same("\"w0 w0 w2\"", Phrase("w0", "w0", "w2"));

    [Fact]
    public void AWordAndAPhrase() => Same("w4 \"w0 w1\"", All(Term("w4"), Phrase("w0", "w1")));

    [Fact]
    public void Excluding()
    {
        var query = All(Term("w1"));
        query.Add(Term("w0"), Occur.MUST_NOT);
        Same("w1 -w0", query);
    }

    [Fact]
    public void BeginningsOfWords() => Same("w1*", new PrefixQuery(new Term(IndexSchema.Text, Bytes("w1"))));

    [Fact]
    public void FiltersDoNotScore() => Same("w3 label:l1", new FilteredQuery(Term("w3"), new QueryWrapperFilter(new TermQuery(new Term(IndexSchema.Facet, new BytesRef(IndexSchema.FacetOf('l', "l1")))))));

    [Fact]
    public void RelaxedHitsComeByScoreBehindFullMatches()
    {
        var searcher = Searcher();
        var full = searcher.Search(All(Term("w40"), Term("w50"), Term("w55")), 10_000);
        var some = searcher.Search(Any(Term("w40"), Term("w50"), Term("w55")), 10_000);
        var expected = full.ScoreDocs.Concat(some.ScoreDocs.Where(s => full.ScoreDocs.All(f => f.Doc != s.Doc))).Take(100).Select(s => s.Score).ToArray();

        var found = _index.Search(new SearchRequest { Query = "w40 w50 w55", Limit = 100 });

        Assert.True(found.IsRelaxed && full.TotalHits is > 0 and < 100);
        Assert.Equal(some.TotalHits, found.Total);
        Close(expected, [.. found.Hits.Select(h => h.Score)]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    public void RelaxedHitsAreTheSameHoweverFewAreAskedFor(int removed)
    {
        const int seed = 11;
        var random = new Random(seed);
        using var index = Filled(removed);
        var searcher = Searcher(index);
        var relaxed = 0;
        for (var i = 0; i < 300; i++)
        {
            // Rare words as often as frequent ones, some in no content at all.
            var words = Enumerable.Range(0, random.Next(2, 5)).Select(_ => random.Next(12) == 0 ? "nowhere" : Words[random.Next(Words.Length)]).ToArray();
            var limit = (int[])[1, 2, 10, 10, 100];
            var request = new SearchRequest { Query = string.Join(' ', words), Limit = limit[random.Next(limit.Length)] };
            var full = searcher.Search(All([.. words.Select(Term)]), 10_000);
            if (full.TotalHits >= request.Limit)
                continue;
            var some = searcher.Search(Any([.. words.Select(Term)]), 10_000);
            if (some.TotalHits == full.TotalHits)
                continue;
            var fullDocs = full.ScoreDocs.Select(f => f.Doc).ToHashSet();
            var expected = full.ScoreDocs.Concat(some.ScoreDocs.Where(s => !fullDocs.Contains(s.Doc))).Take(request.Limit).Select(s => s.Score).ToArray();

            var found = index.Search(request);

            Assert.True(found.IsRelaxed, $"seed {seed}, query {i}: {request}");
            Assert.True(some.TotalHits == found.Total, $"seed {seed}, query {i}: {request}: {some.TotalHits} match, {found.Total} were counted");
            Close(expected, [.. found.Hits.Select(h => h.Score)]);
            relaxed++;
        }

        Assert.True(relaxed > 100, $"{relaxed} relaxed queries prove little");
    }

    private void Same(string query, Query lucene)
    {
        var expected = Searcher().Search(lucene, 100);

        var found = _index.Search(new SearchRequest { Query = query, Limit = 100, MatchAll = true });

        Assert.True(expected.TotalHits > 5, $"{expected.TotalHits} hits prove little");
        Assert.Equal(expected.TotalHits, found.Total);
        Close([.. expected.ScoreDocs.Select(d => d.Score)], [.. found.Hits.Select(h => h.Score)]);
    }

    private static void Close(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-4f * expected[i]);
    }

    private IndexSearcher Searcher() => Searcher(_index);

    private static IndexSearcher Searcher(TestIndex index) => new(index.Snapshot.Reader) { Similarity = new BM25Similarity() };

    private static BytesRef Bytes(string word) => new(WordAnalyzer.Encode(Language.Unknown, word));

    /// <summary>A word of the text, and half as much again for a title.</summary>
    private static BooleanQuery Term(string word) => new()
    {
        { new TermQuery(new Term(IndexSchema.Text, Bytes(word))), Occur.MUST },
        { new TermQuery(new Term(IndexSchema.Title, Bytes(word))) { Boost = 0.5f }, Occur.SHOULD },
    };

    private static BooleanQuery All(params Query[] parts) => Boolean(Occur.MUST, parts);

    private static BooleanQuery Any(params Query[] parts) => Boolean(Occur.SHOULD, parts);

    private static BooleanQuery Boolean(Occur occur, Query[] parts)
    {
        var query = new BooleanQuery();
        foreach (var part in parts)
            query.Add(part, occur);
        return query;
    }

    private static PhraseQuery Phrase(params string[] words)
    {
        var query = new PhraseQuery();
        foreach (var word in words)
            query.Add(new Term(IndexSchema.Text, Bytes(word)));
        return query;
    }
}
