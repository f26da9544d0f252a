using System.Diagnostics;
using System.Globalization;

namespace Datt.Paid.Tests.Sync.Simulation;

/// <summary>How the swarm grows, by simulation: <c>DATT_CAMPAIGN=full</c> has 10,000 servers too and prints the table; <c>DATT_SEED</c> repeats a run.</summary>
public sealed class SwarmGrowthTests(ITestOutputHelper output)
{
    [Fact]
    public void News_is_everywhere_after_steps_that_grow_as_the_logarithm_and_at_a_cost_that_does_not_grow()
    {
        var isFull = Environment.GetEnvironmentVariable("DATT_CAMPAIGN") == "full";
        var seed = int.TryParse(Environment.GetEnvironmentVariable("DATT_SEED"), CultureInfo.InvariantCulture, out var given) ? given : new Random().Next();
        Say($"seed {seed}");
        Say(SwarmGrowth.Header);
        int[] sizes = isFull ? [10, 100, 1_000, 10_000] : [10, 100, 1_000];
        SwarmGrowth? smaller = null;
        foreach (var size in sizes)
        {
            var clock = Stopwatch.StartNew();
            var growth = new SwarmGrowth(size, seed);
            growth.Run();
            Say(growth.Row);
            if (isFull)
                Console.Error.WriteLine($"{size}: {growth.Events} events, {clock.Elapsed}, {GC.GetTotalMemory(false) >> 20} MB");
            Holds(growth, smaller);
            smaller = growth;
        }

        void Say(string line)
        {
            output.WriteLine(line);
            Console.WriteLine(line);
        }
    }

    /// <summary>Virtual time depends on nothing but the seed; the bounds leave room for any of them.</summary>
    private static void Holds(SwarmGrowth growth, SwarmGrowth? smaller)
    {
        var logarithm = Math.Log(growth.Servers);
        Assert.InRange(growth.Quiet.MedianHops, 1, 1 + logarithm);
        Assert.InRange(growth.Quiet.MostHops, 1, 4 + (1.4 * logarithm));
        if (smaller is not null)
            Assert.InRange(growth.Quiet.MedianHops - smaller.Quiet.MedianHops, 0, 3);
        Assert.InRange(growth.Quiet.P99.TotalSeconds, 0.35, 5);

        // Everybody is told once by each neighbour, whatever the number of servers.
        var told = Math.Min(SimulatedSwarm.Settings.Neighbours, growth.Servers - 1);
        Assert.InRange(growth.HeadMessages, 0.9 * told, told + 0.5);
        Assert.InRange(growth.HeadBytes, 0, 400 * (told + 0.5));
        Assert.InRange(growth.AnnounceBytes, 0, 8_000);
        Assert.InRange(growth.IdleBytesPerNeighbourAndMinute, 1, 2_000);

        Assert.InRange(growth.Busy.P99.TotalSeconds, 0.35, 60);
        Assert.InRange(growth.BusySettled.TotalSeconds, 0, 120);
        // Without any stream that is left there is the poll, twice where the first one asks somebody who is gone.
        Assert.InRange(growth.ThirdGone.Most.TotalSeconds, 0.35, 120);
        Assert.InRange(growth.ThirdKnownGone.P99.TotalSeconds, 0.35, 5);
    }
}
