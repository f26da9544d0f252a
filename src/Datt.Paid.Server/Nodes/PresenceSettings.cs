namespace Datt.Paid.Server.Nodes;

/// <summary><c>Datt:Nodes</c>: sockets by which nodes are present.</summary>
public sealed class PresenceSettings
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Datt:Nodes";

    /// <summary>Between two pings to an open socket. A node that is not heard of for two and a half times as long is offline.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Most sockets in all.</summary>
    public int Sockets { get; set; } = 15_000;

    /// <summary>Most sockets of one account.</summary>
    public int SocketsPerAccount { get; set; } = 2_000;

    /// <summary>Most sockets of one address (IPv4, IPv6 /64).</summary>
    public int SocketsPerAddress { get; set; } = 1_000;

    internal TimeSpan OfflineAfter => PingInterval * 2.5;

    public IEnumerable<string> Errors()
    {
        if (PingInterval < TimeSpan.FromSeconds(0.5) || PingInterval > TimeSpan.FromMinutes(1))
            yield return $"{Section}:PingInterval is {PingInterval}; it must be from 00:00:00.5 to 00:01:00.";
        foreach (var (name, value) in new[] { (nameof(Sockets), Sockets), (nameof(SocketsPerAccount), SocketsPerAccount), (nameof(SocketsPerAddress), SocketsPerAddress) })
        {
            if (value is < 0 or > 1_000_000)
                yield return $"{Section}:{name} is {value}; it must be from 0 to 1000000.";
        }
    }
}
