using System.Buffers;
using System.IO.Pipelines;
using Datt.Paid.Server.Limits;
using Datt.Paid.Signalling;
using Datt.Paid.WebSockets;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Signalling;

/// <summary>Serves sockets whose handshake is done, each from its first frame to its last.</summary>
public sealed class PeerSessions(
    SignalHub hub, SignallingDoor door, IOptions<SignallingSettings> settings, IOptions<LimitSettings> limits, TimeProvider time, ILogger<PeerSessions> log)
{
    private const int Burst = 10;

    // Enough for what a client had on its way when it was told to stop, and for its own goodbye.
    private static readonly TimeSpan Parting = TimeSpan.FromSeconds(2);

    private readonly int _maxMessage = settings.Value.MaxMessageBytes;
    private readonly long _interval = limits.Value.RequestsPerSecond == 0 ? 0 : time.TimestampFrequency / settings.Value.MessagesPerSecond;

    /// <summary>Runs until the connection is over. The transport stays the caller's to dispose of.</summary>
    public async Task RunAsync(IDuplexPipe transport, SocketRequest request, CancellationToken ct)
    {
        var admission = await door.AdmitAsync(request, ct);
        var admitted = admission as Admission.Admitted;
        var peer = new PeerSocket(request.Id, request.Token, admitted?.Caller ?? 0, admitted?.IsBound ?? false, transport);
        try
        {
            var goodbye = Goodbye.Expected;
            if (admitted is null ? Refuse(peer, admission) : Open(peer))
                goodbye = await ReadAsync(transport.Input, peer);
            if (goodbye != Goodbye.Said)
                await PartAsync(transport.Input, goodbye == Goodbye.Expected, ct);
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or Microsoft.AspNetCore.Connections.ConnectionResetException)
        {
            // The client went away without a word, as clients do.
        }
        finally
        {
            hub.Leave(peer);
            if (admitted is not null)
                door.Leave(admitted.Caller);
        }
    }

    private bool Refuse(PeerSocket peer, Admission admission)
    {
        if (admission is Admission.Refused refused)
        {
            hub.Figures.CountRefused();
            return Dismiss(peer, SignalWriter.Error(refused.Message), CloseCode.Policy, "refused");
        }
        hub.Figures.CountTaken();
        return Dismiss(peer, SignalWriter.IdTaken, CloseCode.Policy, "taken");
    }

    private bool Open(PeerSocket peer) => hub.Open(peer) switch
    {
        OpenOutcome.Opened => true,
        OpenOutcome.Taken => Dismiss(peer, SignalWriter.IdTaken, CloseCode.Policy, "taken"),
        _ => Dismiss(peer, SignalWriter.Error("Server has reached its concurrent user limit"), CloseCode.TryLater, "full"),
    };

    private static bool Dismiss(PeerSocket peer, ReadOnlySpan<byte> message, ushort code, string reason)
    {
        peer.TrySend(FrameKind.Text, message);
        peer.Close(code, reason);
        return false;
    }

    private async Task<Goodbye> ReadAsync(PipeReader input, PeerSocket peer)
    {
        var frames = new FrameReader(_maxMessage);
        var goodbye = Goodbye.Expected;
        var fullAt = 0L;
        try
        {
            while (true)
            {
                var result = await input.ReadAsync(CancellationToken.None);
                var buffer = result.Buffer;
                var goesOn = !result.IsCanceled && Take(peer, frames, ref buffer, ref fullAt, ref goodbye);
                input.AdvanceTo(buffer.Start, goesOn ? buffer.End : buffer.Start);
                if (result.IsCompleted)
                    return Goodbye.Said;
                if (!goesOn || peer.IsClosed)
                    return goodbye;
            }
        }
        finally
        {
            frames.Release();
        }
    }

    // Everything whole that is there. False when nothing more is to be read.
    private bool Take(PeerSocket peer, FrameReader frames, ref ReadOnlySequence<byte> buffer, ref long fullAt, ref Goodbye goodbye)
    {
        while (true)
        {
            var incoming = frames.Read(ref buffer, out var payload);
            if (incoming == Incoming.Incomplete)
                return true;
            var now = time.GetTimestamp();
            peer.LastHeard = now;
            if (IsTooMuch(now, ref fullAt))
            {
                hub.Figures.CountFlood();
                log.LogDebug("{Peer} sends too many messages", peer.Id);
                return Dismiss(peer, SignalWriter.Error("Too many messages in a short time"), CloseCode.Policy, "too many messages");
            }
            switch (incoming)
            {
                case Incoming.Message:
                    hub.Receive(peer, payload);
                    break;
                case Incoming.Ping:
                    peer.TrySend(FrameKind.Pong, payload);
                    break;
                case Incoming.Close:
                    peer.Close(frames.CloseWith, "");
                    goodbye = Goodbye.Said;
                    return false;
                case Incoming.Fault:
                    goodbye = Goodbye.Unreadable;
                    return Fault(peer, frames.CloseWith);
            }
        }
    }

    private bool Fault(PeerSocket peer, ushort code)
    {
        hub.Figures.CountFault(code);
        if (code == CloseCode.TooLarge)
            return Dismiss(peer, SignalWriter.Error($"A message may have at most {_maxMessage} bytes"), code, "too large");
        peer.Close(code, "");
        return false;
    }

    // The generic cell rate algorithm, as in TokenBuckets, with its one number on the stack of the reading loop.
    private bool IsTooMuch(long now, ref long fullAt)
    {
        fullAt = Math.Max(fullAt, now) + _interval;
        return fullAt - now > _interval * (settings.Value.MessagesPerSecond * Burst);
    }

    // Reads on until the client has said goodbye too: a connection that is closed with bytes unread takes the last words with it.
    private async Task PartAsync(PipeReader input, bool isReadable, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(Parting, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        var frames = new FrameReader(_maxMessage);
        try
        {
            while (true)
            {
                var result = await input.ReadAsync(either.Token);
                var buffer = result.Buffer;
                var isOver = result.IsCompleted;
                for (var incoming = Incoming.Message; isReadable && !isOver && incoming != Incoming.Incomplete;)
                {
                    incoming = frames.Read(ref buffer, out _);
                    isReadable = incoming != Incoming.Fault;
                    isOver = incoming == Incoming.Close;
                }
                input.AdvanceTo(isReadable ? buffer.Start : result.Buffer.End, result.Buffer.End);
                if (isOver)
                    return;
            }
        }
        finally
        {
            frames.Release();
        }
    }

    private enum Goodbye
    {
        /// <summary>The client closed; nothing more comes.</summary>
        Said,

        /// <summary>This side closed; the client's answer is still to come.</summary>
        Expected,

        /// <summary>The same, but what the client sends cannot be told apart any more.</summary>
        Unreadable,
    }
}
