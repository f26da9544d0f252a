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
    private const string Third = "https://third.example";

    private readonly VirtualTime _time = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
    private readonly Dictionary<string, ServerKey> _answers = [];
    private readonly Dictionary<string, string> _says = [];
    private readonly List<string> _named = [Second];
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

    [Fact]
    public async Task An_operator_accepts_who_answers_at_a_refused_address_and_the_former_one_is_forgotten()
    {
        var id = _answers[Second].Id;
        Assert.IsType<AcceptOutcome.Unknown>(await _crawler.AcceptAsync(id, Ct));
        await RoundsAsync(2, TimeSpan.FromMinutes(10));
        Assert.IsType<AcceptOutcome.NotRefused>(await _crawler.AcceptAsync(id, Ct));
        var other = _answers[Second] = ServerKey.Create();
        await RoundsAsync(3, TimeSpan.FromHours(1));

        _says[Second] = Third; // no card of this address
        Assert.Contains("its address is", Assert.IsType<AcceptOutcome.StillRefused>(await _crawler.AcceptAsync(id, Ct)).Problem, StringComparison.Ordinal);
        Assert.True(_directory.TryGet(id, out _));
        _says.Remove(Second);
        await RoundsAsync(3, TimeSpan.FromHours(1));

        var server = Assert.IsType<AcceptOutcome.Accepted>(await _crawler.AcceptAsync(id, Ct)).Server;
        Assert.Equal((other.Id, Second + "/", ServerState.Alive), (server.Id, server.Url.AbsoluteUri, server.State));
        Assert.False(_directory.TryGet(id, out _));
        Assert.True(_directory.TryGet(other.Id, out _));
        await RoundsAsync(24, TimeSpan.FromHours(1));
        Assert.True(_directory.TryGet(other.Id, out var later) && later.State == ServerState.Alive);
        Assert.DoesNotContain(_crawler.Findings(), finding => finding.Id == id);
    }

    [Fact]
    public async Task A_key_without_a_hand_over_is_accepted_when_the_operator_says_so()
    {
        var former = _answers[Second];
        await RoundsAsync(2, TimeSpan.FromMinutes(10));
        // Two copies of the key were rotated, each by itself: one was met, the other answers.
        var met = _answers[Second] = former.Rotate(_time.GetUtcNow())!;
        await RoundsAsync(2, TimeSpan.FromHours(1));
        _answers[Second] = former.Rotate(_time.GetUtcNow().AddHours(1))!;
        await RoundsAsync(2, TimeSpan.FromHours(1));
        Assert.True(_directory.TryGet(met.Id, out var known) && known.State == ServerState.Refused);
        var server = Assert.IsType<AcceptOutcome.Accepted>(await _crawler.AcceptAsync(met.Id, Ct)).Server;
        Assert.Equal(Convert.ToBase64String(_answers[Second].PublicKey.Spki.Span), server.Card.Card.PublicKey);
        await RoundsAsync(2, TimeSpan.FromHours(1));
        Assert.True(_directory.TryGet(met.Id, out known) && known.State == ServerState.Alive);
    }

    [Fact]
    public async Task A_server_whose_card_names_a_new_address_is_followed_there_and_stays_the_same_one()
    {
        var id = _answers[Second].Id;
        await RoundsAsync(2, TimeSpan.FromMinutes(10));
        Assert.True(_directory.TryGet(id, out var before));

        // For a while the old address still answers, with the card that names the new one.
        _answers[Third] = _answers[Second];
        _says[Second] = Third;
        await RoundsAsync(12, TimeSpan.FromHours(1));
        Assert.True(_directory.TryGet(id, out var moved));
        Assert.Equal((Third + "/", ServerState.Alive, before.FirstSeen), (moved.Url.AbsoluteUri, moved.State, moved.FirstSeen));
        Assert.Single(_directory.All, server => server.Id == id);
        Assert.DoesNotContain(_crawler.Findings(), finding => finding.Id == id && finding.Url != Third);
    }

    [Fact]
    public async Task Of_two_addresses_of_one_server_the_first_counts_while_it_answers_and_then_the_other()
    {
        var id = _answers[Second].Id;
        await RoundsAsync(2, TimeSpan.FromMinutes(10));
        _answers[Third] = _answers[Second];
        _named.Add(Third);
        await RoundsAsync(6, TimeSpan.FromHours(1));
        Assert.True(_directory.TryGet(id, out var known));
        Assert.Equal((Second + "/", ServerState.Alive), (known.Url.AbsoluteUri, known.State));
        Assert.Contains(_crawler.Findings(), finding => finding is { Url: Third, State: ServerState.Refused, Id: null } && finding.Problem!.Contains(Second, StringComparison.Ordinal));
        Assert.Single(_directory.All, server => server.Id == id);

        _answers.Remove(Second);
        await RoundsAsync(3 * 24, TimeSpan.FromHours(1));
        Assert.True(_directory.TryGet(id, out known));
        Assert.Equal((Third + "/", ServerState.Alive), (known.Url.AbsoluteUri, known.State));
        Assert.DoesNotContain(_crawler.Findings(), finding => finding.Url == Second && finding.Id is not null);
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
        var card = SignedCard.Sign(SignedCardTests.Card(key) with { Url = _says.GetValueOrDefault(url, url), Time = _time.GetUtcNow() }, key);
        return Task.FromResult<CardFetch>(new CardFetch.Answered(card, TimeSpan.FromMilliseconds(20)));
    }

    // Without ids: who names an address need not know whose it is.
    Task<ListFetch> IServerSource.FetchListAsync(Uri server, string? cursor, DateTimeOffset? since, CancellationToken ct) =>
        Task.FromResult<ListFetch>(new ListFetch.Page(
            server.AbsoluteUri.StartsWith(First, StringComparison.Ordinal) ? [.. _named.Where(_answers.ContainsKey).Select(url => new ListedAddress(null, url))] : [], null));

    Task<ListFetch> IServerSource.FetchBootstrapAsync(Uri list, string? cursor, CancellationToken ct) => Task.FromResult<ListFetch>(new ListFetch.Failed("No list."));

    Task<bool> IServerSource.GreetAsync(Uri server, SignedCard own, CancellationToken ct) => Task.FromResult(true);
}
