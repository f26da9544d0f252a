using System.Collections.Concurrent;
using Datt.Paid.WebSockets;

namespace Datt.Paid.Signalling;

/// <summary>How opening an id ended.</summary>
public enum OpenOutcome
{
    Opened,

    /// <summary>Another holder has the id, and showed another token.</summary>
    Taken,

    /// <summary>The server has as many peers as it takes.</summary>
    Full,
}

/// <summary>Bounds of the signalling of one server.</summary>
public sealed record SignalBounds
{
    /// <summary>Most peers that are open at a time.</summary>
    public int MaxPeers { get; init; } = 16_000;

    /// <summary>How long a message waits for a peer that is not there.</summary>
    public TimeSpan WaitFor { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a client may be silent. PeerJS clients send something every five seconds.</summary>
    public TimeSpan SilenceAfter { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>The peers that are open here, and the messages between them. Sending takes no lock but the receiver's.</summary>
public sealed class SignalHub
{
    // Peers asked for again in one sweep; a caller waits for one or two.
    private const int MaxSeeks = 500;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, PeerSocket> _peers = new(StringComparer.Ordinal);
    private readonly WaitingSignals _waiting;
    private readonly SignalBounds _bounds;
    private readonly TimeProvider _time;
    private long _lookedAt;

    public SignalHub(SignalBounds bounds, TimeProvider time)
    {
        _bounds = bounds;
        _time = time;
        _waiting = new WaitingSignals(bounds.WaitFor, time);
    }

    /// <summary>What happened so far.</summary>
    public SignalFigures Figures { get; } = new();

    /// <summary>The way to peers at other servers; null where there are none.</summary>
    public SignalRelay? Relay { get; set; }

    /// <summary>Whether a caller may have other servers asked for one more peer. Asked where nothing waits for that peer yet.</summary>
    public Func<UInt128, bool> MaySeek { get; set; } = _ => true;

    /// <summary>Peers that are open.</summary>
    public int Count => _peers.Count;

    /// <summary>Messages that wait for peers that are not there.</summary>
    public int Waiting => _waiting.Count;

    public bool IsOpen(string id) => _peers.TryGetValue(id, out var peer) && !peer.IsClosed;

    /// <summary>Ids by ordinal order, those after <paramref name="after"/>.</summary>
    public IReadOnlyList<string> List(string? after, int limit) =>
        [.. _peers.Keys.Where(id => after is null || string.CompareOrdinal(id, after) > 0).Order(StringComparer.Ordinal).Take(limit)];

    /// <summary>Opens an id: says OPEN, then what waited for it. Whoever shows the same token again takes the id over.</summary>
    public OpenOutcome Open(PeerSocket peer)
    {
        peer.LastHeard = _time.GetTimestamp();
        PeerSocket? former = null;
        var outcome = OpenOutcome.Opened;
        peer.WhileAlone(() => outcome = Take(peer, out former));
        former?.Close(CloseCode.Normal, "taken over");
        Figures.Opened(outcome);
        return outcome;
    }

    /// <summary>The socket is gone, or its client said that it leaves.</summary>
    public void Leave(PeerSocket peer)
    {
        peer.Abandon();
        _peers.TryRemove(new KeyValuePair<string, PeerSocket>(peer.Id, peer));
    }

    /// <summary>A whole message of a client.</summary>
    public void Receive(PeerSocket from, ReadOnlySpan<byte> message)
    {
        if (!SignalText.TryRead(message, out var text) || text.Kind == SignalKind.Unknown)
        {
            Figures.CountIgnored();
            return;
        }
        if (text.Kind == SignalKind.Heartbeat)
            return;
        if (text.Dst is { } dst)
            Send(from, text.Kind, dst, text.Payload);
        else if (text.Kind == SignalKind.Leave)
            from.Close(CloseCode.Normal, "left");
        else
            Figures.CountIgnored();
    }

    /// <summary>Answers messages whose time is over; closes sockets that are silent, and now and then those that may not stay.</summary>
    public void Sweep(Func<PeerSocket, bool> mayStay)
    {
        foreach (var (src, dst) in _waiting.TakeExpired())
            Expire(src, dst);
        foreach (var dst in _waiting.Receivers(MaxSeeks))
            Relay?.Seek(dst);
        if (_time.GetElapsedTime(_lookedAt) < LookEvery)
            return;
        _lookedAt = _time.GetTimestamp();
        foreach (var (_, peer) in _peers)
        {
            // It was told, and its client takes its time to answer.
            if (peer.IsClosed)
                continue;
            if (_time.GetElapsedTime(peer.LastHeard) >= _bounds.SilenceAfter)
            {
                Figures.CountSilent();
                peer.Close(CloseCode.GoingAway, "no heartbeat");
            }
            else if (!mayStay(peer))
                peer.Close(CloseCode.Policy, "the key was revoked");
        }
    }

    /// <summary>Says goodbye to everybody.</summary>
    public void CloseAll()
    {
        foreach (var (_, peer) in _peers)
            peer.Close(CloseCode.GoingAway, "the server stops");
    }

    /// <summary>A message from another server for a peer of this one. False where that is not open.</summary>
    internal bool TryDeliver(WaitingSignal signal)
    {
        if (!_peers.TryGetValue(signal.Dst, out var there) || !there.TrySend(signal.Kind, signal.Src, signal.Dst, signal.Payload))
            return false;
        Figures.CountRelayed();
        return true;
    }

    /// <summary>Takes what waits for a peer, to send it elsewhere.</summary>
    internal IReadOnlyList<WaitingSignal> TakeWaiting(string dst) => _waiting.Take(dst);

    /// <summary>A message that another server did not deliver: it waits once more, since the peer may have moved; then its sender is told.</summary>
    internal void Bounce(WaitingSignal signal)
    {
        if (!IsWorthWaiting(signal.Kind))
            return;
        if (!signal.IsBounced)
            Wait(signal with { IsBounced = true });
        else
            Expire(signal.Src, signal.Dst);
    }

    private void Send(PeerSocket from, SignalKind kind, string dst, ReadOnlySpan<byte> payload)
    {
        var src = from.Id;
        // A call that goes elsewhere stays there, also when its name is opened here meanwhile. A new one prefers who is here.
        if (kind != SignalKind.Offer && Relay?.TryForwardCall(kind, src, dst, payload) == true)
            return;
        if (_peers.TryGetValue(dst, out var there) && there.TrySend(kind, src, dst, payload))
        {
            Figures.CountRelayed();
            if (kind == SignalKind.Offer)
                Relay?.CallsHere(src, dst);
            return;
        }
        var signal = new WaitingSignal(kind, src, dst, payload.ToArray());
        if (Relay?.TryForward(signal) == true || !IsWorthWaiting(kind))
            return;
        if (Relay is not null && !_waiting.IsWaitedFor(dst) && !MaySeek(from.Caller))
        {
            Expire(src, dst);
            return;
        }
        Wait(signal);
        Relay?.Seek(dst);
    }

    private void Wait(WaitingSignal signal)
    {
        if (!_waiting.Add(signal))
        {
            Figures.CountDropped();
            return;
        }
        // It came while this message was put down.
        if (_peers.TryGetValue(signal.Dst, out var there))
            Deliver(there);
    }

    private void Expire(string src, string dst)
    {
        Figures.CountExpired();
        if (_peers.TryGetValue(src, out var peer))
            peer.TrySend(SignalKind.Expire, dst, src, []);
    }

    private static bool IsWorthWaiting(SignalKind kind) => kind is not (SignalKind.Leave or SignalKind.Expire);

    private OpenOutcome Take(PeerSocket peer, out PeerSocket? former)
    {
        while (true)
        {
            former = null;
            if (_peers.TryGetValue(peer.Id, out var there))
            {
                if (!there.IsClosed && there.Token != peer.Token && !(peer.IsBound && !there.IsBound))
                    return OpenOutcome.Taken;
                if (!_peers.TryUpdate(peer.Id, peer, there))
                    continue;
                former = there;
            }
            else if (_peers.Count >= _bounds.MaxPeers)
                return OpenOutcome.Full;
            else if (!_peers.TryAdd(peer.Id, peer))
                continue;
            peer.TrySend(FrameKind.Text, SignalWriter.Open);
            Deliver(peer);
            return OpenOutcome.Opened;
        }
    }

    private void Deliver(PeerSocket peer)
    {
        foreach (var signal in _waiting.Take(peer.Id))
        {
            if (peer.TrySend(signal.Kind, signal.Src, signal.Dst, signal.Payload))
                Figures.CountRelayed();
        }
    }
}
