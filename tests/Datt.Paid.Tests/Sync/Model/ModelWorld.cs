using System.Diagnostics;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Tests.Sync.Model;

/// <summary>Several servers and beside them what they must end up with: for each server, node and content the title acknowledged last.</summary>
internal sealed class ModelWorld : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly FastTime _time = new(factor: 60);
    private readonly ModelSite[] _sites;
    private readonly ModelServer?[] _servers;
    private readonly Random _random;
    private readonly SortedDictionary<(int Server, string Node, string Content), string> _acknowledged = [];

    private ModelWorld(int servers, int seed)
    {
        _random = new Random(seed);
        Network = new ModelNetwork(seed);
        _sites = [.. Enumerable.Range(0, servers).Select(_ => new ModelSite())];
        _servers = new ModelServer?[servers];
        foreach (var site in _sites)
        {
            foreach (var other in _sites.Where(o => o != site))
                site.Meets(other, _time.GetUtcNow());
        }
    }

    public ModelNetwork Network { get; }

    /// <summary>A server; null while it is away.</summary>
    public ModelServer? this[int server] => _servers[server];

    public static async Task<ModelWorld> StartAsync(int servers, int seed)
    {
        var world = new ModelWorld(servers, seed);
        for (var i = 0; i < servers; i++)
            await world.StartAsync(i);
        return world;
    }

    public async Task StartAsync(int server) => _servers[server] ??= await ModelServer.StartAsync(Network, _sites[server], _time);

    public async Task StopAsync(int server, bool isCrash)
    {
        if (_servers[server] is not { } running)
            return;
        _servers[server] = null;
        await running.StopAsync(isCrash);
        if (isCrash)
            _sites[server].Restore(_random);
    }

    public void LoseFeeds(int server) => _sites[server].LoseFeeds();

    public void Divide(Func<int, int> sideOf) => Network.Divide(_sites.Index().ToDictionary(s => s.Item.Id, s => sideOf(s.Index), StringComparer.Ordinal));

    /// <summary>An announce at a server that runs; it counts once it is acknowledged.</summary>
    public async Task AnnounceAsync(int server, string node, string content, string title)
    {
        if (_servers[server] is not { } running)
            return;
        await running.TakeAsync(running.Announce(node, content, title));
        _acknowledged[(server, node, content)] = title;
    }

    public async Task WithdrawAsync(int server, string node, string content)
    {
        if (_servers[server] is not { } running)
            return;
        Assert.True(RecordVerifier.Withdraw(node, content, out var withdrawal, out _));
        await running.TakeAsync(withdrawal);
        _acknowledged.Remove((server, node, content));
    }

    /// <summary>Lets everybody run in a whole network without faults until they agree, and insists that they agree on what was acknowledged.</summary>
    public async Task AgreeAsync()
    {
        for (var i = 0; i < _servers.Length; i++)
            await StartAsync(i);
        Divide(_ => 0);
        Network.Faults = 0;
        foreach (var server in _servers)
            await server!.Catalog.SealAsync();
        var clock = Stopwatch.StartNew();
        while (!Agree())
        {
            Assert.True(clock.Elapsed < _patience, $"They do not agree after a minute of quiet ({_servers.Select(s => s!.Heads.Digest).Distinct().Count()} digests, {Writers} writers):\n" + string.Join("\n", _servers.Select(s => s!.State + "; " + Difference(s))));
            await Task.Delay(20);
        }
        foreach (var server in _servers)
        {
            Assert.DoesNotContain(server!.Heads.All, h => h.IsConflicted);
            Assert.Null(server.Swarm.OwnAhead);
            Assert.Equal(_servers[0]!.Contents(), server.Contents());
        }
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = 0; i < _servers.Length; i++)
            await StopAsync(i, isCrash: false);
        foreach (var site in _sites)
            site.Dispose();
    }

    private string Difference(ModelServer server)
    {
        var (held, expected) = (Holders(server), Expected);
        return $"missing: {string.Join(", ", expected.Except(held))}; too many: {string.Join(", ", held.Except(expected))}";
    }

    /// <summary>Whether all show the same heads and have just the holders that were acknowledged.</summary>
    private bool Agree() =>
        _servers.Select(s => s!.Heads.Digest).Distinct().Count() == 1 && Array.TrueForAll(_servers, s => s!.Heads.Count == Writers) && Array.TrueForAll(_servers, s => Holds(s!));

    private int Writers => _servers.Count(s => s!.Catalog.Manifest is not null);

    private bool Holds(ModelServer server) => Holders(server).SetEquals(Expected);

    private HashSet<(string Origin, string Node, string Content)> Expected => [.. _acknowledged.Keys.Select(k => (_sites[k.Server].Id, k.Node, k.Content))];

    private static HashSet<(string Origin, string Node, string Content)> Holders(ModelServer server) =>
    [
        .. server.Catalog.Keys().SelectMany(key =>
            server.Catalog.TryGet(key, out var entry) ? entry.Holders.Select(h => (h.Node.Origin, h.Node.NodeId, entry.ContentId)) : []),
    ];
}
