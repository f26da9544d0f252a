using System.Net;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Hosting;

/// <summary>Where a connection comes from, for what is served below HTTP: by the rules of <see cref="Kestrel.UseTrustedProxies"/>.</summary>
public sealed class TrustedProxies
{
    private readonly List<IPNetwork> _networks = [];
    private readonly int _limit;

    public TrustedProxies(IOptions<ServerSettings> settings)
    {
        foreach (var proxy in settings.Value.TrustedProxies)
            _networks.Add(IPAddress.TryParse(proxy, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8) : IPNetwork.Parse(proxy));
        _limit = _networks.Count;
    }

    /// <summary>The first address, seen from here, that no trusted proxy stands for.</summary>
    /// <param name="remote">The other end of the connection.</param>
    /// <param name="forwardedFor">What <c>X-Forwarded-For</c> says; the proxy next to us wrote the last entry.</param>
    public IPAddress? ClientOf(IPAddress? remote, string? forwardedFor)
    {
        if (_limit == 0 || remote is null || string.IsNullOrEmpty(forwardedFor))
            return remote;
        var entries = forwardedFor.Split(',', StringSplitOptions.TrimEntries);
        for (var i = entries.Length - 1; i >= 0 && entries.Length - i <= _limit && IsTrusted(remote); i--)
        {
            if (!IPEndPoint.TryParse(entries[i], out var client))
                break;
            remote = client.Address;
        }
        return remote;
    }

    private bool IsTrusted(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return _networks.Exists(network => network.Contains(address));
    }
}
