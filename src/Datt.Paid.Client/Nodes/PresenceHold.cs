using System.Net.WebSockets;
using System.Text.Json;

namespace Datt.Paid.Client;

/// <summary>How a presence by socket ended.</summary>
public enum PresenceEnd
{
    /// <summary>The line broke, or the server stops: come back.</summary>
    Lost,

    /// <summary>Another socket of the same node, or its goodbye, took its place.</summary>
    Replaced,

    /// <summary>The server did not take what the node said, or its key any more.</summary>
    Refused,
}

/// <summary>A node's presence by one open WebSocket.</summary>
internal static class PresenceHold
{
    private const int Replaced = 4001;

    private static readonly TimeSpan Ping = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Connecting = TimeSpan.FromSeconds(10);

    public static async Task<PresenceEnd> RunAsync(
        Uri server, string? apiKey, string path, Presence presence, TimeProvider time, Action? present, CancellationToken ct)
    {
        using var socket = new ClientWebSocket();
        socket.Options.KeepAliveInterval = Ping;
        socket.Options.KeepAliveTimeout = Ping;
        socket.Options.CollectHttpResponseDetails = true;
        if (apiKey is not null)
        {
            socket.Options.SetRequestHeader("Authorization", "Bearer " + apiKey);
        }

        var address = new UriBuilder(new Uri(server, path)) { Scheme = server.Scheme == Uri.UriSchemeHttps ? "wss" : "ws" }.Uri;
        await ConnectAsync(socket, address, server, time, ct).ConfigureAwait(false);
        try
        {
            var hello = JsonSerializer.SerializeToUtf8Bytes(presence, ClientJson.Default.Presence);
            await socket.SendAsync(hello, WebSocketMessageType.Text, endOfMessage: true, ct).ConfigureAwait(false);
            var answer = new byte[256];
            for (var first = true; ; first = false)
            {
                var received = await socket.ReceiveAsync(answer, ct).ConfigureAwait(false);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    return EndOf(socket.CloseStatus);
                }

                if (first)
                {
                    present?.Invoke();
                }
            }
        }
        catch (WebSocketException)
        {
            return PresenceEnd.Lost;
        }
    }

    private static async Task ConnectAsync(ClientWebSocket socket, Uri address, Uri server, TimeProvider time, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(Connecting, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            await socket.ConnectAsync(address, either.Token).ConfigureAwait(false);
        }
        catch (WebSocketException e)
        {
            var status = socket.HttpStatusCode;
            throw (int)status >= 400
                ? new DattException(Transport.CodeOf(status), $"{server} takes no presence socket: it answered {(int)status}.", status, inner: e)
                : new DattException(DattException.Unreachable, $"{server} cannot be reached: {e.Message}", inner: e);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new DattException(DattException.Unreachable, $"{server} did not answer in time.", inner: e);
        }
    }

    private static PresenceEnd EndOf(WebSocketCloseStatus? status) => (int?)status switch
    {
        Replaced => PresenceEnd.Replaced,
        (int)WebSocketCloseStatus.InvalidPayloadData or (int)WebSocketCloseStatus.PolicyViolation => PresenceEnd.Refused,
        _ => PresenceEnd.Lost,
    };
}
