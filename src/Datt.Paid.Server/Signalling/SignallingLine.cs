using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.Limits;
using Datt.Paid.WebSockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Datt.Paid.Server.Signalling;

/// <summary>
/// Stands before HTTP on every endpoint: takes connections that begin with a peer's handshake, and hands every other one on, unread. What HTTP
/// keeps for a connection is most of what an idle socket would cost. Behind TLS and over HTTP/2 the handshake is not to be seen here; there the
/// call of <see cref="SignallingCalls"/> serves the socket, for more memory.
/// </summary>
public sealed class SignallingLine(PeerSessions sessions, TrustedProxies proxies, RequestLimits limits, TimeProvider time)
{
    // As long as HTTP would wait for the first byte, and for the rest of the headers.
    private static readonly TimeSpan UntilFirst = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan UntilWhole = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<ConnectionContext, long> _arriving = new();

    /// <summary>Puts the line before HTTP on every endpoint.</summary>
    public static void Install(KestrelServerOptions kestrel) => kestrel.ConfigureEndpointDefaults(endpoint =>
    {
        var line = endpoint.ApplicationServices.GetRequiredService<SignallingLine>();
        endpoint.Use(http => connection => line.ServeAsync(connection, http));
    });

    /// <summary>Ends connections whose handshake takes too long.</summary>
    public void Sweep()
    {
        var now = time.GetTimestamp();
        foreach (var (connection, until) in _arriving)
        {
            if (now >= until)
                connection.Abort(new ConnectionAbortedException("The handshake took too long."));
        }
    }

    private async Task ServeAsync(ConnectionContext connection, ConnectionDelegate http)
    {
        var request = await LookAsync(connection);
        if (request is null)
        {
            await http(connection);
            return;
        }
        Answer(connection.Transport.Output, request.SocketKey);
        var asked = SocketRequest.Read(request.Query, proxies.ClientOf(AddressOf(connection), request.ForwardedFor));
        await sessions.RunAsync(connection.Transport, asked, connection.ConnectionClosed);
    }

    // Null where HTTP is to go on, with nothing consumed.
    private async ValueTask<UpgradeRequest?> LookAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        // Browsers open connections ahead of need; when the server stops, HTTP gets them and closes them at once.
        var closing = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using var stop = closing.UnsafeRegister(reader => ((PipeReader)reader!).CancelPendingRead(), input);
        try
        {
            var isFirst = true;
            while (true)
            {
                if (!input.TryRead(out var result))
                {
                    // Once something came, the rest has its own, shorter time, however many pieces it comes in.
                    var until = time.GetTimestamp() + Ticks(isFirst ? UntilFirst : UntilWhole);
                    _arriving.AddOrUpdate(connection, until, (_, former) => Math.Min(former, until));
                    result = await input.ReadAsync();
                }
                isFirst = false;
                var look = UpgradeRequest.Look(result.Buffer, out var request, out var end);
                if (look == FirstLook.Handshake && MayOpen(connection, request!))
                {
                    input.AdvanceTo(end);
                    return request;
                }
                if (look != FirstLook.Undecided || result.IsCompleted || result.IsCanceled)
                {
                    input.AdvanceTo(result.Buffer.Start);
                    return null;
                }
                input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            }
        }
        finally
        {
            _arriving.TryRemove(connection, out _);
        }
    }

    // Refused here, the request goes on to the gate, which answers as it does everybody.
    private bool MayOpen(ConnectionContext connection, UpgradeRequest request) =>
        limits.TryRequest(ClientAddress.Of(proxies.ClientOf(AddressOf(connection), request.ForwardedFor)), out _);

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    private static IPAddress? AddressOf(ConnectionContext connection) => (connection.RemoteEndPoint as IPEndPoint)?.Address;

    // Goes out together with OPEN.
    private static void Answer(PipeWriter output, string key)
    {
        var head = $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {Handshake.Accept(key)}\r\n\r\n";
        output.Advance(Encoding.ASCII.GetBytes(head, output.GetSpan(head.Length)));
    }
}
