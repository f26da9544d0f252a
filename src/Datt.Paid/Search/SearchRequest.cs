namespace Datt.Paid.Search;

/// <summary>The order of hits.</summary>
public enum SearchSort
{
    /// <summary>By BM25 score; equal scores by date, newest first, then by content key.</summary>
    Relevance,

    /// <summary>By publication time (announcement time where unknown), newest first, then by content key.</summary>
    Recent,
}

/// <summary>What is asked of <see cref="SearchEngine"/>.</summary>
public sealed record SearchRequest
{
    /// <summary>Largest <see cref="Limit"/>.</summary>
    public const int MaxLimit = 100;

    /// <summary>The query in the query language of the HTTP contract. Empty lists what the filters leave, newest first.</summary>
    public string Query { get; init; } = "";

    /// <summary>Hits on a page, 1 to <see cref="MaxLimit"/>.</summary>
    public int Limit { get; init; } = 10;

    /// <summary><see cref="SearchPage.Next"/> of the page before, with the same query, filters and sort; null for the first page.</summary>
    public string? Cursor { get; init; }

    public SearchSort Sort { get; init; }

    /// <summary>Exact label, letter case ignored.</summary>
    public string? Label { get; init; }

    /// <summary>One exact tag, letter case ignored.</summary>
    public string? Tag { get; init; }

    /// <summary>Exact author, letter case ignored.</summary>
    public string? Author { get; init; }

    /// <summary>Exact MIME type, letter case ignored.</summary>
    public string? Type { get; init; }

    /// <summary>Language tag: <c>en</c> also finds <c>en-GB</c>, <c>en-GB</c> finds only itself.</summary>
    public string? Language { get; init; }

    /// <summary>Earliest date, inclusive.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Latest date, inclusive.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Hard limit on the time of the search; what was found by then comes back. Null or more than the settings allow: theirs.</summary>
    public TimeSpan? Budget { get; init; }

    /// <summary>Whether hits must match all words even where there are fewer of them than <see cref="Limit"/>.</summary>
    public bool MatchAll { get; init; }
}
