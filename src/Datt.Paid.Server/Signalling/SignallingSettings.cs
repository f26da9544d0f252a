using Datt.Paid.Signalling;

namespace Datt.Paid.Server.Signalling;

/// <summary><c>Datt:Signalling</c>: the PeerJS side.</summary>
public sealed class SignallingSettings
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Datt:Signalling";

    /// <summary>Whether anybody may list the peers that are open (<c>GET /peerjs/peers</c>).</summary>
    public bool ListPeers { get; set; } = true;

    /// <summary>Most peers open at a time.</summary>
    public int MaxPeers { get; set; } = 16_000;

    /// <summary>Most peers open at a time for one API key, or for one address (IPv4, IPv6 /64) without one. 0: no such limit.</summary>
    public int MaxPeersPerCaller { get; set; } = 1_000;

    /// <summary>Largest message, in bytes. An offer takes a few thousand.</summary>
    public int MaxMessageBytes { get; set; } = 64 * 1_024;

    /// <summary>Messages that one socket may send in a second on the whole, in bursts of ten times that. <c>Datt:Limits</c> switches it off too.</summary>
    public int MessagesPerSecond { get; set; } = 50;

    /// <summary>A socket that is silent for so long is closed.</summary>
    public TimeSpan SilenceAfter { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a message waits for a peer that is not there, before its sender is told.</summary>
    public TimeSpan WaitFor { get; set; } = TimeSpan.FromSeconds(5);

    internal SignalBounds Bounds => new() { MaxPeers = MaxPeers, WaitFor = WaitFor, SilenceAfter = SilenceAfter };

    public IEnumerable<string> Errors()
    {
        if (MaxPeers is < 0 or > 100_000)
            yield return $"{Section}:MaxPeers is {MaxPeers}; it must be from 0 to 100000.";
        if (MaxPeersPerCaller is < 0 or > 100_000)
            yield return $"{Section}:MaxPeersPerCaller is {MaxPeersPerCaller}; it must be from 0 (no limit) to 100000.";
        if (MaxMessageBytes is < 4_096 or > 1_000_000)
            yield return $"{Section}:MaxMessageBytes is {MaxMessageBytes}; it must be from 4096 to 1000000.";
        if (MessagesPerSecond is < 1 or > 100_000)
            yield return $"{Section}:MessagesPerSecond is {MessagesPerSecond}; it must be from 1 to 100000.";
        if (SilenceAfter < TimeSpan.FromSeconds(1) || SilenceAfter > TimeSpan.FromHours(1))
            yield return $"{Section}:SilenceAfter is {SilenceAfter}; it must be from 00:00:01 to 01:00:00.";
        if (WaitFor < TimeSpan.FromMilliseconds(100) || WaitFor > TimeSpan.FromMinutes(1))
            yield return $"{Section}:WaitFor is {WaitFor}; it must be from 00:00:00.100 to 00:01:00.";
    }
}
