using Datt.Paid.Catalog;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Search;
using Microsoft.Extensions.Logging.Abstractions;

namespace Datt.Paid.Tests.Search;

/// <summary>A real catalog and a real engine in a temporary directory.</summary>
internal sealed class SearchFixture : IAsyncDisposable
{
    private static readonly byte[] CursorSecret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private readonly ServerKey _key = ServerKey.Create();
    private readonly string _directory = Directory.CreateTempSubdirectory("datt-search-").FullName;
    private ContentCatalog? _catalog;
    private SearchEngine? _engine;

    public ShiftedTime Time { get; } = new();

    public SearchSettings Settings => new() { Directory = IndexDirectory, RefreshAfter = TimeSpan.FromMilliseconds(20) };

    public string IndexDirectory => Path.Combine(_directory, "search");

    public ContentCatalog Catalog => _catalog!;

    public SearchEngine Engine => _engine!;

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<SearchFixture> OpenAsync()
    {
        var fixture = new SearchFixture();
        await fixture.StartAsync();
        return fixture;
    }

    public async Task StartAsync()
    {
        _catalog ??= await ContentCatalog.OpenAsync(new CatalogSettings { Directory = _directory }, _key, TimeProvider.System, NullLogger<ContentCatalog>.Instance, Cancel);
        _engine = SearchEngine.Open(Settings, _catalog, CursorSecret, Time, NullLogger<SearchEngine>.Instance);
        await _engine.WaitUntilSearchableAsync(_catalog.Changes.Position, Cancel);
    }

    public async Task StopAsync()
    {
        if (_engine is not null)
            await _engine.DisposeAsync();
        if (_catalog is not null)
            await _catalog.DisposeAsync();
        _engine = null;
        _catalog = null;
    }

    /// <summary>Appends without waiting until it can be found.</summary>
    public async Task<long> AppendAsync(params (string ContentId, string Title)[] contents)
    {
        var batch = contents.Select(c =>
        {
            var draft = new RecordDraft { ContentId = c.ContentId, Title = c.Title, Language = "en" };
            Assert.True(RecordVerifier.Announce("node", draft, TimeProvider.System.GetUtcNow(), out var announcement, out _));
            return announcement!;
        });
        return Assert.IsType<AppendOutcome.Appended>(await Catalog.AppendAsync([.. batch], Cancel)).LastPosition;
    }

    public async Task AnnounceAsync(params (string ContentId, string Title)[] contents) =>
        await Engine.WaitUntilSearchableAsync(await AppendAsync(contents), Cancel);

    public async Task WithdrawAsync(string contentId)
    {
        Assert.True(RecordVerifier.Withdraw("node", contentId, out var announcement, out _));
        var appended = Assert.IsType<AppendOutcome.Appended>(await Catalog.AppendAsync([announcement!], Cancel));
        await Engine.WaitUntilSearchableAsync(appended.LastPosition, Cancel);
    }

    public Task<SearchOutcome> SearchAsync(SearchRequest request) => Engine.SearchAsync(request, Cancel);

    public async Task<SearchPage> FindAsync(SearchRequest request) => Assert.IsType<SearchOutcome.Found>(await SearchAsync(request)).Page;

    public async Task<string[]> IdsAsync(string query) => [.. (await FindAsync(new SearchRequest { Query = query, Limit = 100 })).Hits.Select(h => h.Entry.ContentId)];

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _key.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}

/// <summary>The real clock, moved forward by a test; timers run as always.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long _shift;

    public TimeSpan StepPerLook { get; set; }

    public void Shift(TimeSpan by) => Interlocked.Add(ref _shift, by.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _shift));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        Shift(StepPerLook);
        return System.GetElapsedTime(0).Ticks + Interlocked.Read(ref _shift);
    }
}
