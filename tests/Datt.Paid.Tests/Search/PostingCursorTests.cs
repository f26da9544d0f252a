using System.Text;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Search.Execution;
using Datt.Paid.Search.Indexing;
using Lucene.Net.Search;
using Lucene.Net.Util;

namespace Datt.Paid.Tests.Search;

/// <summary>Postings read by our own reader beside Lucene's, over terms of every density: in all documents, in one of a thousand, in one.</summary>
public sealed class PostingCursorTests : IDisposable
{
    private const int Documents = 20_000;
    private const int Seed = 11;

    private readonly TestIndex _index = new();

    public PostingCursorTests()
    {
        var random = new Random(Seed);
        _index.Add([.. Enumerable.Range(0, Documents).Select(i =>
        {
            var summary = new StringBuilder("everywhere");
            for (var density = 1; density < 12; density++)
            {
                // Two kinds of gaps: by chance, and stretches with many between stretches with none.
                if (random.Next(1 << density) == 0)
                    summary.Insert(0, string.Concat(Enumerable.Repeat($"chance{density} ", 1 + random.Next(density))));
                if ((i >> density & 15) == 0)
                    summary.Append($" stretch{density}");
            }

            return TestIndex.Entry(
                $"c{i}", new Description { Title = i % 3 == 0 ? "third" : "other", Summary = summary.ToString(), Label = i % 7 == 0 ? "seventh" : i == 77 ? "only" : "rest" });
        })]);
    }

    public void Dispose() => _index.Dispose();

    [Theory]
    [InlineData(IndexSchema.Text)]
    [InlineData(IndexSchema.Title)]
    [InlineData(IndexSchema.Facet)]
    public void ReadsWhatLuceneReads(string field)
    {
        var random = new Random(Seed);
        foreach (var segment in _index.Refresh().Segments)
        {
            var terms = segment.Reader.GetTerms(field).GetEnumerator();
            while (terms.MoveNext())
            {
                var term = terms.Term.Bytes.AsSpan(terms.Term.Offset, terms.Term.Length).ToArray();
                foreach (var stride in new[] { 0, 3, 50, 400, 5_000 })
                    Same(segment, field, term, stride, random);
            }
        }
    }

    private static void Same(Segment segment, string field, byte[] term, int stride, Random random)
    {
        var enumerators = segment.Core.Rent();
        var kind = field == IndexSchema.Text ? TermField.Text : field == IndexSchema.Title ? TermField.Title : TermField.Facet;
        var terms = segment.Reader.GetTerms(field).GetEnumerator();
        Assert.True(terms.SeekExact(new BytesRef(term)));
        var expected = terms.Docs(null, null);
        var ours = enumerators.Docs(kind, enumerators.Find(kind, term)!);
        while (ours.Doc != Posting.End)
        {
            var target = ours.Doc + 1 + (stride == 0 ? 0 : random.Next(stride));
            var (doc, oracle) = stride == 0 ? (ours.Next(), expected.NextDoc()) : (ours.Advance(target), expected.Advance(target));
            Assert.Equal(oracle == DocIdSetIterator.NO_MORE_DOCS ? Posting.End : oracle, doc);
            if (doc != Posting.End && kind != TermField.Facet)
                Assert.Equal(expected.Freq, random.Next(2) == 0 ? ours.Freq() : ours.Freqs()[ours.At]);
        }
    }
}
