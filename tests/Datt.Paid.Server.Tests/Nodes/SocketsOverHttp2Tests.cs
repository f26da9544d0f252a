using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.Nodes;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Server.Tests.Signalling;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Nodes;

/// <summary>Sockets over HTTP/2 (RFC 8441), as browsers open them behind TLS: many in one connection.</summary>
public sealed class SocketsOverHttp2Tests : IAsyncLifetime
{
    private const string Hello = """{"endpoints":["https://n.example/"]}""";

    private readonly string _certificate = Path.GetTempFileName();
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
        EnableMultipleHttp2Connections = false,
    });

    private ServerOnDisk _server = null!;
    private Uri _secure = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        await File.WriteAllBytesAsync(_certificate, certificate.Export(X509ContentType.Pfx, "test"));
        _server = await ServerOnDisk.StartAsync(new()
        {
            ["urls"] = null,
            ["Kestrel:Endpoints:A:Url"] = "http://127.0.0.1:0",
            ["Kestrel:Endpoints:B:Url"] = "https://127.0.0.1:0",
            ["Kestrel:Endpoints:B:Certificate:Path"] = _certificate,
            ["Kestrel:Endpoints:B:Certificate:Password"] = "test",
        });
        _secure = new Uri(_server.Services.GetRequiredService<PublicAddress>().Bound.Single(url => url.StartsWith("https", StringComparison.Ordinal)));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
        File.Delete(_certificate);
    }

    [Fact]
    public async Task Nodes_are_present_while_their_sockets_of_one_connection_are_open()
    {
        using var customer = await _server.NewCustomerAsync();
        using var one = await OpenAsync("one", customer.ApiKey);
        using var two = await OpenAsync("two", customer.ApiKey);
        await SayAsync(one, Hello);
        await SayAsync(two, Hello);
        await AreOnlineAsync("one", "two");
        // The end of one stream is not the end of the others.
        await one.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Ct);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, one.CloseStatus);
        await AreOnlineAsync("two");
        await SayAsync(two, """{"endpoints":["https://moved.example/"]}""");
        two.Abort();
        await AreOnlineAsync();
        await Eventually.HoldsAsync(() => Task.FromResult(_server.Services.GetRequiredService<PresenceSockets>().Count == 0), "no socket is held");
    }

    [Theory]
    [InlineData("""{"endpoints":["nowhere"]}""", WebSocketMessageType.Text, 1007, "invalid_endpoints")]
    [InlineData(Hello, WebSocketMessageType.Binary, 1003, "A presence is a text message")]
    public async Task A_wrong_message_closes_the_socket_and_the_client_reads_why(string message, WebSocketMessageType type, int code, string reason)
    {
        using var customer = await _server.NewCustomerAsync();
        using var socket = await OpenAsync("n", customer.ApiKey);
        await socket.SendAsync(Encoding.UTF8.GetBytes(message), type, true, Ct);
        Assert.Equal((WebSocketCloseStatus)code, await CloseOfAsync(socket));
        Assert.StartsWith(reason, socket.CloseStatusDescription, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_socket_whose_place_is_taken_or_whose_server_stops_reads_so()
    {
        using var customer = await _server.NewCustomerAsync();
        using var old = await OpenAsync("n", customer.ApiKey);
        await SayAsync(old, Hello);
        using var young = await OpenAsync("n", customer.ApiKey);
        await SayAsync(young, Hello);
        Assert.Equal((WebSocketCloseStatus)4001, await CloseOfAsync(old));
        var stopping = _server.StopAsync();
        Assert.Equal((WebSocketCloseStatus)1001, await CloseOfAsync(young));
        await stopping;
    }

    [Fact]
    public async Task Whoever_may_not_is_answered_by_a_status_and_no_socket()
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        var fault = await Assert.ThrowsAsync<WebSocketException>(() => OpenAsync(socket, "n", "not a key"));
        Assert.True(socket.HttpStatusCode == HttpStatusCode.Unauthorized, fault.ToString());
    }

    [Fact]
    public async Task Peers_call_each_other_over_one_connection()
    {
        static void Two(ClientWebSocketOptions options) => (options.HttpVersion, options.HttpVersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
        await using var alice = await PeerClient.ConnectAsync(_secure, "alice", options: Two, http: _http);
        await using var bob = await PeerClient.ConnectAsync(_secure, "bob", options: Two, http: _http);
        Assert.Equal(["OPEN", "OPEN"], [await alice.TypeAsync(), await bob.TypeAsync()]);
        await alice.SendAsync("OFFER", "bob", "\"hello\"");
        var offer = await bob.ReadAsync();
        Assert.Equal(("OFFER", "alice", "hello"), (offer!["type"]!.GetValue<string>(), offer["src"]!.GetValue<string>(), offer["payload"]!.GetValue<string>()));
        await using var taken = await PeerClient.ConnectAsync(_secure, "alice", "another token", options: Two, http: _http);
        Assert.Equal("ID-TAKEN", await taken.TypeAsync());
        Assert.Equal("closed", await taken.TypeAsync());
    }

    private async Task<ClientWebSocket> OpenAsync(string node, string key)
    {
        var socket = new ClientWebSocket();
        await OpenAsync(socket, node, key);
        return socket;
    }

    private Task OpenAsync(ClientWebSocket socket, string node, string key)
    {
        (socket.Options.HttpVersion, socket.Options.HttpVersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
        socket.Options.SetRequestHeader("Authorization", "Bearer " + key);
        return socket.ConnectAsync(new Uri($"wss://{_secure.Authority}/api/v1/nodes/{node}/presence"), _http, Ct);
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

    private Task AreOnlineAsync(params string[] nodes) => Eventually.HoldsAsync(
        async () =>
        {
            var list = await _server.Anyone.GetFromJsonAsync<JsonElement>("/api/v1/nodes", Ct);
            return list.GetProperty("nodes").EnumerateArray().Where(n => n.GetProperty("online").GetBoolean()).Select(n => n.GetProperty("nodeId").GetString())
                .Order().SequenceEqual(nodes);
        },
        $"[{string.Join(", ", nodes)}] are online and no others");
}
