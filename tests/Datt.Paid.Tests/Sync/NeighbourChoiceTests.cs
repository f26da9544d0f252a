using System.Security.Cryptography;
using System.Text;
using Datt.Paid.Sync.Gossip;
using FsCheck;
using FsCheck.Fluent;

namespace Datt.Paid.Tests.Sync;

/// <summary>Whom servers listen to, on graphs of made-up ids.</summary>
public class NeighbourChoiceTests
{
    private static readonly Gen<(string[] Ids, int Count)> _networks =
        from size in Gen.Choose(1, 120)
        from first in Gen.Choose(0, 1_000_000)
        from count in Gen.Choose(1, 9)
        select (Ids(size, first), count);

    [Fact]
    public void It_is_the_successor_and_the_highest_hashes_whatever_the_order() => Check(network =>
    {
        var (ids, count) = network;
        var others = ids[1..];
        var expected = others.Length <= count ? others.ToHashSet() : [Successor(ids[0], others)];
        foreach (var id in others.OrderByDescending(o => Hash(ids[0] + " " + o), StringComparer.Ordinal))
        {
            if (expected.Count < Math.Min(count, others.Length))
                expected.Add(id);
        }
        var chosen = NeighbourChoice.Of(ids[0], ids, count);
        Assert.Equal(expected, chosen.ToHashSet());
        Assert.Equal(Math.Min(count, others.Length), chosen.Count);
        Assert.Equal(chosen, NeighbourChoice.Of(ids[0], [.. ids.Reverse(), .. ids], count));
    });

    [Fact]
    public void Heads_of_everybody_reach_everybody() => Check(network =>
    {
        var graph = Graph(network.Ids, network.Count);
        foreach (var id in network.Ids)
            Assert.Equal(network.Ids.Length, Reach(graph, id).Count);
    });

    [Fact]
    public void One_that_comes_or_goes_changes_only_links_to_itself() => Check(network =>
    {
        var (ids, count) = network;
        var gone = ids[^1];
        var before = Graph(ids, count);
        var after = Graph(ids[..^1], count);
        foreach (var (id, chosen) in after)
        {
            // Those chosen before stay; whoever takes the place of the one that went is the only other one.
            Assert.Superset(before[id].Where(n => n != gone).ToHashSet(), chosen.ToHashSet());
        }
    });

    [Fact]
    public void A_thousand_servers_are_few_steps_apart_and_nobody_is_listened_to_by_many()
    {
        var ids = Ids(1_000, 7);
        var graph = Graph(ids, 6);
        var steps = ids.Max(id => Reach(graph, id).Values.Max());
        var listeners = graph.Values.SelectMany(n => n).CountBy(n => n).Max(c => c.Value);
        Assert.InRange(steps, 3, 8);
        Assert.InRange(listeners, 6, 24);
    }

    private static void Check(Action<(string[] Ids, int Count)> holds) =>
        Prop.ForAll(_networks.ToArbitrary(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    private static string[] Ids(int count, int first) => [.. Enumerable.Range(first, count).Select(i => Hash("server " + i)[..52])];

    private static Dictionary<string, IReadOnlyList<string>> Graph(string[] ids, int count) => ids.ToDictionary(id => id, id => NeighbourChoice.Of(id, ids, count));

    private static string Successor(string self, string[] others)
    {
        string[] ring = [.. others.Append(self).Order(StringComparer.Ordinal)];
        return ring[(Array.IndexOf(ring, self) + 1) % ring.Length];
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)));

    /// <summary>Whom the neighbours of a server lead to, with the number of steps.</summary>
    private static Dictionary<string, int> Reach(Dictionary<string, IReadOnlyList<string>> graph, string from)
    {
        var steps = new Dictionary<string, int> { [from] = 0 };
        var next = new Queue<string>([from]);
        while (next.TryDequeue(out var id))
        {
            foreach (var neighbour in graph[id])
            {
                if (steps.TryAdd(neighbour, steps[id] + 1))
                    next.Enqueue(neighbour);
            }
        }
        return steps;
    }
}
