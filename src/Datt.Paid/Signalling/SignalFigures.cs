using Datt.Paid.WebSockets;

namespace Datt.Paid.Signalling;

/// <summary>What the signalling did since the start, for operators.</summary>
public sealed class SignalFigures
{
    private long _opened;
    private long _taken;
    private long _refused;
    private long _relayed;
    private long _expired;
    private long _dropped;
    private long _ignored;
    private long _silent;
    private long _floods;
    private long _tooLarge;
    private long _broken;
    private long _forwarded;
    private long _forged;

    /// <summary>Ids that were opened.</summary>
    public long OpenedCount => Interlocked.Read(ref _opened);

    /// <summary>Attempts to open an id that somebody else has.</summary>
    public long TakenCount => Interlocked.Read(ref _taken);

    /// <summary>Attempts to open an id that were refused for another reason.</summary>
    public long RefusedCount => Interlocked.Read(ref _refused);

    /// <summary>Messages that reached their peer.</summary>
    public long RelayedCount => Interlocked.Read(ref _relayed);

    /// <summary>Times that a caller was told that a peer is not there.</summary>
    public long ExpiredCount => Interlocked.Read(ref _expired);

    /// <summary>Messages for which there was no room to wait.</summary>
    public long DroppedCount => Interlocked.Read(ref _dropped);

    /// <summary>Messages that are none of the protocol.</summary>
    public long IgnoredCount => Interlocked.Read(ref _ignored);

    /// <summary>Sockets closed because nothing came from them.</summary>
    public long SilentCount => Interlocked.Read(ref _silent);

    /// <summary>Sockets closed because they sent too often.</summary>
    public long FloodCount => Interlocked.Read(ref _floods);

    /// <summary>Sockets closed because of a message beyond the limit.</summary>
    public long TooLargeCount => Interlocked.Read(ref _tooLarge);

    /// <summary>Sockets closed because what came is no WebSocket traffic.</summary>
    public long BrokenCount => Interlocked.Read(ref _broken);

    /// <summary>Messages that another server delivered to its peer.</summary>
    public long ForwardedCount => Interlocked.Read(ref _forwarded);

    /// <summary>Messages of other servers in the name of a peer that is not theirs.</summary>
    public long ForgedCount => Interlocked.Read(ref _forged);

    /// <summary>Everything refused, by a word for the reason that programs may rely on.</summary>
    public IReadOnlyList<(string Reason, long Count)> Refusals =>
    [
        ("taken", TakenCount), ("refused", RefusedCount), ("flood", FloodCount), ("tooLarge", TooLargeCount), ("broken", BrokenCount),
        ("silent", SilentCount), ("ignored", IgnoredCount), ("dropped", DroppedCount), ("forged", ForgedCount),
    ];

    public void CountFlood() => Interlocked.Increment(ref _floods);

    public void CountRefused() => Interlocked.Increment(ref _refused);

    public void CountTaken() => Interlocked.Increment(ref _taken);

    /// <summary>A client broke the framing; counted by the code that it was closed with.</summary>
    public void CountFault(ushort code) => Interlocked.Increment(ref code == CloseCode.TooLarge ? ref _tooLarge : ref _broken);

    internal void Opened(OpenOutcome outcome)
    {
        if (outcome == OpenOutcome.Opened)
            Interlocked.Increment(ref _opened);
        else if (outcome == OpenOutcome.Taken)
            Interlocked.Increment(ref _taken);
        else
            Interlocked.Increment(ref _refused);
    }

    internal void CountRelayed() => Interlocked.Increment(ref _relayed);

    internal void CountForwarded() => Interlocked.Increment(ref _forwarded);

    internal void CountForged() => Interlocked.Increment(ref _forged);

    internal void CountExpired() => Interlocked.Increment(ref _expired);

    internal void CountDropped() => Interlocked.Increment(ref _dropped);

    internal void CountIgnored() => Interlocked.Increment(ref _ignored);

    internal void CountSilent() => Interlocked.Increment(ref _silent);
}
