using Datt.Paid.Catalog;
using Datt.Paid.Federation;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Sync;
using Datt.Paid.Sync.Download;
using Datt.Paid.Sync.Following;
using Datt.Paid.Sync.Store;
using Datt.Paid.Tests.Catalog;
using Datt.Paid.Tests.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace Datt.Paid.Tests.Sync;

/// <summary>What a follower believes: nothing that the origin did not sign, nothing older, and nobody who says two things.</summary>
public sealed class SwarmTrustTests : IAsyncLifetime
{
    private readonly CatalogFixture _fixture = new();
    private readonly ServerKey _origin = ServerKey.Create();
    private readonly ServerKey _other = ServerKey.Create();
    private readonly ScriptedSource _source = new();
    private readonly ServerDirectory _servers = new();
    private readonly HeadVector _heads = new();
    private ContentCatalog _catalog = null!;
    private FeedStore _store = null!;
    private Swarm _swarm = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Meet(_origin);
        Meet(_other);
        await StartAsync();
    }

    private async Task StartAsync()
    {
        _catalog = await _fixture.OpenAsync();
        var settings = new SyncSettings { Directory = Path.Combine(_fixture.Directory, "feeds"), EpochsApart = TimeSpan.Zero };
        _store = FeedStore.Open(settings.Directory);
        var (keys, figures) = (new OriginKeys(_servers), new SyncFigures());
        var runs = new RunFetcher(_source, new SourceBook(TimeProvider.System), settings, TimeProvider.System);
        var work = new FeedWork(
            _catalog, _store, _servers, keys, new ManifestFetcher(_source, keys, _fixture.Key), runs, new RunTidying(runs, figures), _heads, new OriginRules(_ => false), figures, settings,
            TimeProvider.System, NullLogger<FeedWork>.Instance);
        _swarm = new Swarm(_catalog, _store, _servers, keys, work, _heads, _fixture.Key, settings, TimeProvider.System, NullLogger<Swarm>.Instance);
        _swarm.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await _swarm.DisposeAsync();
        await _fixture.DisposeAsync();
        _origin.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task A_manifest_that_the_origin_did_not_sign_changes_nothing()
    {
        var run = Run(1, "a", "b");
        var state = State(_origin, 1, 1, null, run);
        var forged = ManifestCodec.Encode(state);
        forged[^1] ^= 1;
        _source.Manifests[(_other.Id, _origin.Id)] = forged;
        _source.Add(_other.Id, run);
        await HearAsync(_other, state);
        Assert.Equal(0, _catalog.Figures.Records);
        Assert.False(_heads.TryGet(_origin.Id, out _));
        // Whoever tells the truth is heard all the same.
        _source.Add(_origin.Id, run);
        await ShowAsync(_origin, state);
        Assert.Equal(2, _catalog.Figures.Records);
    }

    [Fact]
    public async Task An_older_state_never_replaces_a_newer_one()
    {
        var (one, two) = (Run(1, "a"), Run(2, "b"));
        var first = State(_origin, 1, 1, null, one);
        var second = State(_origin, 1, 2, first.Hash, one, two);
        _source.Add(_origin.Id, one);
        _source.Add(_origin.Id, two);
        await ShowAsync(_origin, second);
        await ShowAsync(_other, first);
        Assert.Equal(2, _catalog.Figures.Records);
        Assert.True(_heads.TryGet(_origin.Id, out var entry) && entry.Head == second.Head);
    }

    [Fact]
    public async Task Two_states_of_one_version_hide_the_origin_until_its_next_epoch_and_the_proof_is_passed_on()
    {
        var (one, two) = (Run(1, "a"), Run(1, "b"));
        _source.Add(_origin.Id, one);
        _source.Add(_other.Id, two);
        var (said, alsoSaid) = (State(_origin, 1, 1, null, one), State(_origin, 1, 1, null, two));
        await ShowAsync(_origin, said);
        Assert.Equal(1, _catalog.Figures.Records);
        await ShowAsync(_other, alsoSaid);
        Assert.Equal(0, _catalog.Figures.Records);
        Assert.True(_heads.TryGet(_origin.Id, out var entry) && entry.IsConflicted);
        Assert.True(_store.TryGet(_origin.Id, out var feed));
        var proof = feed.Conflict!;
        Assert.True(proof.Holds(_origin.Id, _origin.PublicKey));

        // A further version of that epoch does not help it.
        var later = State(_origin, 1, 2, said.Hash, one, Run(2, "c"));
        await ShowAsync(_origin, later);
        Assert.Equal(0, _catalog.Figures.Records);
        // A new epoch does.
        var again = State(_origin, 2, 1, null, one);
        await ShowAsync(_origin, again);
        Assert.Equal(1, _catalog.Figures.Records);
        Assert.True(_heads.TryGet(_origin.Id, out entry) && entry.Head == again.Head && !entry.IsConflicted);
        Assert.Null(feed.Conflict);
    }

    [Fact]
    public async Task Who_was_convicted_stays_hidden_when_an_older_table_comes_back()
    {
        var one = Run(1, "a");
        _source.Add(_origin.Id, one);
        var said = State(_origin, 1, 1, null, one);
        await ShowAsync(_origin, said);
        await _swarm.DisposeAsync();
        await _fixture.CloseAsync(); // saves the table with the record in it
        Assert.True(_store.TryGet(_origin.Id, out var feed));
        feed.Accuse(EquivocationProof.Between(said, State(_origin, 1, 1, null, Run(1, "b")))!);
        await StartAsync();
        await _swarm.RestAsync(Ct);
        Assert.Equal(0, _catalog.Figures.Records);
    }

    [Fact]
    public async Task A_version_that_does_not_follow_the_one_before_is_a_proof_too()
    {
        var one = Run(1, "a");
        _source.Add(_origin.Id, one);
        await ShowAsync(_origin, State(_origin, 1, 1, null, one));
        await ShowAsync(_origin, State(_origin, 1, 2, Hash256.Of("something else"u8), one));
        Assert.True(_heads.TryGet(_origin.Id, out var entry) && entry.IsConflicted);
    }

    [Fact]
    public async Task A_proof_that_somebody_has_convicts_and_one_that_is_none_does_not()
    {
        var one = Run(1, "a");
        _source.Add(_origin.Id, one);
        var said = State(_origin, 1, 1, null, one);
        await ShowAsync(_origin, said);
        // Signed by somebody else in the origin's name.
        var forged = EquivocationProof.Between(said, Forge(said))!;
        _source.Proofs[(_other.Id, _origin.Id)] = forged.Encode();
        await HearAsync(_other, new HeadNews(new Head(_origin.Id, 1, long.MaxValue, default), true));
        Assert.Equal(1, _catalog.Figures.Records);
        Assert.True(_heads.TryGet(_origin.Id, out var entry) && !entry.IsConflicted);

        var genuine = EquivocationProof.Between(said, State(_origin, 1, 1, null, Run(1, "b")))!;
        _source.Proofs[(_origin.Id, _origin.Id)] = genuine.Encode();
        await HearAsync(_origin, new HeadNews(new Head(_origin.Id, 1, long.MaxValue, default), true));
        Assert.Equal(0, _catalog.Figures.Records);
        Assert.True(_heads.TryGet(_origin.Id, out entry) && entry.IsConflicted);
    }

    [Fact]
    public async Task A_new_epoch_is_taken_only_as_a_whole()
    {
        var (one, two, three) = (Run(1, "a", "b"), Run(1, "c"), Run(2, "d"));
        _source.Add(_origin.Id, one);
        await ShowAsync(_origin, State(_origin, 1, 1, null, one));
        // One of its two runs is nowhere.
        _source.Add(_origin.Id, two);
        var next = State(_origin, 2, 1, null, two, three);
        await ShowAsync(_origin, next);
        Assert.NotNull(_catalog.Find("a"));
        Assert.Null(_catalog.Find("c"));
        _source.Add(_origin.Id, three);
        await Until.TrueAsync(() =>
        {
            _swarm.Retry();
            return _catalog.Find("c") is not null && _catalog.Find("d") is not null && _catalog.Find("a") is null;
        });
    }

    [Fact]
    public async Task A_feed_that_lists_a_run_that_is_none_waits_for_its_next_state()
    {
        var bytes = new byte[9_000];
        new Random(5).NextBytes(bytes);
        var none = (Info: new RunInfo(new RunId(MerkleTree.Of(bytes).Root), bytes.Length, 3, 0, 1, 3), Bytes: bytes);
        _source.Add(_origin.Id, none);
        var bad = State(_origin, 1, 1, null, none);
        await ShowAsync(_origin, bad);
        Assert.Equal(0, _catalog.Figures.Records);
        var sent = _source.Sent;
        _swarm.Retry();
        await _swarm.RestAsync(Ct);
        Assert.Equal(sent, _source.Sent);
        var good = Run(4, "a");
        _source.Add(_origin.Id, good);
        await ShowAsync(_origin, State(_origin, 2, 1, null, good));
        Assert.Equal(1, _catalog.Figures.Records);
    }

    private void Meet(ServerKey key) => _servers.Put(new KnownServer(
        key.Id, new Uri("https://server.example"), SignedCard.Sign(SignedCardTests.Card(key) with { Time = _fixture.Time.GetUtcNow() }, key), ServerState.Alive,
        _fixture.Time.GetUtcNow(), _fixture.Time.GetUtcNow(), null, null));

    /// <summary>A server shows a state, and the follower has done what there is to do.</summary>
    private Task ShowAsync(ServerKey teller, SignedManifest state)
    {
        _source.Manifests[(teller.Id, state.Manifest.Origin)] = ManifestCodec.Encode(state);
        return HearAsync(teller, state);
    }

    private Task HearAsync(ServerKey teller, SignedManifest state) => HearAsync(teller, new HeadNews(state.Head, false));

    private async Task HearAsync(ServerKey teller, HeadNews news)
    {
        _swarm.Hear(teller.Id, news);
        await _swarm.RestAsync(Ct);
    }

    private SignedManifest State(ServerKey key, long epoch, long version, Hash256? previous, params (RunInfo Info, byte[] Bytes)[] runs) => ManifestCodec.Sign(
        new Manifest
        {
            Origin = key.Id,
            Epoch = epoch,
            Version = version,
            Previous = previous,
            Runs = [.. runs.Select(r => r.Info)],
            Live = runs.Sum(r => r.Info.Count),
            Retired = Retired.None.Hash,
            CreatedAt = _fixture.Time.GetUtcNow().ToUnixTimeMilliseconds(),
        },
        key);

    /// <summary>Another state of the same version, with a signature of somebody else.</summary>
    private SignedManifest Forge(SignedManifest said) =>
        new(said.Manifest with { Live = said.Manifest.Live + 1 }, ManifestCodec.HashOf(said.Manifest with { Live = said.Manifest.Live + 1 }), _other.SignHash(said.Hash.ToArray()));

    private static (RunInfo Info, byte[] Bytes) Run(long firstSeq, params string[] contents)
    {
        using var bytes = new MemoryStream();
        using var writer = new RunWriter(bytes, new RunScope(0, firstSeq, firstSeq + contents.Length - 1));
        foreach (var (content, i) in contents.Order(StringComparer.Ordinal).Select((c, i) => (c, i)))
            writer.Add(new ContentRecord("node", content, firstSeq + i, 1_000, new Description { Title = "Title of " + content }));
        var info = writer.Complete();
        return (info, bytes.ToArray());
    }
}
