using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Sync.Store;

namespace Datt.Paid.Tests.Sync;

/// <summary>Runs are found by id in whatever feed holds them, and no longer than one does.</summary>
public sealed class FeedStoreTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("datt-store-").FullName;
    private readonly ServerKey _one = ServerKey.Create();
    private readonly ServerKey _other = ServerKey.Create();

    public void Dispose()
    {
        _one.Dispose();
        _other.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void A_run_is_found_from_its_first_leaf_until_the_last_feed_drops_it_also_after_a_restart()
    {
        var run = Make(2_000);
        var store = FeedStore.Open(_directory);
        var (one, other) = (store.GetOrBegin(_one.Id)!, store.GetOrBegin(_other.Id)!);
        Assert.False(store.TryFindRun(run.Info.Id, out _, out _));
        Take(one, run, complete: false);
        Assert.True(store.TryFindRun(run.Info.Id, out var feed, out _));
        Assert.Same(one, feed);
        Take(one, run, complete: true);
        Take(other, run, complete: true);

        one.Drop(run.Info.Id);
        Assert.True(store.TryFindRun(run.Info.Id, out feed, out var held));
        Assert.Same(other, feed);
        Assert.True(held.Held.IsComplete);

        store = FeedStore.Open(_directory);
        Assert.True(store.TryFindRun(run.Info.Id, out feed, out _));
        Assert.Equal(_other.Id, feed.Origin);
        feed.Delete();
        Assert.False(store.TryFindRun(run.Info.Id, out _, out _));
    }

    [Fact]
    public void A_last_leaf_counts_at_its_own_length()
    {
        var run = Make(2_000);
        var last = (int)MerkleTree.LeafCount(run.Info.Bytes) - 1;
        Assert.InRange(last, 1, 1_000);
        var rest = run.Info.Bytes - ((long)last * MerkleTree.LeafSize);
        Assert.InRange(rest, 1, MerkleTree.LeafSize - 1);
        var held = FeedStore.Open(_directory).GetOrBegin(_one.Id)!.Begin(run.Info, [.. MerkleTree.Of(run.Bytes).Leaves]);
        Assert.Equal(0, held.HeldBytes);
        Assert.True(held.TryTake(last, run.Bytes.AsSpan(last * MerkleTree.LeafSize)));
        Assert.Equal(rest, held.HeldBytes);
        Assert.True(held.TryTake(0, run.Bytes.AsSpan(0, MerkleTree.LeafSize)));
        Assert.Equal(rest + MerkleTree.LeafSize, held.HeldBytes);
        Assert.True(held.TryTake(0, run.Bytes));
        Assert.Equal(run.Info.Bytes, held.HeldBytes);
    }

    private static void Take(FollowedFeed feed, (RunInfo Info, byte[] Bytes) run, bool complete)
    {
        var held = feed.Begin(run.Info, [.. MerkleTree.Of(run.Bytes).Leaves]);
        Assert.True(held.TryTake(0, run.Bytes.AsSpan(0, complete ? run.Bytes.Length : MerkleTree.LeafSize)));
        if (complete)
            feed.Complete(held);
    }

    private static (RunInfo Info, byte[] Bytes) Make(int records)
    {
        var random = new Random(7);
        using var bytes = new MemoryStream();
        using var writer = new RunWriter(bytes, new RunScope(0, 1, records));
        var text = new byte[60];
        for (var i = 1; i <= records; i++)
        {
            random.NextBytes(text);
            writer.Add(new ContentRecord("node", $"c{i:d8}", i, 1_000 + i, new Description { Title = $"Title {i}", Summary = Convert.ToBase64String(text) }));
        }
        var info = writer.Complete();
        return (info, bytes.ToArray());
    }
}
