using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Datt.Paid.Cli.Sharing;

/// <summary>Where a node listens, and what it tells others about that.</summary>
public static class ListenAddress
{
    private const int MaxEndpoints = 8;

    /// <summary><c>host:port</c>, <c>:port</c> (all addresses) or <c>port</c> (this machine only); port 0 takes a free one. Null for anything else.</summary>
    public static IPEndPoint? Parse(string text)
    {
        if (ushort.TryParse(text, out var only))
        {
            return new IPEndPoint(IPAddress.Loopback, only);
        }

        if (text.StartsWith(':') && ushort.TryParse(text[1..], out var any))
        {
            return new IPEndPoint(IPAddress.Any, any);
        }

        var named = text.StartsWith("localhost:", StringComparison.OrdinalIgnoreCase) ? "127.0.0.1" + text["localhost".Length..] : text;
        return named.LastIndexOf(':') > named.LastIndexOf(']') && IPEndPoint.TryParse(named, out var address) ? address : null;
    }

    /// <summary>What others can call: the addresses of this machine's networks where the node listens on all of them.</summary>
    public static IReadOnlyList<string> Endpoints(IPEndPoint bound)
    {
        if (!bound.Address.Equals(IPAddress.Any) && !bound.Address.Equals(IPAddress.IPv6Any))
        {
            return [$"http://{bound}"];
        }

        var addresses = NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus == OperationalStatus.Up && i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(a => a.Address)
            .Where(a => a.AddressFamily == AddressFamily.InterNetwork
                || (bound.AddressFamily == AddressFamily.InterNetworkV6 && a is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv6LinkLocal: false }))
            .Take(MaxEndpoints).ToList();
        return [.. addresses.DefaultIfEmpty(IPAddress.Loopback).Select(a => $"http://{new IPEndPoint(a, bound.Port)}")];
    }
}
