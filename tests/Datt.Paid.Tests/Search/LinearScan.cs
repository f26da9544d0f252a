using System.Text;
using Datt.Paid.Catalog;
using Datt.Paid.Search;
using Datt.Paid.Search.Analysis;
using Datt.Paid.Search.Indexing;
using Datt.Paid.Search.Queries;

namespace Datt.Paid.Tests.Search;

/// <summary>What a query means, said as simply as possible: each content is read from beginning to end. The engine must find the same.</summary>
internal sealed class LinearScan(SearchRequest request, QueryNode.All query)
{
    private readonly WordAnalyzer _words = new(1_024);

    public bool MatchesAll(CatalogEntry entry) => Admits(entry) && Holds(query, Read(entry)) == true;

    /// <summary>Whether it is let in when words may be missing.</summary>
    public bool MatchesAny(CatalogEntry entry)
    {
        var text = Read(entry);
        var words = query.Nodes.Where(IsRelaxable).Select(n => Holds(n, text)).Where(h => h is not null).ToList();
        var others = query.Nodes.Where(n => !IsRelaxable(n)).Select(n => Holds(n, text)).Where(h => h is not null).ToList();
        return Admits(entry) && (query.Nodes.Count == 0 || words.Count + others.Count > 0) && others.All(h => h == true) && (words.Count == 0 || words.Contains(true))
            && query.Excluded.All(n => Holds(n, text) != true);
    }

    private static bool IsRelaxable(QueryNode node) =>
        node is QueryNode.Words or QueryNode.Prefix || (node is QueryNode.Any any && any.Nodes.All(IsRelaxable));

    private static bool IsFacet(CatalogEntry entry, char kind, string value)
    {
        bool Same(string? own) => string.Equals(own?.Trim(), value.Trim(), StringComparison.OrdinalIgnoreCase);
        var description = entry.Description;
        return kind switch
        {
            IndexSchema.LabelFacet => Same(description.Label),
            IndexSchema.AuthorFacet => Same(description.Author),
            IndexSchema.TypeFacet => Same(description.Type),
            _ => description.Tags.Any(Same),
        };
    }

    private bool Admits(CatalogEntry entry)
    {
        bool Filter(char kind, string? value) => value is null || IsFacet(entry, kind, value);
        var date = entry.Description.PublishedAt ?? entry.Holders.Min(h => h.AnnouncedAt).ToUnixTimeMilliseconds();
        return Filter(IndexSchema.LabelFacet, request.Label) && Filter(IndexSchema.TagFacet, request.Tag) && Filter(IndexSchema.AuthorFacet, request.Author)
            && Filter(IndexSchema.TypeFacet, request.Type) && (request.Since is null || date >= request.Since.Value.ToUnixTimeMilliseconds())
            && (request.Until is null || date <= request.Until.Value.ToUnixTimeMilliseconds()) && HasLanguage(entry.Description.Language);
    }

    private bool HasLanguage(string? own)
    {
        if (request.Language is not { } wanted)
            return true;
        return own is not null && (wanted.Contains('-', StringComparison.Ordinal)
            ? string.Equals(own, wanted, StringComparison.OrdinalIgnoreCase)
            : Language.Primary(own) == Language.Primary(wanted));
    }

    /// <summary>Null where the language of the content drops the clause.</summary>
    private bool? Holds(QueryNode node, Text text)
    {
        switch (node)
        {
            case QueryNode.Words words:
                return HasSequence(words.Text, words.InTitle, text);
            case QueryNode.Phrase phrase:
                return HasSequence(phrase.Text, phrase.InTitle, text);
            case QueryNode.Prefix prefix:
                var begin = WordAnalyzer.Surface(prefix.Text, text.Language);
                return text.Words.Any(w => w.Surface.StartsWith(begin, StringComparison.Ordinal));
            case QueryNode.Facet facet:
                return IsFacet(text.Entry, facet.Kind, facet.Value);
            case QueryNode.Any any:
                var some = any.Nodes.Select(n => Holds(n, text)).Where(h => h is not null).ToList();
                return some.Count == 0 ? null : some.Contains(true);
            case QueryNode.All all:
                var parts = all.Nodes.Select(n => Holds(n, text)).Where(h => h is not null).ToList();
                if (parts.Count == 0 && (all.Nodes.Count > 0 || !ReferenceEquals(all, query)))
                    return null;
                return parts.All(h => h == true) && all.Excluded.All(n => Holds(n, text) != true);
            default:
                throw new NotSupportedException();
        }
    }

    private bool? HasSequence(string wanted, bool inTitle, Text text)
    {
        var terms = Terms(wanted, 0, text.Language).ToList();
        if (terms.Count == 0)
            return null;
        return text.Words.Any(first => terms.All(t => text.Words.Any(w =>
            w.Position - first.Position == t.Position - terms[0].Position && w.Stem == t.Stem && (!inTitle || w.Position < IndexSchema.SummaryPosition))));
    }

    private Text Read(CatalogEntry entry)
    {
        var language = Language.Of(entry.Description.Language);
        var words = Terms(entry.Description.Title, 0, language).Concat(Terms(entry.Description.Summary, 10_000, language));
        var from = 100_000;
        foreach (var tag in entry.Description.Tags)
            words = words.Concat(Terms(tag, from += 1_000, language));
        return new Text(entry, language, [.. words]);
    }

    private IEnumerable<(int Position, string Stem, string Surface)> Terms(string text, int from, Language language)
    {
        var terms = new List<(int, string, string)>();
        var scanner = new WordScanner(text);
        while (scanner.Next())
        {
            var word = _words.Analyze(scanner.Word, language);
            if (!word.IsStop)
                terms.Add((from, Encoding.UTF8.GetString(word.Term.AsSpan(1)), Encoding.UTF8.GetString(word.Surface.AsSpan(1))));
            from++;
        }

        return terms;
    }

    private sealed record Text(CatalogEntry Entry, Language Language, IReadOnlyList<(int Position, string Stem, string Surface)> Words);
}
