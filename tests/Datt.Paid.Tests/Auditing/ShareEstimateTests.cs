using System.Globalization;
using Datt.Paid.Cli.Auditing;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Runs;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Auditing;

public sealed class ShareEstimateTests(ITestOutputHelper output)
{
    /// <summary>Published: R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I, method 3.</summary>
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void The_interval_is_the_published_one(int found, int sampled, double low, double high)
    {
        var estimate = ShareEstimate.Of(found, sampled)!;
        Assert.Equal((low, high), (Math.Round(estimate.Low, 4), Math.Round(estimate.High, 4)));
        var mirrored = ShareEstimate.Of(sampled - found, sampled)!;
        Assert.Equal(1 - estimate.Low, mirrored.High, 12);
    }

    [Property]
    public void The_interval_holds_the_share_and_narrows_with_the_sample(int a, int b)
    {
        var sampled = Math.Abs(b % 5_000) + 1;
        var found = Math.Abs(a % (sampled + 1));
        var estimate = ShareEstimate.Of(found, sampled)!;
        Assert.True(0 <= estimate.Low && estimate.Low <= estimate.Share && estimate.Share <= estimate.High && estimate.High <= 1);
        var four = ShareEstimate.Of(4 * found, 4 * sampled)!;
        Assert.True(four.High - four.Low < estimate.High - estimate.Low);
        if (found < sampled)
        {
            Assert.True(estimate.High < 1, "A server that misses one leaf cannot have everything.");
            var more = ShareEstimate.Of(found + 1, sampled)!;
            Assert.True(more.Low >= estimate.Low && more.High >= estimate.High);
        }
    }

    [Fact]
    public void Nothing_sampled_is_no_estimate() => Assert.Null(ShareEstimate.Of(0, 0));

    /// <summary>Whole audits of networks in which a server has some of each origin's leaves, far more of some origins than of others.</summary>
    [Theory]
    [InlineData(16)]
    [InlineData(64)]
    public void The_interval_holds_the_true_share_in_95_of_100_audits(int leaves)
    {
        const int audits = 4_000;
        const ulong seed = 20261123;
        var chance = new Chance(seed);
        var (held, sum) = (0, 0.0);
        for (var audit = 0; audit < audits; audit++)
        {
            var feeds = Enumerable.Range(0, 1 + chance.Below(12)).Select(i => Feed(i, chance)).ToList();
            var shares = feeds.ToDictionary(f => f.Origin, _ => Math.Sqrt(chance.Fraction()));
            var salt = chance.Next();
            bool Has(DrawnLeaf leaf) => new Chance(salt ^ ((ulong)leaf.Leaf << 8) ^ (ulong)leaf.Run.MinSeq ^ ((ulong)leaf.Origin[0] << 40)).Fraction() < shares[leaf.Origin];
            var truth = True(feeds, Has);
            var drawn = LeafDraw.Draw(feeds, leaves, chance);
            var estimate = ShareEstimate.Of(drawn.Count(Has), drawn.Count)!;
            held += estimate.Low <= truth && truth <= estimate.High ? 1 : 0;
            sum += estimate.Share - truth;
        }

        var line = string.Create(CultureInfo.InvariantCulture, $"seed {seed}, {leaves} leaves: {100.0 * held / audits:0.0} % of the intervals hold the truth, mean error {sum / audits:0.0000}");
        output.WriteLine(line);
        Assert.True(held >= 0.95 * audits, line);
        Assert.True(Math.Abs(sum / audits) < 0.01, line);
    }

    private static DrawnFeed Feed(int number, Chance chance)
    {
        var runs = Enumerable.Range(0, 1 + chance.Below(5)).Select(i =>
            new RunInfo(new RunId(Hash256.Of([(byte)number, (byte)i])), (1 + chance.Below(200)) * 16_384L, 50 + chance.Below(5_000), 0, i + 1, i + 1)).ToList();
        return new DrawnFeed($"{(char)('a' + number)}", 1 + runs.Sum(r => r.Count) / (1 + chance.Below(3)), runs);
    }

    /// <summary>The share of records, each leaf of a run holding as many as the next.</summary>
    private static double True(List<DrawnFeed> feeds, Func<DrawnLeaf, bool> has)
    {
        var total = feeds.Sum(f => (double)f.Records);
        return feeds.Sum(feed => feed.Records / total * feed.Runs.Sum(run =>
        {
            var leaves = MerkleTree.LeafCount(run.Bytes);
            var held = Enumerable.Range(0, (int)leaves).Count(leaf => has(new DrawnLeaf(feed.Origin, run, leaf)));
            return run.Count / (double)feed.Runs.Sum(r => r.Count) * held / leaves;
        }));
    }
}
