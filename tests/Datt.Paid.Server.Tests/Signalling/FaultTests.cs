using System.Net.Http.Json;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Signalling;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Signalling;

/// <summary>Clients that do what none should: bounded, counted, and without effect on others.</summary>
public class FaultTests
{
    [Fact]
    public async Task A_flood_is_cut_off_and_others_go_on()
    {
        await using var server = await ServerOnDisk.StartAsync(new() { ["Datt:Limits:RequestsPerSecond"] = "100", ["Datt:Signalling:MessagesPerSecond"] = "5" });
        await using var bob = await PeerClient.OpenAsync(server.Address, "bob");
        await using var flood = await PeerClient.OpenAsync(server.Address, "flood");
        for (var i = 0; i < 80; i++)
            await flood.SendAsync("CANDIDATE", "bob", $"{i}");
        Assert.Equal("ERROR", await flood.TypeAsync());
        Assert.Equal("closed", await flood.TypeAsync());
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, flood.CloseStatus);
        for (var i = 0; i < 50; i++)
            Assert.Equal(i, (int)(await bob.ReadAsync())!["payload"]!);
        await bob.SendAsync("OFFER", "bob");
        Assert.Equal("OFFER", await bob.TypeAsync());
        Assert.Equal(1, Figures(server).FloodCount);
    }

    [Fact]
    public async Task A_half_open_socket_is_swept_and_its_id_free_again_while_one_that_beats_stays()
    {
        await using var server = await ServerOnDisk.StartAsync(new() { ["Datt:Signalling:SilenceAfter"] = "00:00:02" });
        await using var beating = await PeerClient.OpenAsync(server.Address, "beating");
        await using var silent = await PeerClient.OpenAsync(server.Address, "silent");
        await Eventually.HoldsAsync(
            async () =>
            {
                await beating.SendAsync("""{"type":"HEARTBEAT"}""");
                return Figures(server).SilentCount == 1 && !server.Services.GetRequiredService<SignalHub>().IsOpen("silent");
            }, "the silent socket is closed");
        Assert.Equal("closed", await silent.TypeAsync());
        await beating.SendAsync("OFFER", "beating");
        Assert.Equal("OFFER", await beating.TypeAsync());
    }

    [Fact]
    public async Task One_address_holds_so_many_sockets_and_no_more_until_one_closes()
    {
        await using var server = await ServerOnDisk.StartAsync(new() { ["Datt:Limits:RequestsPerSecond"] = "1000", ["Datt:Signalling:MaxPeersPerCaller"] = "3" });
        var peers = new List<PeerClient>();
        foreach (var id in new[] { "a", "b", "c" })
            peers.Add(await PeerClient.OpenAsync(server.Address, id));
        await using (var late = await PeerClient.ConnectAsync(server.Address, "d"))
            Assert.Equal("ERROR", await late.TypeAsync());
        await peers[0].DisposeAsync();
        await Eventually.HoldsAsync(
            async () =>
            {
                await using var late = await PeerClient.ConnectAsync(server.Address, "d");
                return await late.TypeAsync() == "OPEN";
            }, "there is room again");
        foreach (var peer in peers.Skip(1))
            await peer.DisposeAsync();
    }

    [Fact]
    public async Task Behind_a_trusted_proxy_the_client_counts_and_nobody_else_can_claim_to_be_one()
    {
        var settings = new Dictionary<string, string?> { ["Datt:Limits:RequestsPerSecond"] = "1000", ["Datt:Signalling:MaxPeersPerCaller"] = "1" };
        await using var server = await ServerOnDisk.StartAsync(new(settings) { ["Datt:TrustedProxies:0"] = "127.0.0.1" });
        await using var a = await ForwardedAsync(server, "a", "198.51.100.1");
        Assert.Equal("OPEN", await a.TypeAsync());
        await using var b = await ForwardedAsync(server, "b", "203.0.113.9, 198.51.100.2");
        Assert.Equal("OPEN", await b.TypeAsync());
        // What stands before the proxy's own entry is the client's word.
        await using var c = await ForwardedAsync(server, "c", "203.0.113.10, 198.51.100.2");
        Assert.Equal("ERROR", await c.TypeAsync());

        await using var direct = await ServerOnDisk.StartAsync(settings);
        await using var d = await ForwardedAsync(direct, "d", "198.51.100.1");
        Assert.Equal("OPEN", await d.TypeAsync());
        await using var e = await ForwardedAsync(direct, "e", "198.51.100.2");
        Assert.Equal("ERROR", await e.TypeAsync());
    }

    [Fact]
    public async Task The_list_of_peers_can_be_switched_off()
    {
        await using var server = await ServerOnDisk.StartAsync(new() { ["Datt:Signalling:ListPeers"] = "false" });
        Assert.Equal(401, (int)(await server.Anyone.GetAsync("/peerjs/peers")).StatusCode);
    }

    [Theory]
    [InlineData("GET /peerjs?key=peerjs&id=a&token=b HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 400")]
    [InlineData("GET /peerjs/id HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200")]
    [InlineData("GET /peerjs?x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", "HTTP/1.1 400")]
    [InlineData("GET /peerjs?x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n", "HTTP/1.1 400")]
    [InlineData("GET /peerjs?x HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", "HTTP/1.1 400")]
    [InlineData("GET /peerjs?x HTTP/1.1\r\nHost: x\r\nUPGRADE:WebSocket\r\nconnection: keep-alive, Upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", "HTTP/1.1 101")]
    [InlineData("BREW /peerjs?x HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405")]
    public async Task Whatever_is_no_handshake_goes_on_to_http_also_byte_by_byte(string request, string answer)
    {
        await using var server = await ServerOnDisk.StartAsync();
        Assert.StartsWith(answer, await ExchangeAsync(server.Address, request, pieces: 1), StringComparison.Ordinal);
        Assert.StartsWith(answer, await ExchangeAsync(server.Address, request, pieces: 40), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Peers_of_two_servers_that_know_each_other_exchange_a_call()
    {
        await using var network = await Network.LineAsync(2);
        await network.CompleteAsync();
        await using var alice = await PeerClient.OpenAsync(network[0].Address, "alice");
        await using var bob = await PeerClient.OpenAsync(network[1].Address, "bob");
        await alice.SendAsync("OFFER", "bob", """{"sdp":"v=0 é"}""", src: "forged");
        var offer = (await bob.ReadAsync())!;
        Assert.Equal(("OFFER", "alice", "v=0 é"), ((string)offer["type"]!, (string)offer["src"]!, (string)offer["payload"]!["sdp"]!));
        await bob.SendAsync("ANSWER", "alice");
        Assert.Equal("ANSWER", await alice.TypeAsync());
        await alice.SendAsync("OFFER", "nobody");
        Assert.Equal("EXPIRE", await alice.TypeAsync());
    }

    [Fact]
    public async Task Nobody_but_a_known_server_passes_messages_on()
    {
        await using var server = await ServerOnDisk.StartAsync();
        await using var bob = await PeerClient.OpenAsync(server.Address, "bob");
        var answer = await server.Anyone.PostAsJsonAsync("/federation/v1/signals", new { signals = new[] { new { type = "OFFER", src = "alice", dst = "bob" } } });
        Assert.Equal(401, (int)answer.StatusCode);
        Assert.Equal(200, (int)(await server.Anyone.GetAsync("/federation/v1/peers/bob")).StatusCode);
        Assert.Equal(404, (int)(await server.Anyone.GetAsync("/federation/v1/peers/alice")).StatusCode);
        await bob.SendAsync("ANSWER", "bob");
        Assert.Equal("ANSWER", await bob.TypeAsync());
    }

    private static SignalFigures Figures(ServerOnDisk server) => server.Services.GetRequiredService<SignalHub>().Figures;

    private static Task<PeerClient> ForwardedAsync(ServerOnDisk server, string id, string forwardedFor) =>
        PeerClient.ConnectAsync(server.Address, id, options: options => options.SetRequestHeader("X-Forwarded-For", forwardedFor));

    // The first line that comes back.
    private static async Task<string> ExchangeAsync(Uri server, string request, int pieces)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Host, server.Port, patience.Token);
        foreach (var piece in Encoding.ASCII.GetBytes(request).Chunk((request.Length / pieces) + 1))
            await socket.SendAsync(piece, patience.Token);
        var answer = new byte[4_096];
        return Encoding.ASCII.GetString(answer, 0, await socket.ReceiveAsync(answer, patience.Token));
    }
}
