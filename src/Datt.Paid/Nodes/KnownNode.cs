namespace Datt.Paid.Nodes;

/// <summary>A node that used this server at least once. Safe to read from any thread.</summary>
public sealed class KnownNode
{
    private sealed record Stay(NodeEndpoints Endpoints, string? Kind, long Until);

    private Stay? _stay;
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

    /// <summary>Last heartbeat or announce.</summary>
    public DateTimeOffset LastSeen => DateTimeOffset.FromUnixTimeMilliseconds(Interlocked.Read(ref _lastSeen));

    /// <summary>Whether the node is present, and where.</summary>
    public bool IsOnline(DateTimeOffset now, out NodeEndpoints endpoints)
    {
        var stay = Volatile.Read(ref _stay);
        var online = stay is not null && stay.Until > now.ToUnixTimeMilliseconds();
        endpoints = online ? stay!.Endpoints : NodeEndpoints.None;
        return online;
    }

    /// <summary>What the node says it is, while it is present.</summary>
    public string? Kind => Volatile.Read(ref _stay)?.Kind;

    internal void Stays(NodeEndpoints endpoints, string? kind, TimeSpan ttl, DateTimeOffset now)
    {
        Volatile.Write(ref _stay, new Stay(endpoints, kind, (now + ttl).ToUnixTimeMilliseconds()));
        Seen(now);
    }

    internal void Leaves(DateTimeOffset now)
    {
        Volatile.Write(ref _stay, null);
        Seen(now);
    }

    internal void Seen(DateTimeOffset now)
    {
        Interlocked.Exchange(ref _lastSeen, now.ToUnixTimeMilliseconds());
        Volatile.Write(ref _unsaved, 1);
    }

    /// <summary>Frees what an expired presence holds.</summary>
    internal void Expire(DateTimeOffset now)
    {
        var stay = Volatile.Read(ref _stay);
        if (stay is not null && stay.Until <= now.ToUnixTimeMilliseconds())
            Interlocked.CompareExchange(ref _stay, null, stay);
    }

    /// <summary>True once after every change of <see cref="LastSeen"/>.</summary>
    internal bool TakeUnsaved() => Interlocked.Exchange(ref _unsaved, 0) == 1;

    internal void MarkUnsaved() => Volatile.Write(ref _unsaved, 1);
}
