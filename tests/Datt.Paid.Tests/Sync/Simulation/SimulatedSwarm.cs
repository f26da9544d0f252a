using System.Security.Cryptography;
using System.Text;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Sync;
using Datt.Paid.Sync.Gossip;

namespace Datt.Paid.Tests.Sync.Simulation;

/// <summary>A swarm in virtual time. All of it comes from the number of servers and the seed.</summary>
internal sealed class SimulatedSwarm
{
    /// <summary>The product's settings as they come.</summary>
    public static readonly SyncSettings Settings = new();

    /// <summary>From an announce to its head.</summary>
    public static readonly TimeSpan SealAfter = TimeSpan.FromMilliseconds(350);

    private readonly Random _random;
    private readonly string[] _ids;
    private readonly int[][] _chosenOfAll;
    private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Origin> _origins = new(StringComparer.Ordinal);

    /// <summary>A swarm at rest: all streams stand, all have what the writers wrote.</summary>
    /// <param name="count">Servers.</param>
    /// <param name="writers">Of these, from the first on, the feeds are followed; the others have said nothing yet.</param>
    /// <param name="seed">Of everything that is random.</param>
    public SimulatedSwarm(int count, int writers, int seed)
    {
        _random = new Random(seed);
        _ids = [.. Enumerable.Range(0, count).Select(i => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"server {i} of {seed}")))[..52])];
        _chosenOfAll = new int[count][];
        Links = new SimulatedLinks(count, _random, Queue);
        Servers = [.. Enumerable.Range(0, count).Select(i => new SimulatedServer(this, i, _ids[i], _random))];
        foreach (var server in Servers)
            _indices[server.Id] = server.Index;
        int[] all = [.. Enumerable.Range(0, count)];
        Look(all, all, areOpen: true);
        foreach (var server in Servers[..writers])
        {
            var first = HeadOf(server.Id, 1);
            _origins[server.Id] = new Origin(server.Index) { Newest = 1 };
            foreach (var other in Servers)
                other.Knows(first);
        }
        Links.ForgetTraffic();
        foreach (var server in Servers)
            Queue.After(Settings.PollInterval * _random.NextDouble(), server.Poll);
    }

    public EventQueue Queue { get; } = new();

    public SimulatedLinks Links { get; }

    public SimulatedServer[] Servers { get; }

    /// <summary>Told of each version that a server has, with the steps it made.</summary>
    public event Action<SimulatedServer, string, long, int>? Arriving;

    public string IdOf(int server) => _ids[server];

    public int IndexOf(string id) => _indices[id];

    public IEnumerable<SimulatedServer> Living => Servers.Where(s => !Links.IsGone(s.Index));

    /// <summary>A writer's newest version; it counts from the moment it is sealed.</summary>
    public long Announce(int writer)
    {
        var origin = _origins[_ids[writer]];
        origin.Announces.Add(Queue.Now);
        var version = origin.LastVersion;
        Queue.After(SealAfter, () =>
        {
            origin.Newest = version;
            Servers[writer].Publish(HeadOf(_ids[writer], version));
        });
        return version;
    }

    /// <summary>When the versions after one up to another were announced.</summary>
    public IEnumerable<TimeSpan> AnnouncesOf(string origin, long after, long upTo) =>
        _origins[origin].Announces.Skip((int)Math.Max(0, after - 1)).Take((int)(upTo - Math.Max(1, after)));

    /// <summary>Goes on until all the living have all that the living wrote. Whether that came to be.</summary>
    public bool Settle(TimeSpan most)
    {
        var check = TimeSpan.Zero;
        return Queue.Run(most, () =>
        {
            // Looking at all of them is dear; a tenth of a second is near enough.
            if (Queue.Now < check)
                return false;
            check = Queue.Now + TimeSpan.FromMilliseconds(100);
            return IsSettled;
        });
    }

    /// <summary>Whether all the living have the same newest versions.</summary>
    public bool IsSettled
    {
        get
        {
            var living = Living.ToList();
            return _origins.Where(o => !Links.IsGone(o.Value.Index)).All(o => o.Value.Newest == o.Value.LastVersion && living.TrueForAll(s => s.Has(o.Key, o.Value.Newest)));
        }
    }

    /// <summary>Digests that the living show; one where they agree.</summary>
    public int Digests => Living.Select(s => s.Heads.Digest).Distinct().Count();

    /// <summary>Crawls find out who is alive: each server's view becomes those that it reaches now.</summary>
    public void Look(IReadOnlyList<int> servers, int[] view, bool areOpen = false)
    {
        var chosen = new int[servers.Count][];
        if (view.Length == Servers.Length && servers.All(i => _chosenOfAll[i] is not null))
        {
            chosen = [.. servers.Select(i => _chosenOfAll[i])];
        }
        else
        {
            // Pure and most of the work of a simulation, so the only thing that is done at once.
            var ids = view.Select(IdOf).ToHashSet(StringComparer.Ordinal);
            Parallel.For(0, servers.Count, i => chosen[i] = [.. NeighbourChoice.Of(IdOf(servers[i]), ids, Settings.Neighbours).Select(IndexOf)]);
            for (var i = 0; i < servers.Count && view.Length == Servers.Length; i++)
                _chosenOfAll[servers[i]] = chosen[i];
        }
        for (var i = 0; i < servers.Count; i++)
            Servers[servers[i]].Streams.Follow(view, chosen[i], areOpen);
    }

    /// <summary>Lines changed: streams over broken ones are dead.</summary>
    public void BreakStreams()
    {
        foreach (var server in Living)
            server.Streams.Break();
    }

    public void Arrived(SimulatedServer server, string origin, long version, int hops) => Arriving?.Invoke(server, origin, version, hops);

    private static Head HeadOf(string origin, long version) =>
        new(origin, 1, version, Hash256.Of(Encoding.ASCII.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{origin} {version}"))));

    private sealed class Origin(int index)
    {
        public int Index => index;

        /// <summary>Of the versions from the second on.</summary>
        public List<TimeSpan> Announces { get; } = [];

        public long LastVersion => Announces.Count + 1;

        public long Newest { get; set; }
    }
}
