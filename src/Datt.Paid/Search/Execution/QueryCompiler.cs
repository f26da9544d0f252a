using Datt.Paid.Search.Analysis;
using Datt.Paid.Search.Indexing;
using Datt.Paid.Search.Queries;

namespace Datt.Paid.Search.Execution;

/// <summary>A query as one language reads it.</summary>
/// <param name="Language">Only contents of this language; null for all of them, where the query has no words.</param>
/// <param name="Words">What relaxing may give up: words, beginnings of words, and those joined by OR.</param>
/// <param name="Required">What always holds.</param>
/// <param name="Excluded">What never may hold.</param>
internal sealed record CompiledQuery(Language? Language, Clause[] Words, Clause[] Required, Clause[] Excluded)
{
    /// <summary>Whether a match has a word of the language in any case, so that its language need not be looked at.</summary>
    public bool IsTextBound(bool relaxed) =>
        Required.Any(r => r.IsTextBound) || (Words.Length > 0 && (relaxed ? Words.All(w => w.IsTextBound) : Words.Any(w => w.IsTextBound)));
}

/// <summary>
/// Reads a query in each language that the snapshot has: a word becomes that language's stem, or nothing if it is a stop word there. A content has one language, so
/// the results of the languages do not overlap.
/// </summary>
internal sealed class QueryCompiler
{
    private readonly Snapshot _snapshot;
    private readonly WordAnalyzer _words;
    private readonly Dictionary<QueryNode, WordStatistics> _statistics = new(ReferenceEqualityComparer.Instance);
    private Language _language = Language.Unknown;

    private QueryCompiler(Snapshot snapshot, WordAnalyzer words)
    {
        _snapshot = snapshot;
        _words = words;
    }

    /// <param name="query">What was asked.</param>
    /// <param name="only">The only language asked for; null for all.</param>
    /// <param name="snapshot">Where it is looked for.</param>
    /// <param name="words">The analysis.</param>
    public static IReadOnlyList<CompiledQuery> Compile(QueryNode.All query, Language? only, Snapshot snapshot, WordAnalyzer words)
    {
        var compiler = new QueryCompiler(snapshot, words);
        if (!query.HasWords)
            return [compiler.Compile(query, only)!];
        var compiled = new List<CompiledQuery>();
        foreach (var language in Language.Table)
        {
            if (language is null || (only is not null && language != only) || (snapshot.LanguageMask & (1UL << language.Id)) == 0)
                continue;
            compiler._language = language;
            if (compiler.Compile(query, language) is { } read)
                compiled.Add(read);
        }

        return compiled;
    }

    private CompiledQuery? Compile(QueryNode.All query, Language? language)
    {
        var words = new List<Clause>();
        var required = new List<Clause>();
        foreach (var node in query.Nodes)
        {
            if (Compile(node) is { } clause)
                (IsRelaxable(node) ? words : required).Add(clause);
        }

        // A query of nothing but this language's stop words finds nothing in it, rather than everything.
        if (query.Nodes.Count > 0 && words.Count + required.Count == 0)
            return null;
        return new CompiledQuery(language, [.. words], [.. required], [.. query.Excluded.Select(Compile).OfType<Clause>()]);
    }

    private static bool IsRelaxable(QueryNode node) => node switch
    {
        QueryNode.Words or QueryNode.Prefix => true,
        QueryNode.Any any => any.Nodes.All(IsRelaxable),
        _ => false,
    };

    /// <returns>Null where the language drops it.</returns>
    private Clause? Compile(QueryNode node) => node switch
    {
        QueryNode.Words words => Text(words, words.Text, words.InTitle),
        QueryNode.Phrase phrase => Text(phrase, phrase.Text, phrase.InTitle),
        QueryNode.Prefix prefix => Prefix(prefix.Text),
        QueryNode.Facet facet => new FacetClause(_snapshot.Find(TermField.Facet, IndexSchema.FacetOf(facet.Kind, facet.Value))),
        QueryNode.Any any => any.Nodes.Select(Compile).OfType<Clause>().ToArray() switch
        {
            [] => null,
            [var only] => only,
            var several => new AnyClause(several),
        },
        QueryNode.All all => all.Nodes.Select(Compile).OfType<Clause>().ToArray() switch
        {
            [] => null,
            var several => new AllClause(several, [.. all.Excluded.Select(Compile).OfType<Clause>()]),
        },
        _ => throw new NotSupportedException(node.GetType().Name),
    };

    private Clause? Text(QueryNode node, string text, bool inTitle)
    {
        var terms = new List<Term>(1);
        var offsets = new List<int>(1);
        var position = 0;
        var scanner = new WordScanner(text);
        while (scanner.Next())
        {
            if (scanner.IsTail)
                continue;
            if (scanner.IsSingle && !inTitle && scanner.Length == text.Trim().Length)
                return Prefix(text);
            var word = _words.Analyze(scanner.Word, _language);
            if (!word.IsStop)
            {
                terms.Add(_snapshot.Find(TermField.Text, word.Term));
                offsets.Add(position);
            }

            position++;
        }

        if (terms.Count == 0)
            return null;
        if (terms.Count > 1)
            return new PositionClause([.. terms], [.. offsets.Select(o => o - offsets[0])], inTitle ? IndexSchema.SummaryPosition : int.MaxValue);
        if (!_statistics.TryGetValue(node, out var statistics))
            _statistics[node] = statistics = new WordStatistics();
        var title = _snapshot.Find(TermField.Title, terms[0].Bytes);
        statistics.Add(terms[0], title);
        return new TermClause(terms[0], title, statistics, inTitle);
    }

    private PrefixClause Prefix(string text) =>
        new(_language.Stems ? TermField.Surface : TermField.Text, WordAnalyzer.Encode(_language, WordAnalyzer.Surface(text.AsSpan().Trim(), _language)));
}
