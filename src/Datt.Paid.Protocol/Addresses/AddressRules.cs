using System.Net;
using System.Net.Sockets;

namespace Datt.Paid.Protocol.Addresses;

/// <summary>What an IP address stands for, as far as it matters to somebody who is told to connect to it.</summary>
public enum AddressKind
{
    /// <summary>Anywhere on the Internet.</summary>
    Public,
    Unspecified,
    Loopback,

    /// <summary>A private network (RFC 1918, RFC 4193), also behind a carrier's translation (RFC 6598).</summary>
    Private,
    LinkLocal,

    /// <summary>Where clouds give their machines secrets.</summary>
    Metadata,
    Multicast,
    Broadcast,
    Documentation,

    /// <summary>An IPv4 address in an IPv6 one, for a machine in between to unpack: 6to4, Teredo, ISATAP and their like.</summary>
    Tunnel,

    /// <summary>Nothing that is reached from elsewhere has it.</summary>
    Reserved,
}

/// <summary>
/// Which addresses a server may connect to at a stranger's word. After IANA's registries of special-purpose addresses (RFC 6890); in IPv6
/// everything outside the global unicast space is refused, whatever it will be used for. Pure.
/// </summary>
public static class AddressRules
{
    /// <summary>The first network that contains an address decides.</summary>
    private static readonly (IPNetwork Network, AddressKind Kind)[] Special =
    [
        .. Networks(AddressKind.Metadata, "169.254.169.254/32", "169.254.170.0/24", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32", "fd00:ec2::/32", "fd20:ce::254/128"),
        .. Networks(AddressKind.Broadcast, "255.255.255.255/32"),
        .. Networks(AddressKind.Unspecified, "0.0.0.0/8", "::/128"),
        .. Networks(AddressKind.Loopback, "127.0.0.0/8", "::1/128"),
        .. Networks(AddressKind.Private, "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10"),
        .. Networks(AddressKind.LinkLocal, "169.254.0.0/16", "fe80::/10"),
        .. Networks(AddressKind.Multicast, "224.0.0.0/4", "ff00::/8"),
        .. Networks(AddressKind.Documentation, "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
        // 2001::/23 is the space of protocol assignments, Teredo among them. ::/96 and ::ffff:0:0:0/96 are the older embeddings.
        .. Networks(AddressKind.Tunnel, "192.88.99.0/24", "2002::/16", "2001::/32", "64:ff9b:1::/48", "::ffff:0:0:0/96", "::/96"),
        .. Networks(AddressKind.Reserved, "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4", "2001::/23"),
    ];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>What the address stands for. An IPv4 address in mapped form or behind NAT64 (RFC 6052) is judged as itself.</summary>
    public static AddressKind Judge(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return Judge(address.MapToIPv4());
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            var bytes = address.GetAddressBytes();
            if (Nat64.Contains(new IPAddress(bytes)))
                return Judge(new IPAddress(bytes.AsSpan(12)));
            address = new IPAddress(bytes); // without the scope, which is no part of any network
        }
        else if (address.AddressFamily != AddressFamily.InterNetwork)
            return AddressKind.Reserved;
        foreach (var (network, kind) in Special)
        {
            if (network.Contains(address))
                return kind;
        }
        if (address.AddressFamily == AddressFamily.InterNetwork)
            return AddressKind.Public;
        return !GlobalUnicast.Contains(address) ? AddressKind.Reserved : IsIsatap(address) ? AddressKind.Tunnel : AddressKind.Public;
    }

    /// <param name="allowPrivate">Lets loopback, link-local and private addresses pass. The rest is of use to nobody, or a place of secrets.</param>
    public static bool Allows(AddressKind kind, bool allowPrivate) => kind switch
    {
        AddressKind.Public => true,
        AddressKind.Loopback or AddressKind.Private or AddressKind.LinkLocal => allowPrivate,
        _ => false,
    };

    /// <summary>RFC 5214: the lower half is ::0:5efe:a.b.c.d or ::200:5efe:a.b.c.d.</summary>
    private static bool IsIsatap(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address.TryWriteBytes(bytes, out _) && (bytes[8] & ~0x02) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe;
    }

    private static IEnumerable<(IPNetwork, AddressKind)> Networks(AddressKind kind, params IEnumerable<string> networks) =>
        networks.Select(network => (IPNetwork.Parse(network), kind));
}
