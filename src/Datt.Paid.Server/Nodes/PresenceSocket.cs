using System.Buffers;
using System.Text.Json;
using Datt.Paid.Nodes;

namespace Datt.Paid.Server.Nodes;

/// <summary>
/// One node's open socket. Idle, it holds no buffer and no timer: it waits for the first byte without one, and
/// <see cref="PresenceSockets"/> pings all of them in turn.
/// </summary>
public sealed class PresenceSocket : IDisposable
{
    /// <summary>Longest message, in bytes: the longest presence fits with every character escaped.</summary>
    public const int MaxMessage = 60_000;

    private const int FirstBuffer = 1_024;
    private const int MaxMessages = 30;
    private const int MaxFrames = 120;
    private const int Aborted = 1;

    private static readonly byte[] Ping = SocketFrame.Write(SocketOpcode.Ping, []);
    private static readonly byte[] Taken = SocketFrame.Write(SocketOpcode.Text, """{"online":true}"""u8);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);

    private readonly HttpContext _context;
    private readonly Stream _stream;
    private readonly NodeRegistry _nodes;
    private readonly string _nodeId;
    private readonly TimeSpan _lease;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private PresenceLease? _presence;
    private ArrayBufferWriter<byte>? _parts;
    private long _heard;
    private long _windowAt;
    private int _messages;
    private int _frames;
    private int _sending;
    private int _state;

    internal PresenceSocket(HttpContext context, Stream stream, NodeRegistry nodes, string nodeId, TimeSpan lease, TimeProvider time)
    {
        _context = context;
        _stream = stream;
        _nodes = nodes;
        _nodeId = nodeId;
        _lease = lease;
        _time = time;
        _heard = Opened = Pinged = _windowAt = time.GetTimestamp();
    }

    internal HttpContext Context => _context;

    /// <summary>Timestamp of the handshake.</summary>
    internal long Opened { get; }

    /// <summary>Timestamp of the last ping.</summary>
    internal long Pinged { get; private set; }

    /// <summary>Timestamp of the last byte that came.</summary>
    internal long Heard => Interlocked.Read(ref _heard);

    /// <summary>Whether the node said where it is.</summary>
    internal bool HasSpoken => Volatile.Read(ref _presence) is not null;

    /// <summary>Reads until either side ends it; the node's presence by this socket ends with it.</summary>
    public async Task RunAsync()
    {
        try
        {
            await ReadAsync();
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The connection broke or was ended by this side.
        }
        finally
        {
            if (_presence is { } presence)
                _nodes.Close(presence);
        }
    }

    /// <summary>Asks for a sign of life. Dropped while something else is being sent.</summary>
    internal void SendPing()
    {
        Pinged = _time.GetTimestamp();
        Send(Ping);
    }

    /// <summary>Whether what it said still holds: false once another socket of the node or a goodbye took its place.</summary>
    internal bool IsCurrent() => _presence is not { } presence || _nodes.IsCurrent(presence);

    /// <summary>Says goodbye and ends it.</summary>
    internal void Close(SocketEnd end, string reason)
    {
        if (Interlocked.Exchange(ref _state, Aborted) == Aborted)
            return;
        Send(SocketFrame.WriteClose((int)end, reason));
        _stop.Cancel();
    }

    /// <summary>Ends it without a word, because nobody listens.</summary>
    internal void Abort()
    {
        _stop.Cancel();
        _context.Abort();
    }

    public void Dispose() => _stop.Dispose();

    private async Task ReadAsync()
    {
        byte[]? buffer = null;
        var held = 0;
        try
        {
            while (true)
            {
                if (held == 0)
                {
                    if (buffer is not null)
                        ArrayPool<byte>.Shared.Return(buffer);
                    buffer = null;
                    await ArrivalAsync();
                    buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
                }
                else if (held == buffer!.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length * 4, MaxMessage + SocketFrame.MaxHeader));
                    buffer.AsSpan(0, held).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
                var read = await _stream.ReadAsync(buffer.AsMemory(held), _stop.Token);
                if (read == 0)
                    return;
                held += read;
                if (!TryTake(buffer, ref held))
                    return;
            }
        }
        finally
        {
            if (buffer is not null)
                ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // A read of nothing ends when there is something, or at the end.
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA2022", Justification = "Nothing is read.")]
    private async ValueTask ArrivalAsync() => await _stream.ReadAsync(Memory<byte>.Empty, _stop.Token);

    /// <summary>Takes the whole frames of a buffer and moves the rest to its beginning; false at the end of the socket.</summary>
    private bool TryTake(byte[] buffer, ref int held)
    {
        var used = 0;
        while (used < held)
        {
            var bytes = buffer.AsSpan(used, held - used);
            var reading = SocketFrame.TryRead(bytes, MaxMessage, out var frame);
            if (reading == SocketFrameReading.Incomplete)
                break;
            if (reading != SocketFrameReading.Complete)
            {
                Close(
                    reading == SocketFrameReading.TooLong ? SocketEnd.TooLong : SocketEnd.Wrong,
                    reading == SocketFrameReading.TooLong ? $"A message has at most {MaxMessage} bytes." : "That is no frame of a WebSocket client.");
                return false;
            }
            if (!TryTake(frame, bytes.Slice(frame.Start, frame.Length)))
                return false;
            used += frame.Size;
        }
        buffer.AsSpan(used, held - used).CopyTo(buffer);
        held -= used;
        return true;
    }

    private bool TryTake(SocketFrame frame, ReadOnlySpan<byte> payload)
    {
        Interlocked.Exchange(ref _heard, _time.GetTimestamp());
        if (IsTooOften(frame))
        {
            Close(SocketEnd.Refused, "Too many messages: say only what changed.");
            return false;
        }
        switch (frame.Opcode)
        {
            case SocketOpcode.Close:
                Close(SocketEnd.Normal, "");
                return false;
            case SocketOpcode.Ping:
                Send(SocketFrame.Write(SocketOpcode.Pong, payload));
                break;
            case SocketOpcode.Text when _parts is null && frame.IsLast:
                return TryTake(payload);
            case SocketOpcode.Text when _parts is null:
                _parts = new ArrayBufferWriter<byte>();
                return TryAppend(frame, payload);
            case SocketOpcode.Continuation when _parts is not null:
                return TryAppend(frame, payload);
            case SocketOpcode.Pong:
                break;
            case SocketOpcode.Binary:
                Close(SocketEnd.WrongKind, "A presence is a text message.");
                return false;
            default:
                Close(SocketEnd.Wrong, "That frame does not follow the one before.");
                return false;
        }
        return Renew();
    }

    private bool TryAppend(SocketFrame frame, ReadOnlySpan<byte> payload)
    {
        if (_parts!.WrittenCount + payload.Length > MaxMessage)
        {
            Close(SocketEnd.TooLong, $"A message has at most {MaxMessage} bytes.");
            return false;
        }
        _parts.Write(payload);
        if (!frame.IsLast)
            return Renew();
        var whole = _parts;
        _parts = null;
        return TryTake(whole.WrittenSpan);
    }

    private bool TryTake(ReadOnlySpan<byte> message)
    {
        NodePresence? said;
        try
        {
            said = JsonSerializer.Deserialize<NodePresence>(message, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            said = null;
        }
        if (said is null)
        {
            Close(SocketEnd.Invalid, "invalid_request: a message is a presence, the same JSON as the body of PUT.");
            return false;
        }
        // A socket is its own sign of life: how long a heartbeat holds says nothing here.
        if (!PresenceCheck.TryRead(said with { TtlSeconds = null }, out var endpoints, out _, out var problem))
        {
            Close(SocketEnd.Invalid, $"{problem.Code}: {problem.Detail}");
            return false;
        }
        if (_presence is null)
            Volatile.Write(ref _presence, _nodes.Open(_nodeId, endpoints, said.Kind, _lease));
        else if (!_nodes.Update(_presence, endpoints, said.Kind))
            return Replaced();
        Send(Taken);
        return true;
    }

    private bool Renew() => _presence is not { } presence || _nodes.Renew(presence) || Replaced();

    private bool Replaced()
    {
        Close(SocketEnd.Replaced, "Another socket of this node, or its goodbye, took the place of this one.");
        return false;
    }

    // Answers to pings are frames too: many more of them than messages are let through.
    private bool IsTooOften(SocketFrame frame)
    {
        var now = _time.GetTimestamp();
        if (_time.GetElapsedTime(_windowAt, now) > Window)
            (_windowAt, _messages, _frames) = (now, 0, 0);
        if (frame.IsLast && frame.Opcode is SocketOpcode.Text or SocketOpcode.Continuation)
            _messages++;
        return ++_frames > MaxFrames || _messages > MaxMessages;
    }

    // One at a time; what comes meanwhile is dropped, since none of it is more than a sign.
    private void Send(ReadOnlyMemory<byte> frame)
    {
        if (Interlocked.Exchange(ref _sending, 1) == 1)
            return;
        _ = SendAsync(frame);
    }

    private async Task SendAsync(ReadOnlyMemory<byte> frame)
    {
        try
        {
            await _stream.WriteAsync(frame);
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The reader sees the end too.
        }
        finally
        {
            Volatile.Write(ref _sending, 0);
        }
    }
}

/// <summary>Why a socket ended, as its close code (RFC 6455 section 7.4; from 4000 on our own).</summary>
public enum SocketEnd
{
    Normal = 1000,
    ServerStops = 1001,
    Wrong = 1002,
    WrongKind = 1003,
    Invalid = 1007,
    Refused = 1008,
    TooLong = 1009,

    /// <summary>Another socket of the same node, or its goodbye, took its place: do not reconnect.</summary>
    Replaced = 4001,
}
