using Datt.Paid.Catalog;
using Datt.Paid.Policy;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Search;
using Datt.Paid.Tests.Payments;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Datt.Paid.Tests.Policy;

/// <summary>Real catalog, real index, real database, and the pass at work in the background.</summary>
internal sealed class PolicyScene : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("datt-policy-").FullName;
    private readonly ServerKey _key = ServerKey.Create();
    private readonly PolicySettings _settings;
    private MoneyServer? _money;
    private ContentCatalog? _catalog;
    private SearchEngine? _engine;
    private CancellationTokenSource? _stop;
    private Task? _running;

    private PolicyScene(PolicySettings settings) => _settings = settings;

    public ContentCatalog Catalog => _catalog!;

    public SearchEngine Engine => _engine!;

    public PolicyBook Book { get; private set; } = null!;

    public PolicyPass Pass { get; private set; } = null!;

    public string Self => _key.Id;

    public string DatabaseFile => Path.Combine(_directory, "datt.db");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<PolicyScene> OpenAsync(PolicySettings? settings = null)
    {
        var scene = new PolicyScene(settings ?? new PolicySettings());
        await scene.StartAsync();
        return scene;
    }

    /// <param name="runs">Whether the pass runs.</param>
    public async Task StartAsync(bool runs = true)
    {
        _money = await MoneyServer.StartAsync(directory: _directory);
        Book = new PolicyBook(_money.Database, new PolicyOrigin(Self));
        await Book.LoadAsync(Cancel);
        _catalog = await ContentCatalog.OpenAsync(new CatalogSettings { Directory = _directory }, _key, TimeProvider.System, NullLogger<ContentCatalog>.Instance, Cancel);
        _engine = SearchEngine.Open(
            new SearchSettings { Directory = Path.Combine(_directory, "search"), RefreshAfter = TimeSpan.FromMilliseconds(20) }, _catalog, new byte[32],
            TimeProvider.System, NullLogger<SearchEngine>.Instance, new VisibleContents(_catalog, Book));
        Pass = new PolicyPass(_catalog, Book, _engine, _settings, TimeProvider.System, NullLogger<PolicyPass>.Instance);
        _stop = new CancellationTokenSource();
        _running = runs ? Pass.RunAsync(_stop.Token) : Task.CompletedTask;
    }

    /// <summary>Stops wherever the pass is.</summary>
    public async Task StopAsync()
    {
        if (_stop is null)
            return;
        await _stop.CancelAsync();
        await _running!.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _engine!.DisposeAsync();
        await _catalog!.DisposeAsync();
        await _money!.DisposeAsync();
        // So that the file is whole, without a log beside it.
        SqliteConnection.ClearAllPools();
        _stop.Dispose();
        _stop = null;
    }

    public async Task<PolicyRule> BlockAsync(RuleKind kind, string value) =>
        await Book.AddAsync(new RuleDraft(kind, value, false, "a test"), "operator", DateTimeOffset.UnixEpoch, Cancel) switch
        {
            RuleOutcome.Added added => added.Rule,
            RuleOutcome.Known known => known.Rule,
            var other => throw new InvalidOperationException($"{other}"),
        };

    public async Task UnblockAsync(PolicyRule rule) =>
        Assert.IsType<RuleOutcome.Removed>(await Book.RemoveAsync(rule.Id, "enough", "operator", DateTimeOffset.UnixEpoch, Cancel));

    public async Task AnnounceAsync(string node, string contentId, Description description)
    {
        var draft = new RecordDraft { ContentId = contentId, Title = description.Title, Label = description.Label, Language = description.Language, Size = description.Size };
        Assert.True(RecordVerifier.Announce(node, draft, TimeProvider.System.GetUtcNow(), out var announcement, out var problem), problem?.Detail);
        Assert.IsType<AppendOutcome.Appended>(await Catalog.AppendAsync([announcement!], Cancel));
    }

    public async Task WithdrawAsync(string node, string contentId)
    {
        Assert.True(RecordVerifier.Withdraw(node, contentId, out var withdrawal, out _));
        Assert.IsType<AppendOutcome.Appended>(await Catalog.AppendAsync([withdrawal!], Cancel));
    }

    /// <summary>Waits until the index agrees with the rules and everything announced.</summary>
    public async Task SettledAsync()
    {
        await Engine.WaitUntilSearchableAsync(Catalog.Changes.Position, Cancel);
        await HoldsAsync(() => Task.FromResult(Pass.IsSettled), "the pass is done");
    }

    /// <summary>Waits until all that can be found is exactly this, in hits and in totals.</summary>
    public Task ShowsAsync(IEnumerable<string> contentIds)
    {
        var expected = contentIds.Order(StringComparer.Ordinal).ToList();
        return HoldsAsync(
            async () =>
            {
                var page = Assert.IsType<SearchOutcome.Found>(await Engine.SearchAsync(new SearchRequest { Sort = SearchSort.Recent, Limit = 100 }, Cancel)).Page;
                return page.Total == expected.Count && page.Hits.Select(h => h.Entry.ContentId).Order(StringComparer.Ordinal).SequenceEqual(expected.Take(100));
            },
            $"search shows [{string.Join(' ', expected)}]");
    }

    /// <summary>How many contents the newest snapshot counts.</summary>
    public async Task<long> TotalAsync() =>
        Assert.IsType<SearchOutcome.Found>(await Engine.SearchAsync(new SearchRequest { Sort = SearchSort.Recent, Limit = 1 }, Cancel)).Page.Total;

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _key.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static async Task HoldsAsync(Func<Task<bool>> condition, string what)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"After a minute it still does not hold that {what}.");
            await Task.Delay(10, Cancel);
        }
    }
}
