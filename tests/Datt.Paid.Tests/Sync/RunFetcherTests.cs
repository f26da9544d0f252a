using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Sync;
using Datt.Paid.Sync.Download;
using Datt.Paid.Sync.Store;
using Microsoft.Extensions.Time.Testing;

namespace Datt.Paid.Tests.Sync;

/// <summary>A run that comes from many servers, some of which lie, stall, or have only a part.</summary>
public sealed class RunFetcherTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("datt-fetch-").FullName;
    private readonly ScriptedSource _source = new();
    private readonly SourceBook _book = new(TimeProvider.System);
    private readonly ServerKey _origin = ServerKey.Create();
    private readonly (RunInfo Info, byte[] Bytes) _run = Make(60_000);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _origin.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_liar_among_four_costs_less_than_a_tenth_more_and_is_not_asked_again()
    {
        foreach (var server in new[] { "a", "b", "c" })
            _source.Add(server, _run);
        _source.Add("liar", _run).Lies = true;
        Assert.Equal(FetchOutcome.Whole, await FetchAsync("liar", "a", "b", "c"));
        AssertWhole();
        Assert.InRange(_source.Sent, _run.Info.Bytes, (long)(_run.Info.Bytes * 1.1));
        Assert.Equal(1, _book.All["liar"].Lies);
        Assert.False(_book.MayAsk("liar"));
        Assert.True(_book.MayAsk("a"));
    }

    [Fact]
    public async Task Who_does_not_answer_holds_nobody_up()
    {
        _source.Add("slow", _run).Stalls = true;
        _source.Add("a", _run);
        Assert.Equal(FetchOutcome.Whole, await FetchAsync("slow", "a"));
        AssertWhole();
    }

    [Fact]
    public async Task Two_halves_make_a_whole()
    {
        var leaves = (int)MerkleTree.LeafCount(_run.Info.Bytes);
        _source.Add("first", _run).Has = (0, leaves / 64 * 32 - 1);
        _source.Add("second", _run).Has = (leaves / 64 * 32, leaves - 1);
        Assert.Equal(FetchOutcome.Whole, await FetchAsync("first", "second"));
        AssertWhole();
        Assert.Equal(_run.Info.Bytes, _source.Sent);
    }

    [Fact]
    public async Task A_download_goes_on_where_it_stopped_also_after_a_restart()
    {
        _source.Add("half", _run).Has = (0, 63);
        Assert.Equal(FetchOutcome.NoSource, await FetchAsync("half"));
        var before = _source.Sent;
        Assert.Equal(64L * MerkleTree.LeafSize, before);
        // What the disk lost of it is fetched again, nothing else.
        var part = Directory.GetFiles(_directory, "*.part", SearchOption.AllDirectories).Single();
        var bytes = await File.ReadAllBytesAsync(part, Ct);
        bytes[40 * MerkleTree.LeafSize + 7] ^= 1;
        await File.WriteAllBytesAsync(part, bytes, Ct);
        _source.Add("a", _run);
        Assert.Equal(FetchOutcome.Whole, await FetchAsync("a"));
        AssertWhole();
        // The part with the spoilt leaf, and all that had not come.
        Assert.Equal(_run.Info.Bytes - (32L * MerkleTree.LeafSize), _source.Sent - before);
    }

    [Fact]
    public void Who_failed_rests_and_is_asked_at_once_when_it_is_heard_from_again()
    {
        var clock = new FakeTimeProvider();
        var book = new SourceBook(clock);
        // Many requests that one outage ended are one failure.
        for (var i = 0; i < 8; i++)
            book.Failed("a");
        Assert.Equal(1, book.All["a"].Failures);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.True(book.MayAsk("a"));
        book.Failed("a");
        Assert.False(book.MayAsk("a"));
        book.Back("a");
        Assert.True(book.MayAsk("a"));
        book.Lied("liar", 1);
        book.Back("liar");
        Assert.False(book.MayAsk("liar"));
    }

    [Fact]
    public async Task A_run_whose_records_are_none_is_not_kept()
    {
        var bytes = new byte[700_000];
        new Random(3).NextBytes(bytes);
        var poisoned = (new RunInfo(new RunId(MerkleTree.Of(bytes).Root), bytes.Length, 10, 0, 1, 10), bytes);
        _source.Add("a", poisoned);
        var feed = FollowedFeed.Open(_directory, _origin.Id);
        Assert.Equal(FetchOutcome.Poisoned, await Fetcher().FetchAsync(feed, poisoned.Item1, ["a"], Ct));
        Assert.Empty(feed.Held);
        Assert.False(feed.TryFind(poisoned.Item1.Id, out _));
    }

    [Fact]
    public async Task A_small_run_comes_in_one_piece_from_the_first_who_tells_the_truth()
    {
        var small = Make(50);
        _source.Add("liar", small).Lies = true;
        _source.Add("a", small);
        var feed = FollowedFeed.Open(_directory, _origin.Id);
        Assert.Equal(FetchOutcome.Whole, await Fetcher().FetchAsync(feed, small.Info, ["liar", "a"], Ct));
        Assert.Equal(2 * small.Info.Bytes, _source.Sent);
        Assert.Equal(0, _source.Lists);
    }

    [Fact]
    public async Task Who_does_not_answer_for_a_small_run_holds_nobody_up()
    {
        var small = Make(50);
        _source.Add("slow", small).Stalls = true;
        _source.Add("a", small);
        var feed = FollowedFeed.Open(_directory, _origin.Id);
        Assert.Equal(FetchOutcome.Whole, await Fetcher().FetchAsync(feed, small.Info, ["slow", "a"], Ct).WaitAsync(Deadline, Ct));
        Assert.Equal(small.Info.Bytes, _source.Sent);
    }

    [Fact]
    public async Task A_part_that_cannot_be_written_ends_the_download_and_what_came_stays()
    {
        var isFull = true;
        _source.Add("a", _run).BeforeAnswer = () =>
        {
            // Of a file that is gone writing fails at the same place as on a full disk.
            foreach (var part in isFull ? Directory.GetFiles(_directory, "*.part", SearchOption.AllDirectories) : [])
                File.Delete(part);
        };
        await Assert.ThrowsAnyAsync<IOException>(() => FetchAsync("a").WaitAsync(Deadline, Ct));
        Assert.True(_book.MayAsk("a"));
        isFull = false;
        Assert.Equal(FetchOutcome.Whole, await FetchAsync("a"));
        AssertWhole();
    }

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private RunFetcher Fetcher() => new(_source, _book, new SyncSettings(), TimeProvider.System);

    private Task<FetchOutcome> FetchAsync(params string[] servers) => Fetcher().FetchAsync(FollowedFeed.Open(_directory, _origin.Id), _run.Info, servers, Ct);

    private void AssertWhole()
    {
        var run = FollowedFeed.Open(_directory, _origin.Id).Held.Single();
        Assert.Equal(_run.Info, run.Info);
        Assert.Equal(_run.Bytes, File.ReadAllBytes(run.Path));
    }

    private static (RunInfo Info, byte[] Bytes) Make(int records)
    {
        var random = new Random(7);
        using var bytes = new MemoryStream();
        using var writer = new RunWriter(bytes, new RunScope(0, 1, records));
        var text = new byte[120];
        for (var i = 1; i <= records; i++)
        {
            random.NextBytes(text);
            writer.Add(new ContentRecord("node", $"c{i:d8}", i, 1_000 + i, new Description { Title = $"Title {i}", Summary = Convert.ToBase64String(text) }));
        }
        var info = writer.Complete();
        return (info, bytes.ToArray());
    }
}
