using System.Buffers;
using System.Text.Json;
using Datt.Paid.Nodes;
using Datt.Paid.WebSockets;

namespace Datt.Paid.Server.Nodes;

/// <summary>
/// One node's open socket. Idle, it holds no buffer and no timer: it waits for the first byte without one, and
/// <see cref="PresenceSockets"/> pings all of them in turn.
/// </summary>
public sealed class PresenceSocket : IDisposable
{
    /// <summary>Longest message, in bytes: the longest presence fits with every character escaped.</summary>
    public const int MaxMessage = 60_000;

    /// <summary>Most bytes before the payload of a frame of fewer than 65,536 bytes.</summary>
    private const int MaxHead = 8;

    private const int FirstBuffer = 1_024;
    private const int MaxMessages = 30;
    private const int MaxFrames = 120;
    private const int Aborted = 1;

    /// <summary>Why a socket ended, among our own codes: another socket of the same node, or its goodbye, took its place. Do not reconnect.</summary>
    public const ushort ReplacedCode = 4001;

    private static readonly ReadOnlyMemory<byte> Ping = Frame(FrameKind.Ping, []);
    private static readonly ReadOnlyMemory<byte> Taken = Frame(FrameKind.Text, """{"online":true}"""u8);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);

    private readonly HttpContext _context;
    private readonly Stream _stream;
    private readonly NodeRegistry _nodes;
    private readonly string _nodeId;
    private readonly TimeSpan _lease;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly FrameReader _reader = new(MaxMessage);
    private PresenceLease? _presence;
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
    internal void Close(ushort code, string reason)
    {
        if (Interlocked.Exchange(ref _state, Aborted) == Aborted)
            return;
        var frame = new ArrayBufferWriter<byte>();
        FrameWriter.WriteClose(frame, code, reason);
        Send(frame.WrittenMemory);
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
                    var larger = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length * 4, MaxMessage + MaxHead));
                    buffer.AsSpan(0, held).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
                var read = await _stream.ReadAsync(buffer.AsMemory(held), _stop.Token);
                if (read == 0)
                    return;
                held += read;
                Interlocked.Exchange(ref _heard, _time.GetTimestamp());
                if (!TryTake(buffer, ref held) || !Renew())
                    return;
            }
        }
        finally
        {
            _reader.Release();
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
        var input = new ReadOnlySequence<byte>(buffer, 0, held);
        for (Incoming incoming; (incoming = _reader.Read(ref input, out var payload)) != Incoming.Incomplete;)
        {
            if (!TryTake(incoming, payload))
                return false;
        }
        var rest = (int)input.Length;
        buffer.AsSpan(held - rest, rest).CopyTo(buffer);
        held = rest;
        return true;
    }

    private bool TryTake(Incoming incoming, ReadOnlySpan<byte> payload)
    {
        if (IsTooOften(incoming))
            return End(CloseCode.Policy, "Too many messages: say only what changed.");
        switch (incoming)
        {
            case Incoming.Message:
                return _reader.IsText ? TryTake(payload) : End(CloseCode.WrongKind, "A presence is a text message.");
            case Incoming.Ping:
                Send(Frame(FrameKind.Pong, payload));
                return true;
            case Incoming.Pong:
                return true;
            case Incoming.Close:
                return End(_reader.CloseWith, "");
            default:
                return End(_reader.CloseWith, Why(_reader.CloseWith));
        }
    }

    private static string Why(ushort code) => code switch
    {
        CloseCode.TooLarge => $"A message has at most {MaxMessage} bytes.",
        CloseCode.Policy => "A message has too many parts.",
        CloseCode.NotText => "A message is UTF-8.",
        _ => "That is no frame of a WebSocket client, or does not follow the one before.",
    };

    private bool End(ushort code, string reason)
    {
        Close(code, reason);
        return false;
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
            return End(CloseCode.NotText, "invalid_request: a message is a presence, the same JSON as the body of PUT.");
        // A socket is its own sign of life: how long a heartbeat holds says nothing here.
        if (!PresenceCheck.TryRead(said with { TtlSeconds = null }, out var endpoints, out _, out var problem))
            return End(CloseCode.NotText, $"{problem.Code}: {problem.Detail}");
        if (_presence is null)
            Volatile.Write(ref _presence, _nodes.Open(_nodeId, endpoints, said.Kind, _lease));
        else if (!_nodes.Update(_presence, endpoints, said.Kind))
            return Replaced();
        Send(Taken);
        return true;
    }

    private bool Renew() => _presence is not { } presence || _nodes.Renew(presence) || Replaced();

    private bool Replaced() => End(ReplacedCode, "Another socket of this node, or its goodbye, took the place of this one.");

    // Answers to pings are frames too: many more of them than messages are let through.
    private bool IsTooOften(Incoming incoming)
    {
        var now = _time.GetTimestamp();
        if (_time.GetElapsedTime(_windowAt, now) > Window)
            (_windowAt, _messages, _frames) = (now, 0, 0);
        if (incoming == Incoming.Message)
            _messages++;
        return ++_frames > MaxFrames || _messages > MaxMessages;
    }

    private static ReadOnlyMemory<byte> Frame(FrameKind kind, ReadOnlySpan<byte> payload)
    {
        var frame = new ArrayBufferWriter<byte>(FrameWriter.MaxHead + payload.Length);
        FrameWriter.Write(frame, kind, payload);
        return frame.WrittenMemory;
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
