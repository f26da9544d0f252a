using Datt.Paid.Federation;
using Datt.Paid.Outbound;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Tests.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace Datt.Paid.Tests.Federation;

/// <summary>What the crawl keeps of a server that goes away, or comes back as another.</summary>
public sealed class CrawlMemoryTests : IServerSource
{
    private const string First = "https://first.example";
    private const string Second = "https://second.example";

    private readonly VirtualTime _time = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
    private readonly Dictionary<string, ServerKey> _answers = [];
    private readonly ServerDirectory _directory = new();
    private readonly Crawler _crawler;

    public CrawlMemoryTests()
    {
        var key = ServerKey.Create();
        var own = SignedCard.Sign(SignedCardTests.Card(key), key);
        var self = new CrawlOrigin(key.Id, () => own, [First], TimeSpan.FromMinutes(10), Seed: 1);
        _crawler = new Crawler(this, new UrlRules(new OutboundSettings()), self, new CrawlSettings(), _directory, _time, NullLogger<Crawler>.Instance);
        _answers[First] = ServerKey.Create();
        _answers[Second] = ServerKey.Create();
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_is_gone_is_kept_for_days_and_forgotten_after_a_week()
    {
        var id = _answers[Second].Id;
        await RoundsAsync(2, TimeSpan.FromMinutes(10));
        Assert.True(_directory.TryGet(id, out var met) && met.State == ServerState.Alive);

        _answers.Remove(Second);
        await RoundsAsync(6 * 24, TimeSpan.FromHours(1));
        Assert.True(_directory.TryGet(id, out var silent));
        Assert.Equal(ServerState.Silent, silent.State);
        await RoundsAsync(2 * 24, TimeSpan.FromHours(1));
        Assert.False(_directory.TryGet(id, out _));
    }

    [Fact]
    public async Task A_server_that_comes_back_with_another_key_is_refused_and_shown()
    {
        var id = _answers[Second].Id;
        await RoundsAsync(2, TimeSpan.FromMinutes(10));
        var other = _answers[Second] = ServerKey.Create();
        await RoundsAsync(24, TimeSpan.FromHours(1));
        Assert.True(_directory.TryGet(id, out var known));
        Assert.Equal(ServerState.Refused, known.State);
        Assert.NotNull(known.Problem);
        Assert.False(_directory.TryGet(other.Id, out _));
        Assert.Contains(_crawler.Findings(), finding => finding.Problem is not null);
    }

    private async Task RoundsAsync(int rounds, TimeSpan apart)
    {
        for (var round = 0; round < rounds; round++)
        {
            await _crawler.RoundAsync(Ct);
            _time.Advance(apart);
        }
    }

    Task<CardFetch> IServerSource.FetchCardAsync(Uri server, CancellationToken ct)
    {
        var url = server.AbsoluteUri.TrimEnd('/');
        if (!_answers.TryGetValue(url, out var key))
            return Task.FromResult<CardFetch>(new CardFetch.Silent("It cannot be connected to."));
        var card = SignedCard.Sign(SignedCardTests.Card(key) with { Url = url, Time = _time.GetUtcNow() }, key);
        return Task.FromResult<CardFetch>(new CardFetch.Answered(card, TimeSpan.FromMilliseconds(20)));
    }

    Task<ListFetch> IServerSource.FetchListAsync(Uri server, string? cursor, DateTimeOffset? since, CancellationToken ct) =>
        Task.FromResult<ListFetch>(new ListFetch.Page(
            server.AbsoluteUri.StartsWith(First, StringComparison.Ordinal) && _answers.TryGetValue(Second, out var named) ? [new ListedAddress(named.Id, Second)] : [], null));

    Task<ListFetch> IServerSource.FetchBootstrapAsync(Uri list, string? cursor, CancellationToken ct) => Task.FromResult<ListFetch>(new ListFetch.Failed("No list."));

    Task<bool> IServerSource.GreetAsync(Uri server, SignedCard own, CancellationToken ct) => Task.FromResult(true);
}
