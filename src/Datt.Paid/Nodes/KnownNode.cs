using System.Diagnostics.CodeAnalysis;

namespace Datt.Paid.Nodes;

/// <summary>A node that used this server at least once. Safe to read from any thread; only <see cref="NodeRegistry"/> changes it.</summary>
public sealed class KnownNode
{
    private const long SightKept = 600_000;

    private Stay? _beat;
    private PresenceLease? _lease;
    private long _lastSeen;
    private int _unsaved;

    internal KnownNode(string nodeId, string accountId, long lastSeen)
    {
        NodeId = nodeId;
        AccountId = accountId;
        _lastSeen = lastSeen;
    }

    public string NodeId { get; }

    /// <summary>The account that used the node's name first; no other may.</summary>
    public string AccountId { get; }

    /// <summary>Last heartbeat, announce, or sign of life on its socket.</summary>
    public DateTimeOffset LastSeen
    {
        get
        {
            var seen = Interlocked.Read(ref _lastSeen);
            return DateTimeOffset.FromUnixTimeMilliseconds(Volatile.Read(ref _lease) is { } lease ? Math.Max(seen, lease.Stay.Heard) : seen);
        }
    }

    /// <summary>What the node says it is, while it is present.</summary>
    public string? Kind => (Volatile.Read(ref _lease)?.Stay ?? Volatile.Read(ref _beat))?.Kind;

    /// <summary>Number of the newest change that others see; 0 before the first.</summary>
    internal long Version { get; set; }

    /// <summary>What others were told last; null where they were told that it is not present.</summary>
    internal Stay? Noted { get; set; }

    /// <summary>Whether the node is present, and where.</summary>
    public bool IsOnline(DateTimeOffset now, out NodeEndpoints endpoints)
    {
        var online = TryGetStay(now, out var stay);
        endpoints = online ? stay!.Endpoints : NodeEndpoints.None;
        return online;
    }

    /// <summary>What it said last of what holds now.</summary>
    internal bool TryGetStay(DateTimeOffset now, [NotNullWhen(true)] out Stay? stay)
    {
        var lease = Volatile.Read(ref _lease)?.Stay;
        var beat = Volatile.Read(ref _beat);
        stay = lease is not null && lease.Covers(now) && (beat is null || !beat.Covers(now) || lease.Said >= beat.Said) ? lease : beat;
        return stay is not null && stay.Covers(now);
    }

    internal void Stays(Stay beat)
    {
        Volatile.Write(ref _beat, beat);
        Seen(beat.Heard);
    }

    /// <summary>The socket's word replaces that of earlier heartbeats and sockets.</summary>
    internal void Leases(PresenceLease lease)
    {
        Volatile.Write(ref _lease, lease);
        Volatile.Write(ref _beat, null);
        Seen(lease.Stay.Heard);
    }

    internal bool IsLeasedBy(PresenceLease lease) => ReferenceEquals(Volatile.Read(ref _lease), lease);

    internal void Ends(PresenceLease lease)
    {
        Seen(lease.Stay.Heard);
        Volatile.Write(ref _lease, null);
    }

    internal void Leaves(DateTimeOffset now)
    {
        Volatile.Write(ref _lease, null);
        Volatile.Write(ref _beat, null);
        Seen(now.ToUnixTimeMilliseconds());
    }

    internal void Seen(long milliseconds)
    {
        Interlocked.Exchange(ref _lastSeen, milliseconds);
        Volatile.Write(ref _unsaved, 1);
    }

    /// <summary>Frees what an expired heartbeat holds, and shortens what a clock that was set back made longer than its length.</summary>
    internal void Tidy(DateTimeOffset now)
    {
        if (_beat is { } beat)
        {
            beat.Bound(now);
            if (!beat.Covers(now))
                Volatile.Write(ref _beat, null);
        }
        if (_lease?.Stay is { } lease)
        {
            lease.Bound(now);
            // Not with each sign of life, because every sight that is kept is written to the database.
            if (lease.Heard - Interlocked.Read(ref _lastSeen) > SightKept)
                Seen(lease.Heard);
        }
    }

    /// <summary>True once after every change of <see cref="LastSeen"/> that is to be kept.</summary>
    internal bool TakeUnsaved() => Interlocked.Exchange(ref _unsaved, 0) == 1;

    internal void MarkUnsaved() => Volatile.Write(ref _unsaved, 1);
}

/// <summary>What a node said of itself, and until when that holds. Times are Unix milliseconds.</summary>
internal sealed class Stay(NodeEndpoints endpoints, string? kind, TimeSpan length, DateTimeOffset now)
{
    private readonly long _length = (long)length.TotalMilliseconds;
    private long _heard = now.ToUnixTimeMilliseconds();

    public NodeEndpoints Endpoints { get; } = endpoints;

    public string? Kind { get; } = kind;

    public long Said { get; } = now.ToUnixTimeMilliseconds();

    public long Heard => Interlocked.Read(ref _heard);

    public bool Covers(DateTimeOffset now) => Heard + _length > now.ToUnixTimeMilliseconds();

    public void Renew(DateTimeOffset now) => Interlocked.Exchange(ref _heard, now.ToUnixTimeMilliseconds());

    public void Bound(DateTimeOffset now)
    {
        if (Heard > now.ToUnixTimeMilliseconds())
            Renew(now);
    }

    public bool SaysAs(Stay other) => Kind == other.Kind && Endpoints.Json.SequenceEqual(other.Endpoints.Json);
}

/// <summary>The presence of a node by an open socket: it holds while it is renewed, and its end ends no other.</summary>
public sealed class PresenceLease
{
    private Stay _stay;

    internal PresenceLease(KnownNode node, Stay stay, TimeSpan length)
    {
        Node = node;
        Length = length;
        _stay = stay;
    }

    internal KnownNode Node { get; }

    internal TimeSpan Length { get; }

    internal Stay Stay
    {
        get => Volatile.Read(ref _stay);
        set => Volatile.Write(ref _stay, value);
    }
}
