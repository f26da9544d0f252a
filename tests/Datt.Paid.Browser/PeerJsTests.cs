using Datt.Paid.Browser.Running;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Browser;

/// <summary>The PeerJS client as npm has it, unmodified, in two tabs at two servers.</summary>
public class PeerJsTests(Chromium chromium)
{
    private const string Version = "1.5.5";

    [Fact]
    public async Task Tabs_at_two_servers_open_a_channel_and_data_goes_both_ways()
    {
        await using var servers = await TwoServers.StartAsync();
        await using var callee = await OpenAsync(servers.A, "callee");
        await using var caller = await OpenAsync(servers.B, "caller");
        await callee.Page.EvaluateAsync("""
            () => peer.on("connection", (channel) => channel.on("data", (data) => channel.send({ echo: data, from: channel.peer })))
            """);
        var echo = await caller.Page.EvaluateAsync<System.Text.Json.JsonElement>("""
            () => new Promise((resolve, reject) => {
              peer.on("error", reject);
              const channel = peer.connect("callee", { reliable: true });
              channel.on("error", reject);
              channel.on("open", () => channel.send({ text: "Grüße", bytes: 3 }));
              channel.on("data", resolve);
            })
            """);
        Assert.Equal("Grüße", echo.GetProperty("echo").GetProperty("text").GetString());
        Assert.Equal("caller", echo.GetProperty("from").GetString());
        Assert.Empty(caller.Faults);
    }

    [Fact]
    public async Task The_list_of_peers_is_read_by_the_client_and_by_its_old_address()
    {
        await using var server = await ServerOnDisk.StartAsync();
        await using var one = await OpenAsync(server, "one");
        await using var two = await OpenAsync(server, "two");
        var listed = await one.Page.EvaluateAsync<string[]>("() => new Promise((resolve) => peer.listAllPeers(resolve))");
        Assert.Equal(["one", "two"], listed.Order());
        var old = await two.Page.EvaluateAsync<string[]>("async () => (await fetch('/peerjs/peers')).json()");
        Assert.Equal(["one", "two"], old.Order());
    }

    [Fact]
    public async Task A_peer_that_is_nowhere_is_reported_to_the_caller()
    {
        await using var servers = await TwoServers.StartAsync();
        await using var caller = await OpenAsync(servers.B, "lonely");
        var error = await caller.Page.EvaluateAsync<string>("""
            () => new Promise((resolve) => { peer.on("error", (error) => resolve(error.type)); peer.connect("nobody"); })
            """);
        Assert.Equal("peer-unavailable", error);
    }

    private async Task<Tab> OpenAsync(ServerOnDisk server, string id)
    {
        var script = await NpmPackage.ReadAsync("peerjs", Version, "dist/peerjs.min.js");
        var tab = await chromium.OpenBlankAsync(server.Address);
        await tab.Page.AddScriptTagAsync(new() { Content = script });
        await tab.Page.EvaluateAsync("""
            (id) => new Promise((resolve, reject) => {
              globalThis.peer = new Peer(id, { host: location.hostname, port: Number(location.port), path: "/", config: { iceServers: [] } });
              peer.on("open", resolve);
              peer.on("error", reject);
            })
            """, id);
        return tab;
    }
}
