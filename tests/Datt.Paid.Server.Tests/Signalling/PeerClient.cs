using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Datt.Paid.Server.Tests.Signalling;

/// <summary>A peer as a PeerJS client is one: the platform's WebSocket, JSON messages.</summary>
internal sealed class PeerClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ClientWebSocket _socket = new();

    private PeerClient(string id) => Id = id;

    public string Id { get; }

    /// <summary>Set once the server closed.</summary>
    public WebSocketCloseStatus? CloseStatus => _socket.CloseStatus;

    /// <summary>Opens a socket; what the server says to that is still to be read.</summary>
    public static async Task<PeerClient> ConnectAsync(
        Uri server, string id, string token = "token", string key = "peerjs", Action<ClientWebSocketOptions>? options = null, HttpMessageInvoker? http = null)
    {
        var client = new PeerClient(id);
        options?.Invoke(client._socket.Options);
        var address = new UriBuilder(server)
        {
            Scheme = server.Scheme == "https" ? "wss" : "ws",
            Path = "/peerjs",
            Query = $"key={key}&id={Uri.EscapeDataString(id)}&token={Uri.EscapeDataString(token)}&version=1.5.5",
        };
        using var patience = new CancellationTokenSource(Patience);
        await client._socket.ConnectAsync(address.Uri, http, patience.Token);
        return client;
    }

    /// <summary>Opens a peer and reads its OPEN.</summary>
    public static async Task<PeerClient> OpenAsync(Uri server, string id, string token = "token")
    {
        var client = await ConnectAsync(server, id, token);
        Assert.Equal("OPEN", await client.TypeAsync());
        return client;
    }

    public Task SendAsync(string type, string? dst, string payload = "1", string? src = null) =>
        SendAsync(new JsonObject { ["type"] = type, ["src"] = src, ["dst"] = dst, ["payload"] = JsonNode.Parse(payload) }.ToJsonString());

    public async Task SendAsync(string text)
    {
        using var patience = new CancellationTokenSource(Patience);
        await _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, patience.Token);
    }

    /// <summary>The next message; null where the server closed.</summary>
    public async Task<JsonNode?> ReadAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        using var message = new MemoryStream();
        var buffer = new byte[16_384];
        while (true)
        {
            var result = await _socket.ReceiveAsync(buffer.AsMemory(), patience.Token);
            if (result.MessageType == WebSocketMessageType.Close)
                return null;
            message.Write(buffer, 0, result.Count);
            if (result.EndOfMessage)
                return JsonNode.Parse(message.ToArray());
        }
    }

    /// <summary>The type of the next message; "closed" where the server closed.</summary>
    public async Task<string> TypeAsync() => (await ReadAsync())?["type"]!.GetValue<string>() ?? "closed";

    public async ValueTask DisposeAsync()
    {
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                await _socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
        }
        catch (WebSocketException)
        {
            // The server was faster.
        }
        _socket.Dispose();
    }
}
