using Datt.Paid.Catalog;

namespace Datt.Paid.Search;

/// <summary>How a search ended.</summary>
public abstract record SearchOutcome
{
    private SearchOutcome()
    {
    }

    /// <summary>It was carried out.</summary>
    public sealed record Found(SearchPage Page) : SearchOutcome;

    /// <summary>The query cannot be understood or is not allowed.</summary>
    /// <param name="Position">Where in the query, in UTF-16 units from 0.</param>
    /// <param name="Message">What is wrong and what to write instead.</param>
    public sealed record InvalidQuery(int Position, string Message) : SearchOutcome;

    /// <summary>The cursor was not issued by this server or belongs to another query.</summary>
    public sealed record InvalidCursor : SearchOutcome;

    /// <summary>The cursor is genuine, but its snapshot is gone: ask again from the first page.</summary>
    public sealed record CursorExpired : SearchOutcome;
}

/// <summary>One page of hits.</summary>
/// <param name="Query">The query as it was given.</param>
/// <param name="Took">Time the search took.</param>
/// <param name="Partial">The budget ended first; <paramref name="Hits"/> are the best of what was looked at, and there is no <paramref name="Next"/>.</param>
/// <param name="Relaxed">Hits that match only some of the words follow those that match all.</param>
/// <param name="Total">How many hits all pages together have.</param>
/// <param name="TotalIsExact">Otherwise there may be more.</param>
/// <param name="Hits">
/// At most the limit. Fewer where a content was withdrawn after the snapshot was taken; its place stays empty, so that later pages are not shifted.
/// </param>
/// <param name="Next">Cursor of the next page; null on the last one. Lives at least <see cref="SearchSettings.CursorLifetime"/>.</param>
public sealed record SearchPage(
    string Query,
    TimeSpan Took,
    bool Partial,
    bool Relaxed,
    long Total,
    bool TotalIsExact,
    IReadOnlyList<SearchHit> Hits,
    string? Next);

/// <summary>A content that matches.</summary>
/// <param name="Entry">What the catalog says about it now.</param>
/// <param name="Highlight">HTML: a piece of the summary (or the title) with the matches in <c>em</c>, everything else escaped.</param>
/// <param name="Score">BM25 over title, summary and tags, and half of BM25 over the title alone; 0 where only filters decide.</param>
public sealed record SearchHit(CatalogEntry Entry, string Highlight, float Score);
