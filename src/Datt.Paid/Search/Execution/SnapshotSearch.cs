using Datt.Paid.Search.Analysis;
using Datt.Paid.Search.Indexing;
using Datt.Paid.Search.Queries;

namespace Datt.Paid.Search.Execution;

/// <summary>What is looked for, ready to be carried out in any snapshot.</summary>
/// <param name="Query">The parsed query.</param>
/// <param name="Facets">Filters by exact value.</param>
/// <param name="Language">The only language of the table that counts; null for all.</param>
/// <param name="Since">Milliseconds since the Unix epoch, inclusive.</param>
/// <param name="Until">The same.</param>
/// <param name="ByDate">Whether newer hits come first.</param>
internal sealed record SearchPlan(QueryNode.All Query, IReadOnlyList<QueryNode.Facet> Facets, Language? Language, long Since, long Until, bool ByDate)
{
    public static SearchPlan Of(SearchRequest request, QueryNode.All query)
    {
        var facets = new List<QueryNode.Facet>();
        void Add(char kind, string? value)
        {
            if (value is not null)
                facets.Add(new QueryNode.Facet(kind, value));
        }

        Add(IndexSchema.LabelFacet, request.Label);
        Add(IndexSchema.TagFacet, request.Tag);
        Add(IndexSchema.AuthorFacet, request.Author);
        Add(IndexSchema.TypeFacet, request.Type);
        Language? language = null;
        if (request.Language is { } tag)
        {
            language = Language.Of(tag);
            var primary = Language.Primary(tag);
            if (ReferenceEquals(language, Language.Unknown) || tag.Trim().Length > primary.Length)
                facets.Add(new QueryNode.Facet(IndexSchema.LanguageFacet, tag));
        }

        return new SearchPlan(
            query, facets, language, request.Since?.ToUnixTimeMilliseconds() ?? long.MinValue, request.Until?.ToUnixTimeMilliseconds() ?? long.MaxValue,
            request.Sort == SearchSort.Recent);
    }
}

/// <summary>Hits of one page.</summary>
/// <param name="Hits">First ones first.</param>
/// <param name="Total">Hits on all pages.</param>
/// <param name="IsRelaxed">Whether hits that match only some words were let in.</param>
internal readonly record struct SearchResult(RankedHit[] Hits, long Total, bool IsRelaxed);

/// <summary>Carries a plan out in a snapshot.</summary>
internal sealed class SnapshotSearch
{
    private readonly Snapshot _snapshot;
    private readonly SearchPlan _plan;
    private readonly SearchBudget _budget;
    private readonly IReadOnlyList<CompiledQuery> _queries;
    private readonly FacetClause[] _facets;

    public SnapshotSearch(Snapshot snapshot, SearchPlan plan, WordAnalyzer words, SearchBudget budget)
    {
        _snapshot = snapshot;
        _plan = plan;
        _budget = budget;
        _queries = QueryCompiler.Compile(plan.Query, plan.Language, snapshot, words);
        _facets = [.. plan.Facets.Select(f => new FacetClause(snapshot.Find(TermField.Facet, IndexSchema.FacetOf(f.Kind, f.Value))))];
    }

    /// <summary>
    /// The first page: hits that match all words; where they are fewer than the limit and relaxing is allowed, others after them. The second pass finds both kinds
    /// itself, with the terms already looked up; where a word is so rare that it is needed in any case, it is the only one.
    /// </summary>
    public SearchResult First(int limit, bool mayRelax)
    {
        mayRelax &= _queries.Any(q => q.Words.Length > 1);
        if (mayRelax && IsRare(limit))
        {
            var both = Run(limit, null, relaxed: true);
            return both with { IsRelaxed = both.Total > both.Hits.Count(h => h.Rank.Group == 0) };
        }

        var strict = Run(limit, null, relaxed: false);
        if (!mayRelax || strict.Total >= limit || _budget.IsOver)
            return strict;
        var relaxed = Run(limit, null, relaxed: true);
        return relaxed.Total > strict.Total || relaxed.Hits.Length > strict.Hits.Length ? relaxed : strict;
    }

    /// <summary>Whether it is certain without looking that fewer contents than the limit match all words.</summary>
    private bool IsRare(int limit)
    {
        var most = 0L;
        foreach (var query in _queries)
        {
            var least = query.Words.Length == 0 ? limit : query.Words.Min(w => w.MostMatches);
            most += Math.Min(least, limit);
        }

        return most < limit;
    }

    /// <summary>A later page.</summary>
    public SearchResult Next(int limit, HitRank after, bool relaxed) => Run(limit, after, relaxed);

    private SearchResult Run(int limit, HitRank? after, bool relaxed)
    {
        var top = new TopHits(limit, after);
        foreach (var query in _queries)
        {
            foreach (var segment in _snapshot.Segments)
            {
                if (_budget.IsOver)
                    break;
                if (query.Language is { } language && (segment.Core.LanguageMask & (1UL << language.Id)) == 0)
                    continue;
                var enumerators = segment.Core.Rent();
                Run(query, segment, enumerators, top, relaxed);
                segment.Core.Return(enumerators);
            }
        }

        return new SearchResult(top.Sorted(), top.Total, relaxed);
    }

    private void Run(CompiledQuery query, Segment segment, Enumerators enumerators, TopHits top, bool relaxed)
    {
        var binding = new Binding(_snapshot, segment, enumerators, _budget);
        if (!TryBindAll(_facets, binding, out var facets) || !TryBindAll(query.Required, binding, out var required))
            return;
        var language = query.Language is { } only && !query.IsTextBound(relaxed) ? only.Id : (byte)0;
        var excluded = query.Excluded.Select(e => e.Bind(binding)).OfType<Posting>().ToArray();
        var matcher = new Matcher(
            segment, new Admission(_plan.Since, _plan.Until, language), excluded, top, _plan.ByDate, enumerators.Scratch, _budget);
        var words = query.Words;
        if (words is [AnyClause alternatives])
        {
            var any = BindSome(alternatives.Parts, binding);
            if (any.Length > 0)
                matcher.MatchAny(any, 1, [.. required, .. facets]);
        }
        else if (relaxed && words.Length > 1)
        {
            var some = BindSome(words, binding);
            if (some.Length > 0)
                matcher.MatchAny(some, words.Length, [.. required, .. facets]);
        }
        else if (TryBindAll(words, binding, out var all))
        {
            if (all.Length + required.Length + facets.Length == 0)
                facets = [new EveryPosting(segment)];
            matcher.MatchAll(required.Length == 0 ? all : [.. all, .. required], facets);
        }
    }

    private static bool TryBindAll(IReadOnlyList<Clause> clauses, Binding binding, out Posting[] postings)
    {
        postings = clauses.Count == 0 ? [] : new Posting[clauses.Count];
        for (var i = 0; i < postings.Length; i++)
        {
            if (clauses[i].Bind(binding) is not { } posting)
                return false;
            postings[i] = posting;
        }

        return true;
    }

    private static Posting[] BindSome(IReadOnlyList<Clause> clauses, Binding binding) =>
        [.. clauses.Select(c => c.Bind(binding)).OfType<Posting>()];
}
