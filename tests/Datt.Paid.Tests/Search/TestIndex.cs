using Datt.Paid.Catalog;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Search;
using Datt.Paid.Search.Analysis;
using Datt.Paid.Search.Execution;
using Datt.Paid.Search.Indexing;
using Datt.Paid.Search.Queries;
using Microsoft.Extensions.Logging.Abstractions;

namespace Datt.Paid.Tests.Search;

/// <summary>A real index on disk over contents in memory: the engine's core without a catalog.</summary>
internal sealed class TestIndex : IDisposable
{
    private readonly Dictionary<ContentKey, CatalogEntry> _entries = [];
    private readonly Indexer _indexer;
    private Snapshot? _snapshot;
    private uint _generation;

    public TestIndex(int writerThreads = 1)
    {
        Settings = new SearchSettings { Directory = Path.Combine(Path.GetTempPath(), $"datt-search-{Guid.NewGuid():N}"), WriterThreads = writerThreads };
        _indexer = Indexer.Open(Settings, Find, Words, NullLogger.Instance);
    }

    public SearchSettings Settings { get; }

    public WordAnalyzer Words { get; } = new();

    public IReadOnlyDictionary<ContentKey, CatalogEntry> Entries => _entries;

    public Snapshot Snapshot => _snapshot ?? Refresh();

    public static CatalogEntry Entry(string contentId, Description description, long announcedAt = 1_000) =>
        new(ContentKey.Of(contentId), contentId, description, [new Holder(new NodeKey("origin", "node"), DateTimeOffset.FromUnixTimeMilliseconds(announcedAt))], 1);

    public TestIndex Add(params CatalogEntry[] entries)
    {
        foreach (var entry in entries)
            _entries[entry.Key] = entry;
        _indexer.Apply([.. entries.Select(e => e.Key)]);
        Changed();
        return this;
    }

    public TestIndex Add(string contentId, Description description) => Add(Entry(contentId, description));

    public TestIndex Add(string contentId, string title, string summary = "", string? language = "en") =>
        Add(contentId, new Description { Title = title, Summary = summary, Language = language });

    public void Remove(string contentId)
    {
        _entries.Remove(ContentKey.Of(contentId));
        _indexer.Apply([ContentKey.Of(contentId)]);
        Changed();
    }

    public Snapshot Refresh()
    {
        Changed();
        return _snapshot = Snapshot.Open(_indexer.OpenReader(), null, ++_generation);
    }

    public SearchResult Search(SearchRequest request)
    {
        var parsed = Assert.IsType<ParsedQuery.Query>(QueryParser.Parse(request.Query));
        var budget = new SearchBudget(TimeProvider.System, TimeSpan.FromMinutes(1), CancellationToken.None);
        return new SnapshotSearch(Snapshot, SearchPlan.Of(request, parsed.Root), Words, budget).First(request.Limit, !request.MatchAll);
    }

    /// <summary>Content ids of the first hits, in their order.</summary>
    public string[] Ids(SearchRequest request) => [.. Search(request).Hits.Select(h => _entries[new ContentKey(h.Rank.Key)].ContentId)];

    public string[] Ids(string query) => Ids(new SearchRequest { Query = query, Limit = 100, MatchAll = true });

    public void Dispose()
    {
        _snapshot?.LetGo();
        _indexer.Dispose();
        Directory.Delete(Settings.Directory, recursive: true);
    }

    private CatalogEntry? Find(ContentKey key) => _entries.GetValueOrDefault(key);

    private void Changed()
    {
        _snapshot?.LetGo();
        _snapshot = null;
    }
}
