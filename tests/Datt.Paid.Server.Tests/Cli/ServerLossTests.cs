using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Datt.Paid.Cli.Sharing;
using Datt.Paid.Client;
using Datt.Paid.Nodes;
using Datt.Paid.Server.Nodes;
using Datt.Paid.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Cli;

public sealed class ServerLossTests
{
    [Fact]
    public async Task A_node_waits_for_a_server_that_went_away_and_then_announces_everything_again()
    {
        var port = FreePort();
        await using var server = await ServerOnDisk.StartAsync(new() { ["urls"] = $"http://127.0.0.1:{port}" });
        using var customer = await server.NewCustomerAsync();
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        var folder = Directory.CreateTempSubdirectory("datt-loss-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "a.md"), "# One", TestContext.Current.CancellationToken);

        var told = new ConcurrentQueue<ShareEvent>();
        using var stop = new CancellationTokenSource();
        var session = new ShareSession(
            new DattClient(http, new DattClientOptions { ApiKey = customer.ApiKey, MaxRetries = 0 }), http.BaseAddress, new SharedFolder(folder),
            ShareLedger.Open(null), new ShareOptions { NodeId = "lost-node", Presence = TimeSpan.FromSeconds(10) }, TimeProvider.System)
        {
            Tell = told.Enqueue,
        };
        var running = session.RunAsync(stop.Token);
        await Until(() => told.OfType<Synced>().Any(), "the folder is announced");

        await server.StopAsync();
        await Until(() => told.OfType<ServerLost>().Any(), "the loss is noticed");
        await server.RestartAsync();
        await Until(() => told.SkipWhile(e => e is not ServerBack).OfType<Synced>().Any(s => s.Announced == 1), "everything is announced again");
        Assert.Single(told.OfType<ServerLost>());

        await stop.CancelAsync();
        await running;
        Assert.IsType<Left>(told.Last());
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("15000", 1)]
    [InlineData("0", 0)]
    public async Task A_node_stays_present_by_a_socket_or_by_heartbeats_where_the_server_takes_none(string sockets, int open)
    {
        await using var server = await ServerOnDisk.StartAsync(new() { ["Datt:Nodes:Sockets"] = sockets });
        using var customer = await server.NewCustomerAsync();
        var folder = Directory.CreateTempSubdirectory("datt-stay-").FullName;
        using var http = new HttpClient { BaseAddress = server.Address };
        using var stop = new CancellationTokenSource();
        var session = new ShareSession(
            new DattClient(http, new DattClientOptions { ApiKey = customer.ApiKey, MaxRetries = 0 }), server.Address, new SharedFolder(folder),
            ShareLedger.Open(null), new ShareOptions { NodeId = "stays", Presence = TimeSpan.FromSeconds(10) }, TimeProvider.System)
        {
            Tell = _ => { },
        };
        var running = session.RunAsync(stop.Token);
        var nodes = server.Services.GetRequiredService<NodeRegistry>();
        bool IsOnline() => nodes.TryGet("stays", out var node) && node.IsOnline(TimeProvider.System.GetUtcNow(), out _);
        await Until(() => IsOnline() && server.Services.GetRequiredService<PresenceSockets>().Count == open, "the node is present");
        var seen = TimeProvider.System.GetUtcNow();
        // Without a word of the node in between neither would hold.
        await Until(() => nodes.TryGet("stays", out var node) && node.LastSeen > seen, "the node is heard of again");
        Assert.True(IsOnline());
        await stop.CancelAsync();
        await running;
        Assert.False(IsOnline());
        Directory.Delete(folder, recursive: true);
    }

    private static Task Until(Func<bool> holds, string what) => Eventually.HoldsAsync(() => Task.FromResult(holds()), what);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
