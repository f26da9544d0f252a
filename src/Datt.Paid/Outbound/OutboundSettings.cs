using System.Net;

namespace Datt.Paid.Outbound;

/// <summary>How addresses that come from strangers are called.</summary>
public sealed record OutboundSettings
{
    /// <summary>Loopback, private and link-local addresses may be called, and plain http used for what is not public (tests, LANs).</summary>
    public bool AllowPrivateAddresses { get; init; }

    /// <summary>All addresses of a host name. Asked once for each connection.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = Dns.GetHostAddressesAsync;
}
