using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Sync;
using Datt.Paid.Sync.Following;
using Datt.Paid.Sync.Store;
using Datt.Paid.Tests.Catalog;

namespace Datt.Paid.Tests.Sync;

/// <summary>How far behind a server says it is, by what its store and its catalog hold.</summary>
public sealed class FeedStandingsTests : IAsyncDisposable
{
    private readonly CatalogFixture _fixture = new();
    private readonly ServerKey _origin = ServerKey.Create();
    private readonly HashSet<string> _dropped = [];
    private SignedManifest? _last;

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task What_is_missing_is_counted_from_the_first_state_that_it_belongs_to()
    {
        var (standings, feed) = await OpenAsync();
        Assert.Empty(standings.All(_fixture.Time.GetUtcNow()));
        var begin = _fixture.Time.GetUtcNow();
        feed.Aim(State(begin, Run(1, 10, 10)));
        feed.Aim(State(begin.AddSeconds(40), Run(1, 10, 10), Run(11, 30, 15)));
        var standing = Assert.Single(standings.All(begin.AddSeconds(60)));
        // 25 records in the runs, though sequence numbers go to 30: what was replaced meanwhile need not come.
        Assert.Equal((TimeSpan.FromSeconds(60), 25, null), (standing.Lag, standing.LagRecords, standing.Manifest));
        Assert.Equal(TimeSpan.Zero, Assert.Single(standings.All(begin.AddSeconds(-5))).Lag);
    }

    [Fact]
    public async Task A_run_on_its_way_shows_what_came()
    {
        var (standings, feed) = await OpenAsync();
        var bytes = new byte[3 * MerkleTree.LeafSize + 5];
        new Random(1).NextBytes(bytes);
        var tree = MerkleTree.Of(bytes);
        var run = new RunInfo(new RunId(tree.Root), bytes.Length, 10, 0, 1, 10);
        feed.Aim(State(_fixture.Time.GetUtcNow(), run));
        var coming = feed.Begin(run, [.. tree.Leaves]);
        Assert.Equal(0, Assert.Single(Only().Coming).Held);
        Assert.True(coming.TryTake(3, bytes.AsSpan(3 * MerkleTree.LeafSize)));
        Assert.Equal((bytes.Length, 5), (Only().Coming[0].Bytes, Only().Coming[0].Held)); // the last leaf is as long as it is
        Assert.True(coming.TryTake(0, bytes.AsSpan(0, 3 * MerkleTree.LeafSize)));
        Assert.Equal(bytes.Length, Only().Coming[0].Held);

        FeedStanding Only() => Assert.Single(standings.All(_fixture.Time.GetUtcNow()));
    }

    [Fact]
    public async Task What_is_not_wanted_or_not_believed_is_not_behind()
    {
        var (standings, feed) = await OpenAsync();
        var now = _fixture.Time.GetUtcNow();
        feed.Aim(State(now, Run(1, 10, 10)));
        _dropped.Add(_origin.Id);
        var standing = Assert.Single(standings.All(now.AddHours(1)));
        Assert.Equal((true, TimeSpan.Zero, 0), (standing.IsDropped, standing.Lag, standing.LagRecords));
        _dropped.Clear();
        var first = _last!;
        _last = null;
        feed.Accuse(EquivocationProof.Between(first, State(now, Run(1, 9, 9)))!);
        standing = Assert.Single(standings.All(now.AddHours(1)));
        Assert.Equal((true, TimeSpan.Zero, 0), (standing.IsConflicted, standing.Lag, standing.LagRecords));
    }

    private async Task<(FeedStandings Standings, FollowedFeed Feed)> OpenAsync()
    {
        var catalog = await _fixture.OpenAsync();
        var store = FeedStore.Open(Path.Combine(_fixture.Directory, "feeds"));
        var standings = new FeedStandings(store, new FeedShelf(catalog, store, _fixture.Key), catalog, new OriginRules(_dropped.Contains), new SyncFigures());
        return (standings, store.GetOrBegin(_origin.Id)!);
    }

    private SignedManifest State(DateTimeOffset made, params RunInfo[] runs) => _last = ManifestCodec.Sign(
        new Manifest
        {
            Origin = _origin.Id,
            Epoch = 1,
            Version = (_last?.Manifest.Version ?? 0) + 1,
            Previous = _last?.Hash,
            Runs = runs,
            Live = runs.Sum(r => r.Count),
            Retired = Retired.None.Hash,
            CreatedAt = made.ToUnixTimeMilliseconds(),
        }, _origin);

    private static RunInfo Run(long minSeq, long maxSeq, long count) => new(new RunId(Hash256.Of(BitConverter.GetBytes(minSeq))), 1_000, count, 0, minSeq, maxSeq);
}
