using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Datt.Paid.Nodes;
using Datt.Paid.Server.Nodes;
using Datt.Paid.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Nodes;

/// <summary>Presence by WebSocket, with the platform's client and with bare sockets that misbehave.</summary>
public sealed class PresenceSocketTests(SharedServer shared)
{
    private const string Hello = """{"endpoints":["https://n.example/"],"kind":"test"}""";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_node_is_present_while_its_socket_is_open_and_what_it_says_last_holds()
    {
        using var customer = await shared.NewSubscriberAsync();
        var node = SharedServer.NewWord();
        await customer.AnnounceAsync(node, "c:" + node, new { title = node });
        using var socket = await OpenAsync(shared.Server, node, customer.ApiKey);
        await SayAsync(socket, Hello);
        await customer.FindsAsync("q=" + node, "c:" + node);
        Assert.Equal((true, "https://n.example/"), Holder(await customer.SearchAsync("q=" + node)));

        await SayAsync(socket, """{"endpoints":["https://moved.example/"]}""");
        Assert.Equal((true, "https://moved.example/"), Holder(await customer.SearchAsync("q=" + node)));

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Ct);
        await IsAsync(shared.Server, node, online: false);
        Assert.Equal((false, null), Holder(await customer.SearchAsync("q=" + node)));
    }

    [Fact]
    public async Task A_socket_that_breaks_without_a_goodbye_ends_the_presence()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        var node = SharedServer.NewWord();
        using var socket = await OpenAsync(shared.Server, node, customer.ApiKey);
        await SayAsync(socket, Hello);
        await IsAsync(shared.Server, node, online: true);
        socket.Abort();
        await IsAsync(shared.Server, node, online: false);
    }

    [Fact]
    public async Task How_long_a_heartbeat_would_hold_is_nothing_to_a_socket()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        var node = SharedServer.NewWord();
        using var socket = await OpenAsync(shared.Server, node, customer.ApiKey);
        await SayAsync(socket, """{"endpoints":[],"ttlSeconds":86400}""");
        await SayAsync(socket, """{"endpoints":[],"ttlSeconds":1}""");
        await IsAsync(shared.Server, node, online: true);
        socket.Abort();
        await IsAsync(shared.Server, node, online: false);
    }

    [Fact]
    public async Task A_half_open_socket_ends_the_presence_and_a_late_sign_of_life_brings_it_back()
    {
        // The dead are cut off after eight intervals: long enough here for the sign of life to come before that.
        await using var server = await ServerOnDisk.StartAsync(new() { ["Datt:Nodes:PingInterval"] = "00:00:01" });
        using var customer = await server.NewCustomerAsync();
        using var bare = await BareAsync(server, "half", customer.ApiKey);
        await bare.GetStream().WriteAsync(Frame(1, Hello), Ct);
        await IsAsync(server, "half", online: true);
        // Nothing more is read or answered: the line is up, but nobody is there.
        await IsAsync(server, "half", online: false);
        await bare.GetStream().WriteAsync(Frame(10, ""), Ct);
        await IsAsync(server, "half", online: true);
        await Eventually.HoldsAsync(
            () => Task.FromResult(server.Services.GetRequiredService<PresenceSockets>().Count == 0), "the dead socket is cut off");
        await IsAsync(server, "half", online: false);
    }

    [Fact]
    public async Task A_socket_that_answers_pings_and_never_says_where_it_is_is_closed()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        using var socket = await OpenAsync(shared.Server, SharedServer.NewWord(), customer.ApiKey);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        // The client answers pings while it waits.
        var end = await socket.ReceiveAsync(new byte[200].AsMemory(), patience.Token);
        Assert.Equal((WebSocketMessageType.Close, (WebSocketCloseStatus)1008), (end.MessageType, socket.CloseStatus));
    }

    [Fact]
    public async Task The_close_of_a_replaced_socket_does_not_end_its_successor()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        var node = SharedServer.NewWord();
        using var old = await OpenAsync(shared.Server, node, customer.ApiKey);
        await SayAsync(old, Hello);
        using var young = await OpenAsync(shared.Server, node, customer.ApiKey);
        await SayAsync(young, """{"endpoints":["https://young.example/"]}""");
        Assert.Equal((WebSocketCloseStatus)4001, await CloseOfAsync(old));
        Assert.True(await OnlineAsync(shared.Server, node));
        await young.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Ct);
        await IsAsync(shared.Server, node, online: false);
    }

    [Fact]
    public async Task A_goodbye_over_HTTP_ends_the_socket_and_a_heartbeat_outlives_it()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        var node = SharedServer.NewWord();
        using var first = await OpenAsync(shared.Server, node, customer.ApiKey);
        await SayAsync(first, Hello);
        Assert.Equal(HttpStatusCode.NoContent, (await customer.Http.DeleteAsync("/api/v1/nodes/" + node, Ct)).StatusCode);
        Assert.False(await OnlineAsync(shared.Server, node));
        Assert.Equal((WebSocketCloseStatus)4001, await CloseOfAsync(first));

        using var second = await OpenAsync(shared.Server, node, customer.ApiKey);
        await SayAsync(second, Hello);
        await customer.Http.PutAsJsonAsync("/api/v1/nodes/" + node, new { endpoints = new[] { "https://beat.example/" } }, Ct);
        await second.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Ct);
        var nodes = shared.Server.Services.GetRequiredService<NodeRegistry>();
        Assert.True(nodes.TryGet(node, out var known));
        Assert.True(known.IsOnline(TimeProvider.System.GetUtcNow(), out var endpoints));
        Assert.Equal(["https://beat.example/"], endpoints.Urls);
    }

    [Theory]
    [InlineData("""{"endpoints":["nowhere"]}""", 1007, "invalid_endpoints")]
    [InlineData("""{"kind":"x"}""", 1007, "invalid_endpoints")]
    [InlineData("hello", 1007, "invalid_request")]
    [InlineData("[]", 1007, "invalid_request")]
    public async Task A_wrong_message_closes_the_socket_and_says_why(string message, int code, string reason)
    {
        using var customer = await shared.Server.NewCustomerAsync();
        using var socket = await OpenAsync(shared.Server, SharedServer.NewWord(), customer.ApiKey);
        await socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, true, Ct);
        Assert.Equal((WebSocketCloseStatus)code, await CloseOfAsync(socket));
        Assert.StartsWith(reason, socket.CloseStatusDescription, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(70_000, 1, 1009)]
    [InlineData(40_000, 2, 1009)]
    public async Task A_message_of_any_number_of_parts_is_bounded(int bytes, int parts, int code)
    {
        using var customer = await shared.Server.NewCustomerAsync();
        using var socket = await OpenAsync(shared.Server, SharedServer.NewWord(), customer.ApiKey);
        for (var part = 1; part <= parts; part++)
            await socket.SendAsync(new byte[bytes], WebSocketMessageType.Text, part == parts, Ct);
        Assert.Equal((WebSocketCloseStatus)code, await CloseOfAsync(socket));
    }

    [Fact]
    public async Task A_message_in_parts_and_byte_by_byte_is_taken()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        var node = SharedServer.NewWord();
        using var bare = await BareAsync(shared.Server, node, customer.ApiKey);
        byte[] all = [.. Frame(1, Hello[..10], last: false), .. Frame(9, "ping"), .. Frame(0, Hello[10..])];
        foreach (var one in all)
            await bare.GetStream().WriteAsync(new[] { one }, Ct);
        await IsAsync(shared.Server, node, online: true);
    }

    [Fact]
    public async Task Floods_and_frames_that_no_client_sends_end_the_socket()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        using var flood = await OpenAsync(shared.Server, SharedServer.NewWord(), customer.ApiKey);
        for (var i = 0; i < 31; i++)
            await flood.SendAsync(Encoding.UTF8.GetBytes(Hello), WebSocketMessageType.Text, true, Ct);
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, await CloseOfAsync(flood));

        byte[][] wrong = [[0x81, 0x02, (byte)'h', (byte)'i'], [0xF1, 0x80, 0, 0, 0, 0], [0x83, 0x80, 0, 0, 0, 0], Frame(0, "x"), [0x09, 0x80, 0, 0, 0, 0]];
        foreach (var frame in wrong)
        {
            using var bare = await BareAsync(shared.Server, SharedServer.NewWord(), customer.ApiKey);
            await bare.GetStream().WriteAsync(frame, Ct);
            Assert.Equal(1002, await BareCloseAsync(bare));
        }
    }

    [Fact]
    public async Task Whoever_may_not_gets_a_problem_instead_of_a_socket()
    {
        using var owner = await shared.Server.NewCustomerAsync();
        using var other = await shared.Server.NewCustomerAsync();
        var node = SharedServer.NewWord();
        using var socket = await OpenAsync(shared.Server, node, owner.ApiKey);
        await RefusedAsync(shared.Server, node, other.ApiKey, HttpStatusCode.Forbidden);
        await RefusedAsync(shared.Server, node, "wrong", HttpStatusCode.Unauthorized);
        await RefusedAsync(shared.Server, node, null, HttpStatusCode.Unauthorized);
        await RefusedAsync(shared.Server, "a%20b", owner.ApiKey, HttpStatusCode.BadRequest);
        await Refused.WithAsync(owner.Http.GetAsync($"/api/v1/nodes/{node}/presence", Ct), HttpStatusCode.BadRequest, "invalid_upgrade");
    }

    [Fact]
    public async Task A_browser_may_show_its_key_in_the_query_and_come_from_any_page()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        var node = SharedServer.NewWord();
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", "https://page.example");
        await socket.ConnectAsync(new Uri(At(shared.Server, node), "?key=" + Uri.EscapeDataString(customer.ApiKey)), Ct);
        await SayAsync(socket, Hello);
        Assert.True(await OnlineAsync(shared.Server, node));
    }

    [Fact]
    public async Task Sockets_are_counted_by_account_and_address_and_given_back()
    {
        await using var server = await ServerOnDisk.StartAsync(new() { ["Datt:Nodes:SocketsPerAccount"] = "2", ["Datt:Nodes:SocketsPerAddress"] = "3" });
        using var one = await server.NewCustomerAsync();
        using var two = await server.NewCustomerAsync();
        using var first = await OpenAsync(server, "a1", one.ApiKey);
        using var second = await OpenAsync(server, "a2", one.ApiKey);
        await RefusedAsync(server, "a3", one.ApiKey, HttpStatusCode.TooManyRequests);
        using var third = await OpenAsync(server, "b1", two.ApiKey);
        await RefusedAsync(server, "b2", two.ApiKey, HttpStatusCode.TooManyRequests);
        await first.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Ct);
        await Eventually.HoldsAsync(() => Task.FromResult(server.Services.GetRequiredService<PresenceSockets>().Count == 2), "the place is free");
        using var again = await OpenAsync(server, "a3", one.ApiKey);
        Assert.Equal(WebSocketState.Open, again.State);
    }

    [Fact]
    public async Task A_stop_says_goodbye_at_once_and_after_it_nobody_is_online_until_heard_of()
    {
        await using var server = await ServerOnDisk.StartAsync();
        using var customer = await server.NewCustomerAsync();
        using var socket = await OpenAsync(server, "n", customer.ApiKey);
        await SayAsync(socket, Hello);
        await customer.Http.PutAsJsonAsync("/api/v1/nodes/m", new { endpoints = Array.Empty<string>(), ttlSeconds = 86_400 }, Ct);
        var restarting = server.RestartAsync();
        Assert.Equal((WebSocketCloseStatus)1001, await CloseOfAsync(socket));
        await restarting;
        Assert.False(await OnlineAsync(server, "n"));
        Assert.False(await OnlineAsync(server, "m"));
        using var back = await OpenAsync(server, "n", customer.ApiKey);
        await SayAsync(back, Hello);
        Assert.True(await OnlineAsync(server, "n"));
    }

    private static Uri At(ServerOnDisk server, string node) => new($"ws://{server.Address.Authority}/api/v1/nodes/{node}/presence");

    private static async Task<ClientWebSocket> OpenAsync(ServerOnDisk server, string node, string? key)
    {
        var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        if (key is not null)
            socket.Options.SetRequestHeader("Authorization", "Bearer " + key);
        await socket.ConnectAsync(At(server, node), Ct);
        return socket;
    }

    private static async Task RefusedAsync(ServerOnDisk server, string node, string? key, HttpStatusCode status)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        if (key is not null)
            socket.Options.SetRequestHeader("Authorization", "Bearer " + key);
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(At(server, node), Ct));
        Assert.Equal(status, socket.HttpStatusCode);
    }

    private static async Task SayAsync(ClientWebSocket socket, string message)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, true, Ct);
        var answer = new byte[200];
        var received = await socket.ReceiveAsync(answer, Ct);
        Assert.Equal("""{"online":true}""", Encoding.UTF8.GetString(answer, 0, received.Count));
    }

    private static async Task<WebSocketCloseStatus?> CloseOfAsync(ClientWebSocket socket)
    {
        var buffer = new byte[200];
        while ((await socket.ReceiveAsync(buffer, Ct)).MessageType != WebSocketMessageType.Close)
        {
        }
        return socket.CloseStatus;
    }

    private static async Task<TcpClient> BareAsync(ServerOnDisk server, string node, string key)
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, server.Address.Port, Ct);
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"GET /api/v1/nodes/{node}/presence HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"), Ct);
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await tcp.GetStream().ReadExactlyAsync(one, Ct);
            head.Append((char)one[0]);
        }
        // The example of RFC 6455 section 1.3.
        Assert.StartsWith("HTTP/1.1 101 ", head.ToString(), StringComparison.Ordinal);
        Assert.Contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", head.ToString(), StringComparison.Ordinal);
        return tcp;
    }

    /// <summary>The code of the next close frame; pings before it are read over.</summary>
    private static async Task<int> BareCloseAsync(TcpClient tcp)
    {
        var header = new byte[2];
        while (true)
        {
            await tcp.GetStream().ReadExactlyAsync(header, Ct);
            var payload = new byte[header[1]];
            await tcp.GetStream().ReadExactlyAsync(payload, Ct);
            if (header[0] == 0x88)
                return (payload[0] << 8) | payload[1];
        }
    }

    private static byte[] Frame(int opcode, string text, bool last = true)
    {
        byte[] mask = [1, 2, 3, 4];
        var payload = Encoding.UTF8.GetBytes(text);
        return [(byte)((last ? 0x80 : 0) | opcode), (byte)(0x80 | payload.Length), .. mask, .. payload.Select((b, i) => (byte)(b ^ mask[i & 3]))];
    }

    private static (bool?, string?) Holder(JsonElement page)
    {
        var holder = page.GetProperty("hits")[0].GetProperty("holders")[0];
        return (holder.GetProperty("online").GetBoolean(), holder.GetProperty("endpoints").EnumerateArray().Select(e => e.GetString()).FirstOrDefault());
    }

    private static async Task<bool> OnlineAsync(ServerOnDisk server, string node)
    {
        var list = await server.Anyone.GetFromJsonAsync<JsonElement>("/api/v1/nodes?limit=1000", Ct);
        return list.GetProperty("nodes").EnumerateArray().Single(n => n.GetProperty("nodeId").GetString() == node).GetProperty("online").GetBoolean();
    }

    private static Task IsAsync(ServerOnDisk server, string node, bool online) =>
        Eventually.HoldsAsync(async () => await OnlineAsync(server, node) == online, $"{node} is {(online ? "online" : "offline")}");
}
