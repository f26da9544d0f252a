using Datt.Paid.Pricing;

namespace Datt.Paid.Pages.Portal;

/// <summary>What the pages know only from the server they are part of.</summary>
public sealed class PortalHost
{
    /// <summary>Name of the server, as its operator chose it.</summary>
    public required Func<string> Name { get; init; }

    /// <summary>Base URL under which others reach it, without a slash at the end.</summary>
    public required Func<string> Address { get; init; }

    /// <summary>What the index covers now.</summary>
    public required Func<Coverage> Coverage { get; init; }

    /// <summary>Id of the server.</summary>
    public required string ServerId { get; init; }

    /// <summary>Whether one more account may be opened from an address (IPv4, or IPv6 by its /64 network) now; else how long to wait.</summary>
    public required Func<System.Net.IPAddress?, TimeSpan?> RefuseNewAccount { get; init; }
}
