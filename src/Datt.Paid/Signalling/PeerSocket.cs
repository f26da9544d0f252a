using System.Buffers;
using System.IO.Pipelines;
using Datt.Paid.WebSockets;

namespace Datt.Paid.Signalling;

/// <summary>
/// The sending half of a peer's socket, and what is known of the peer. Anybody may send from any thread; what the client is too slow to take
/// waits in bounded number, and beyond that the socket is closed.
/// </summary>
public sealed class PeerSocket(string id, string token, UInt128 caller, bool isBound, IDuplexPipe transport)
{
    /// <summary>Bytes that may wait for a client beyond what the connection itself takes.</summary>
    public const int MaxWaiting = 256 * 1_024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_text;

    private readonly Lock _sending = new();
    private ArrayBufferWriter<byte>? _waiting;
    private bool _isFlushing;
    private long _lastHeard;

    /// <summary>The peer's name, a legal one.</summary>
    public string Id => id;

    /// <summary>What the client must show again to take its id over.</summary>
    public string Token => token;

    /// <summary>Whose limits it counts against: the number of a key or an address.</summary>
    public UInt128 Caller => caller;

    /// <summary>Whether the token is an API key of the account that owns the node of this name.</summary>
    public bool IsBound => isBound;

    /// <summary>Timestamp of the last frame from the client.</summary>
    public long LastHeard
    {
        get => Volatile.Read(ref _lastHeard);
        set => Volatile.Write(ref _lastHeard, value);
    }

    /// <summary>Whether this side said goodbye, or the connection is gone: nothing more is sent.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Sends a message from one peer to another.</summary>
    /// <returns>False when the socket is closed, or closes because the client does not read.</returns>
    public bool TrySend(SignalKind kind, string src, string dst, ReadOnlySpan<byte> payload)
    {
        var text = t_text ??= new ArrayBufferWriter<byte>(8_192);
        text.ResetWrittenCount();
        SignalWriter.Write(text, kind, src, dst, payload);
        return TrySend(FrameKind.Text, text.WrittenSpan);
    }

    /// <summary>Sends a frame.</summary>
    public bool TrySend(FrameKind kind, ReadOnlySpan<byte> payload)
    {
        lock (_sending)
        {
            if (IsClosed)
                return false;
            if (!_isFlushing)
            {
                FrameWriter.Write(transport.Output, kind, payload);
                Flush();
                return !IsClosed;
            }
            if ((_waiting?.WrittenCount ?? 0) + payload.Length > MaxWaiting)
            {
                Give();
                return false;
            }
            FrameWriter.Write(_waiting ??= new ArrayBufferWriter<byte>(payload.Length + FrameWriter.MaxHead), kind, payload);
            return true;
        }
    }

    /// <summary>Runs something while nobody else can send, so that it goes out before anything else.</summary>
    public void WhileAlone(Action act)
    {
        lock (_sending)
            act();
    }

    /// <summary>Says goodbye and has the reading side finish. The first reason stands.</summary>
    public void Close(ushort code, string reason)
    {
        lock (_sending)
        {
            if (IsClosed)
                return;
            if (_isFlushing)
                FrameWriter.WriteClose(_waiting ??= new ArrayBufferWriter<byte>(), code, reason);
            else
            {
                FrameWriter.WriteClose(transport.Output, code, reason);
                Flush();
            }
            Give();
        }
    }

    /// <summary>The connection is gone; what is sent from now on goes nowhere.</summary>
    public void Abandon()
    {
        lock (_sending)
            IsClosed = true;
    }

    private void Give()
    {
        IsClosed = true;
        transport.Input.CancelPendingRead();
    }

    private void Flush()
    {
        var flush = transport.Output.FlushAsync(CancellationToken.None);
        if (flush.IsCompletedSuccessfully)
            IsClosed |= flush.Result.IsCompleted;
        else
        {
            _isFlushing = true;
            _ = FinishAsync(flush);
        }
    }

    private async Task FinishAsync(ValueTask<FlushResult> flush)
    {
        var isGone = true;
        try
        {
            isGone = (await flush).IsCompleted;
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or ObjectDisposedException)
        {
        }
        lock (_sending)
        {
            _isFlushing = false;
            if (isGone)
                IsClosed = true;
            else if (_waiting is { } waiting)
            {
                _waiting = null;
                transport.Output.Write(waiting.WrittenSpan);
                Flush();
            }
        }
    }
}
