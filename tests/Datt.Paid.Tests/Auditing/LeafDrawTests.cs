using Datt.Paid.Cli.Auditing;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Runs;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Auditing;

public sealed class LeafDrawTests
{
    [Property]
    public void Every_origin_comes_in_its_proportion_and_every_leaf_exists(ulong seed, int count)
    {
        var chance = new Chance(seed);
        var feeds = Enumerable.Range(0, chance.Below(20)).Select(i => Feed($"{(char)('a' + i)}", chance)).ToList();
        count = Math.Abs(count % 200);
        var drawn = LeafDraw.Draw(feeds, count, chance);
        var total = feeds.Where(f => f.Runs.Count > 0).Sum(f => f.Records);
        Assert.Equal(total == 0 ? 0 : count, drawn.Count);
        Assert.All(drawn, leaf => Assert.InRange(leaf.Leaf, 0, MerkleTree.LeafCount(leaf.Run.Bytes) - 1));
        Assert.All(drawn, leaf => Assert.Contains(leaf.Run, feeds.Single(f => f.Origin == leaf.Origin).Runs));
        foreach (var feed in feeds)
        {
            var expected = feed.Runs.Count == 0 || total == 0 ? 0 : (double)count * feed.Records / total;
            Assert.InRange(drawn.Count(leaf => leaf.Origin == feed.Origin), expected - 2, expected + 2);
        }
    }

    [Fact]
    public void A_leaf_comes_as_often_as_records_lie_in_it()
    {
        // 3/4 of the records of the first origin lie in the first run, which has two leaves; the second origin has a third of all records.
        var (big, small, other) = (Run(1, 2, 300), Run(2, 1, 100), Run(3, 4, 7));
        var drawn = LeafDraw.Draw([new("a", 400, [big, small]), new("b", 200, [other]), new("c", 0, [Run(4, 1, 10)]), new("d", 50, [])], 60_000, new Chance(7));
        var counts = drawn.CountBy(leaf => (leaf.Run.MinSeq, leaf.Leaf)).ToDictionary(c => c.Key, c => c.Value);
        Assert.Equal(7, counts.Count);
        Assert.All(Enumerable.Range(0, 2), leaf => Assert.InRange(counts[(1, leaf)], 14_990, 15_010));
        Assert.InRange(counts[(2, 0)], 9_990, 10_010);
        Assert.All(Enumerable.Range(0, 4), leaf => Assert.InRange(counts[(3, leaf)], 4_990, 5_010));
    }

    [Fact]
    public void The_same_seed_gives_the_same_sample_another_another()
    {
        DrawnFeed[] feeds = [new("a", 400, [Run(1, 500, 300)])];
        Assert.Equal(LeafDraw.Draw(feeds, 64, new Chance(1)), LeafDraw.Draw(feeds, 64, new Chance(1)));
        Assert.NotEqual(LeafDraw.Draw(feeds, 64, new Chance(1)), LeafDraw.Draw(feeds, 64, new Chance(2)));
    }

    /// <summary>The first numbers of SplitMix64 from 1234567, as published with its reference implementation.</summary>
    [Fact]
    public void The_numbers_are_those_of_the_published_generator()
    {
        var chance = new Chance(1234567);
        Assert.Equal([6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821], Enumerable.Range(0, 5).Select(_ => chance.Next()));
    }

    private static DrawnFeed Feed(string origin, Chance chance) => new(
        origin, chance.Below(1_000), [.. Enumerable.Range(0, chance.Below(6)).Select(i => Run(i + 1, 1 + chance.Below(50), 1 + chance.Below(3_000)))]);

    private static RunInfo Run(int number, int leaves, long records) =>
        new(new RunId(Hash256.Of([(byte)number])), (leaves - 1) * 16_384L + 100, records, 0, number, number);
}
