using System.Security.Cryptography;
using Datt.Paid.Catalog;
using Datt.Paid.Search.Analysis;
using Datt.Paid.Search.Cursors;
using Datt.Paid.Search.Execution;
using Datt.Paid.Search.Indexing;
using Datt.Paid.Search.Live;
using Datt.Paid.Search.Queries;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Search;

/// <summary>Full-text search over the catalog. Thread-safe.</summary>
public sealed class SearchEngine : IAsyncDisposable
{
    private readonly SearchSettings _settings;
    private readonly IContentView _view;
    private readonly byte[] _cursorSecret;
    private readonly TimeProvider _time;
    private readonly ulong _instance = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
    private readonly WordAnalyzer _words = new();
    private readonly Snapshots _snapshots;
    private readonly LiveSearches _live;
    private readonly ChangeFollower _follower;

    private SearchEngine(
        SearchSettings settings, ContentCatalog catalog, IContentView view, byte[] cursorSecret, TimeProvider time, ILogger<SearchEngine> log)
    {
        _settings = settings;
        _view = view;
        _cursorSecret = cursorSecret;
        _time = time;
        _snapshots = new Snapshots(settings.CursorLifetime, (int)(settings.CursorLifetime / settings.RefreshUnderLoad * 1.2) + 1);
        _live = new LiveSearches(settings.MaxLiveSearches, _words, time, log);
        _follower = new ChangeFollower(settings, catalog, view, _snapshots, _words, _live, time, log);
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
    /// <exception cref="ArgumentException">The settings or the secret cannot be used.</exception>
    /// <param name="view">What of it can be found; everything where left out.</param>
    public static SearchEngine Open(
        SearchSettings settings, ContentCatalog catalog, byte[] cursorSecret, TimeProvider time, ILogger<SearchEngine> log, IContentView? view = null)
    {
        if (settings.Errors() is { Count: > 0 } errors)
            throw new ArgumentException(string.Join(" ", errors), nameof(settings));
        if (cursorSecret.Length < 16)
            throw new ArgumentException("The secret of cursors has at least 16 bytes.", nameof(cursorSecret));
        return new SearchEngine(settings, catalog, view ?? new WholeCatalog(catalog), cursorSecret, time, log);
    }

    /// <summary>Carries a search out on the calling thread.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not 1 to <see cref="SearchRequest.MaxLimit"/>.</exception>
    public Task<SearchOutcome> SearchAsync(SearchRequest request, CancellationToken cancel) => Task.FromResult(Search(request, cancel));

    /// <summary>Completions of the last word of <paramref name="query"/>, by how many contents have them.</summary>
    public IReadOnlyList<string> Suggest(string query, int limit)
    {
        if (query.Length > QueryParser.MaxLength)
            return [];
        var snapshot = _snapshots.Hold();
        try
        {
            return Suggestions.Complete(snapshot, query, limit);
        }
        finally
        {
            snapshot.LetGo();
        }
    }

    /// <summary>Whether the query of a live search can be understood; null if so.</summary>
    public SearchOutcome.InvalidQuery? Check(SearchRequest request) => Read(request, out _);

    /// <summary>
    /// Hits among the contents that are announced or change from now on. <see cref="SearchRequest.Limit"/>, the cursor and the sort do not matter; all words
    /// must match. Ends by cancellation.
    /// </summary>
    /// <exception cref="ArgumentException">The query cannot be understood: see <see cref="Check"/>.</exception>
    /// <exception cref="InvalidOperationException">There are <see cref="SearchSettings.MaxLiveSearches"/> already.</exception>
    public IAsyncEnumerable<SearchHit> Live(SearchRequest request, CancellationToken cancel) =>
        Read(request, out var root) is { } invalid
            ? throw new ArgumentException(invalid.Message, nameof(request))
            : _live.SubscribeAsync(SearchPlan.Of(request, root), cancel);

    /// <summary>Whether everything up to this position of the change log can be found.</summary>
    public bool IsCaughtUp(long position) => _follower.Searchable.Value >= position;

    /// <summary>Completes when everything up to this position of the change log can be found.</summary>
    public Task WaitUntilSearchableAsync(long position, CancellationToken cancel) => _follower.Searchable.WaitAsync(position, cancel);

    /// <summary>The state of the view that the whole index agrees with: see <see cref="IContentView.Mark"/>.</summary>
    public string AgreedMark => _follower.Mark;

    /// <summary>
    /// Indexes contents again because the view shows them otherwise than before. Returns when it is done, or will be done once the disk can be written again;
    /// it can be found a refresh later.
    /// </summary>
    public Task ReindexAsync(IReadOnlyCollection<ContentKey> keys) => _follower.ReindexAsync([.. keys]);

    /// <summary>
    /// Says that every content was indexed again that the view shows otherwise since <see cref="AgreedMark"/>. It is on disk together with those contents, so
    /// after a crash either all of it is there or the old mark.
    /// </summary>
    public void Agree(string mark) => _follower.Agree(mark);

    /// <summary>Commits and closes the index.</summary>
    public async ValueTask DisposeAsync()
    {
        await _live.DisposeAsync();
        await _follower.DisposeAsync();
        _snapshots.Dispose();
    }

    private static SearchOutcome.InvalidQuery? Read(SearchRequest request, out QueryNode.All root)
    {
        root = new QueryNode.All([], []);
        var parsed = QueryParser.Parse(request.Query);
        if (parsed is ParsedQuery.Error error)
            return new SearchOutcome.InvalidQuery(error.Position, error.Message);
        root = ((ParsedQuery.Query)parsed).Root;
        var hasFilter = request.Label is not null || request.Tag is not null || request.Author is not null || request.Type is not null
            || request.Language is not null || request.Since is not null || request.Until is not null;
        if (root.Nodes.Count > 0 || hasFilter)
            return null;
        if (root.Excluded.Count > 0)
            return new SearchOutcome.InvalidQuery(0, "The query only says what to leave out: add a word to look for, or a filter.");
        return string.IsNullOrWhiteSpace(request.Query) && request.Sort != SearchSort.Recent
            ? new SearchOutcome.InvalidQuery(0, "Say what to look for: words, a filter such as label, or sort=recent for everything.")
            : null;
    }

    private SearchOutcome Search(SearchRequest request, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(request.Limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(request.Limit, SearchRequest.MaxLimit);
        var limit = request.Budget is { } asked && asked < _settings.MaxBudget ? asked : _settings.MaxBudget;
        var budget = new SearchBudget(_time, limit, cancel);
        if (Read(request, out var root) is { } invalid)
            return invalid;
        SearchCursor? cursor = null;
        Snapshot? snapshot;
        if (request.Cursor is null)
        {
            snapshot = _snapshots.Hold();
        }
        else
        {
            cursor = SearchCursor.Read(request.Cursor, _cursorSecret);
            if (cursor is null || cursor.QueryHash != SearchCursor.HashOf(request))
                return new SearchOutcome.InvalidCursor();
            snapshot = cursor.Instance == _instance ? _snapshots.Hold(cursor.Generation, _time.GetUtcNow()) : null;
            if (snapshot is null)
                return new SearchOutcome.CursorExpired();
        }

        try
        {
            budget.Look();
            return new SearchOutcome.Found(Page(request, root, cursor, snapshot, budget));
        }
        finally
        {
            snapshot.LetGo();
        }
    }

    private SearchPage Page(SearchRequest request, QueryNode.All root, SearchCursor? cursor, Snapshot snapshot, SearchBudget budget)
    {
        // A query of signs alone asks for something that cannot be there.
        var found = root.Nodes.Count == 0 && root.Excluded.Count == 0 && !string.IsNullOrWhiteSpace(request.Query)
            ? new SearchResult([], 0, false)
            : Run(request, root, cursor, snapshot, budget);
        var highlighter = new Highlighter(root, _words);
        var hits = new List<SearchHit>(found.Hits.Length);
        foreach (var hit in found.Hits)
        {
            if (_view.TryGet(new ContentKey(hit.Rank.Key), out var entry))
                hits.Add(new SearchHit(entry, highlighter.Render(entry.Description), hit.Score));
        }

        var shown = (cursor?.Shown ?? 0) + (uint)found.Hits.Length;
        var next = !budget.IsOver && found.Hits.Length > 0 && found.Total > shown
            ? Issue(request, snapshot, found, shown)
            : null;
        return new SearchPage(request.Query, budget.Elapsed, budget.IsOver, found.IsRelaxed, found.Total, !budget.IsOver && !budget.IsCut, hits, next);
    }

    private SearchResult Run(SearchRequest request, QueryNode.All root, SearchCursor? cursor, Snapshot snapshot, SearchBudget budget)
    {
        var search = new SnapshotSearch(snapshot, SearchPlan.Of(request, root), _words, budget);
        return cursor is null
            ? search.First(request.Limit, !request.MatchAll)
            : search.Next(request.Limit, cursor.Last, cursor.IsRelaxed);
    }

    private string Issue(SearchRequest request, Snapshot snapshot, SearchResult found, uint shown)
    {
        _snapshots.Pin(snapshot, _time.GetUtcNow());
        return new SearchCursor(_instance, snapshot.Generation, SearchCursor.HashOf(request), found.IsRelaxed, shown, found.Hits[^1].Rank).Sign(_cursorSecret);
    }
}
