using Datt.Paid.Federation;
using Datt.Paid.Protocol.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Running;

/// <summary>Several real servers in this process, on loopback, which may call each other.</summary>
public sealed class Network : IAsyncDisposable
{
    private readonly List<ServerOnDisk> _servers = [];

    public IReadOnlyList<ServerOnDisk> Servers => _servers;

    public ServerOnDisk this[int index] => _servers[index];

    /// <summary>Servers of which each knows the one before it; the first one knows nobody.</summary>
    public static Task<Network> LineAsync(int count, Dictionary<string, string?>? settings = null, TimeProvider? time = null) =>
        StartAsync(count, (index, before) => index == 0 ? [] : [before[index - 1].Address.ToString()], settings, time);

    /// <summary>Starts servers one after the other.</summary>
    /// <param name="count">How many.</param>
    /// <param name="bootstraps">Addresses that the server with this number starts from; those before it are running.</param>
    /// <param name="settings">For each of them, beside the fixture's own: private addresses allowed, a round every two seconds.</param>
    /// <param name="time">Their calendar; the real one where left out.</param>
    public static async Task<Network> StartAsync(
        int count, Func<int, IReadOnlyList<ServerOnDisk>, string[]> bootstraps, Dictionary<string, string?>? settings = null, TimeProvider? time = null)
    {
        var network = new Network();
        try
        {
            for (var index = 0; index < count; index++)
                await network.AddAsync(bootstraps(index, network._servers), settings, time);
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts one more server.</summary>
    public async Task<ServerOnDisk> AddAsync(string[] bootstraps, Dictionary<string, string?>? settings = null, TimeProvider? time = null)
    {
        var all = new Dictionary<string, string?>
        {
            ["Datt:Name"] = $"server {_servers.Count}",
            ["Datt:Federation:AllowPrivateAddresses"] = "true",
            ["Datt:Federation:CrawlInterval"] = "00:00:02",
        };
        for (var i = 0; i < bootstraps.Length; i++)
            all[$"Datt:Bootstrap:{i}"] = bootstraps[i];
        foreach (var (key, value) in settings ?? [])
            all[key] = value;
        var server = await ServerOnDisk.StartAsync(all, time);
        _servers.Add(server);
        return server;
    }

    public static string IdOf(ServerOnDisk server) => server.Services.GetRequiredService<ServerKey>().Id;

    /// <summary>Whether one server has met the other, and the other answered.</summary>
    public static bool Knows(ServerOnDisk one, ServerOnDisk other) =>
        one.Services.GetRequiredService<ServerDirectory>().TryGet(IdOf(other), out var known) && known.State == ServerState.Alive;

    /// <summary>Whether everybody knows everybody.</summary>
    public bool IsComplete => _servers.TrueForAll(one => _servers.TrueForAll(other => one == other || Knows(one, other)));

    /// <summary>Waits until everybody knows everybody.</summary>
    public Task CompleteAsync() => Eventually.HoldsAsync(() => Task.FromResult(IsComplete), "every server knows every other");

    /// <summary>One round of every server's crawler, a few at a time.</summary>
    public Task RoundAsync() => Parallel.ForEachAsync(
        _servers, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken },
        async (server, ct) => await server.Services.GetRequiredService<Crawler>().RoundAsync(ct));

    public async ValueTask DisposeAsync()
    {
        foreach (var server in Enumerable.Reverse(_servers))
            await server.DisposeAsync();
    }
}
