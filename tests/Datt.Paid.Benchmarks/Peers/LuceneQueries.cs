using Lucene.Net.Analysis;
using Lucene.Net.Analysis.TokenAttributes;
using Lucene.Net.Index;
using Lucene.Net.Search;

namespace Datt.Paid.Benchmarks.Peers;

/// <summary>Words to Lucene.Net queries without a query parser.</summary>
internal static class LuceneQueries
{
    /// <summary>The analysed words, all of them or any.</summary>
    public static Query Of(Analyzer analyzer, string field, string words, Occur occur)
    {
        var query = new BooleanQuery();
        using var tokens = analyzer.GetTokenStream(field, words);
        var term = tokens.AddAttribute<ICharTermAttribute>();
        tokens.Reset();
        while (tokens.IncrementToken())
            query.Add(new TermQuery(new Term(field, term.ToString())), occur);
        tokens.End();
        return query.Clauses.Count == 1 ? query.Clauses[0].Query : query;
    }
}
