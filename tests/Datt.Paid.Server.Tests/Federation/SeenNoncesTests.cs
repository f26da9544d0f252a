using Datt.Paid.Protocol.Identity;
using Datt.Paid.Server.Federation;

namespace Datt.Paid.Server.Tests.Federation;

/// <summary>What is remembered of signed requests: each counts once, and none of it grows without end.</summary>
public sealed class SeenNoncesTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void One_server_has_its_share_and_takes_nothing_of_another()
    {
        var seen = new SeenNonces(mostPerServer: 3, most: 100);
        Assert.All(Enumerable.Range(0, 3), i => Assert.True(seen.TryTake("busy", $"nonce {i}", Start)));
        Assert.False(seen.TryTake("busy", "nonce 3", Start));
        Assert.True(seen.TryTake("other", "nonce 3", Start));
        Assert.False(seen.TryTake("other", "nonce 3", Start));
        Assert.True(seen.TryTake("other", "nonce 0", Start));
    }

    [Fact]
    public void All_servers_together_have_a_bound_which_time_lifts()
    {
        var seen = new SeenNonces(mostPerServer: 10, most: 5);
        Assert.Equal(5, Enumerable.Range(0, 20).Count(i => seen.TryTake($"server {i}", "nonce", Start)));
        Assert.False(seen.TryTake("server 19", "nonce", Start));
        Assert.True(seen.TryTake("server 19", "nonce", Start + (2 * RequestSignature.Tolerance)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_could_still_pass_the_check_of_time_is_remembered(int seed)
    {
        var (seen, random, now) = (new SeenNonces(), new Random(seed), Start);
        var taken = new List<(string Nonce, DateTimeOffset At)>();
        for (var i = 0; i < 2_000; i++)
        {
            now += RequestSignature.Tolerance * random.NextDouble() * 0.02;
            Assert.True(seen.TryTake("server", $"nonce {i}", now));
            taken.Add(($"nonce {i}", now));
            // A request dated as far ahead as may be passes until twice the tolerance after it came.
            var (nonce, at) = taken[random.Next(Math.Max(0, taken.Count - 200), taken.Count)];
            if (now - at <= 2 * RequestSignature.Tolerance)
                Assert.False(seen.TryTake("server", nonce, now), $"seed {seed}: {nonce} of {at} was forgotten at {now}");
        }
    }
}
