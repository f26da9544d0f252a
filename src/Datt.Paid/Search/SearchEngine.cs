using Datt.Paid.Catalog;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Search;

/// <summary>Full-text search over the catalog. Thread-safe.</summary>
public sealed class SearchEngine : IAsyncDisposable
{
    private SearchEngine()
    {
    }

    /// <summary>
    /// Opens the index and begins to follow <see cref="ContentCatalog.Changes"/>. An index that is missing, damaged or of another version is built anew
    /// from the catalog in the background; searches then answer from what is there so far.
    /// </summary>
    /// <param name="settings">Validated settings.</param>
    /// <param name="catalog">What is indexed; it must outlive the engine.</param>
    /// <param name="cursorSecret">At least 16 bytes, the same after a restart, so that an old cursor is told from a forged one.</param>
    /// <param name="time">Clock of cursors and budgets.</param>
    /// <param name="log">Where rebuilds and faults are reported.</param>
    public static SearchEngine Open(SearchSettings settings, ContentCatalog catalog, byte[] cursorSecret, TimeProvider time, ILogger<SearchEngine> log) =>
        throw new NotImplementedException();

    /// <summary>Carries a search out on the calling thread.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not 1 to <see cref="SearchRequest.MaxLimit"/>.</exception>
    public Task<SearchOutcome> SearchAsync(SearchRequest request, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Completions of the last word of <paramref name="query"/>, by how many contents have them.</summary>
    public IReadOnlyList<string> Suggest(string query, int limit) => throw new NotImplementedException();

    /// <summary>Whether the query of a live search can be understood; null if so.</summary>
    public SearchOutcome.InvalidQuery? Check(SearchRequest request) => throw new NotImplementedException();

    /// <summary>
    /// Hits among the contents that are announced or change from now on. <see cref="SearchRequest.Limit"/>, the cursor and the sort do not matter; all words
    /// must match. Ends by cancellation.
    /// </summary>
    /// <exception cref="ArgumentException">The query cannot be understood: see <see cref="Check"/>.</exception>
    public IAsyncEnumerable<SearchHit> Live(SearchRequest request, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Whether everything up to this position of the change log can be found.</summary>
    public bool IsCaughtUp(long position) => throw new NotImplementedException();

    /// <summary>Completes when everything up to this position of the change log can be found.</summary>
    public Task WaitUntilSearchableAsync(long position, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Commits and closes the index.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
