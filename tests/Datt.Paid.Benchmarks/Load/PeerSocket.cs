using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Datt.Paid.Benchmarks.Load;

/// <summary>A PeerJS client on a bare socket, so that ten thousand of them cost the load generator little.</summary>
internal sealed class PeerSocket : IDisposable
{
    private static readonly byte[] Heartbeat = Frame("{\"type\":\"HEARTBEAT\"}"u8);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>Connects, and returns once the server has said OPEN.</summary>
    public async Task OpenAsync(IPEndPoint server, string id, CancellationToken ct)
    {
        await _socket.ConnectAsync(server, ct);
        await _socket.SendAsync(Encoding.ASCII.GetBytes(
            $"GET /peerjs?key=peerjs&id={id}&token=bench&version=1.5.5 HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"), ct);
        var answer = new byte[1_024];
        var length = 0;
        while (answer.AsSpan(0, length).IndexOf("{\"type\":\"OPEN\"}"u8) < 0)
        {
            var read = await _socket.ReceiveAsync(answer.AsMemory(length), ct);
            if (read == 0 || (length += read) == answer.Length)
                throw new InvalidOperationException($"Peer {id} was answered with: {Encoding.ASCII.GetString(answer, 0, length)}");
        }
    }

    public Task BeatAsync() => _socket.SendAsync(Heartbeat);

    public Task SendAsync(byte[] frame) => _socket.SendAsync(frame);

    /// <summary>Hands over each message until the socket is closed.</summary>
    public async Task ReceiveAsync(Action<ReadOnlyMemory<byte>> message)
    {
        var buffer = new byte[65_536];
        var length = 0;
        try
        {
            for (int read; (read = await _socket.ReceiveAsync(buffer.AsMemory(length))) > 0;)
            {
                length += read;
                var at = 0;
                while (TryFrame(buffer.AsSpan(at, length - at), out var head, out var payload))
                {
                    message(buffer.AsMemory(at + head, payload));
                    at += head + payload;
                }
                buffer.AsSpan(at, length - at).CopyTo(buffer);
                length -= at;
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The measurement is over.
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>A text frame as a client sends it; a mask of zeros is one too.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> payload)
    {
        byte[] head = payload.Length <= 125
            ? [0x81, (byte)(0x80 | payload.Length)]
            : [0x81, 0x80 | 126, (byte)(payload.Length >> 8), (byte)payload.Length];
        return [.. head, 0, 0, 0, 0, .. payload];
    }

    private static bool TryFrame(ReadOnlySpan<byte> bytes, out int head, out int payload)
    {
        (head, payload) = (2, 0);
        if (bytes.Length < 4)
            return bytes.Length >= 2 && bytes[1] <= 125 && bytes.Length >= 2 + (payload = bytes[1]);
        payload = bytes[1];
        if (payload == 126)
            (head, payload) = (4, BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]));
        return bytes.Length >= head + payload;
    }
}
