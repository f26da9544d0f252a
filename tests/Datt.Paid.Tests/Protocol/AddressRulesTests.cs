using System.Net;
using Datt.Paid.Protocol.Addresses;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Protocol;

public class AddressRulesTests
{
    [Theory]
    [InlineData("0.0.0.0", AddressKind.Unspecified)]
    [InlineData("0.255.255.255", AddressKind.Unspecified)]
    [InlineData("10.0.0.0", AddressKind.Private)]
    [InlineData("10.255.255.255", AddressKind.Private)]
    [InlineData("100.64.0.0", AddressKind.Private)]
    [InlineData("100.127.255.255", AddressKind.Private)]
    [InlineData("100.100.100.200", AddressKind.Metadata)]
    [InlineData("127.0.0.1", AddressKind.Loopback)]
    [InlineData("127.255.255.255", AddressKind.Loopback)]
    [InlineData("169.254.0.1", AddressKind.LinkLocal)]
    [InlineData("169.254.169.254", AddressKind.Metadata)]
    [InlineData("169.254.170.2", AddressKind.Metadata)]
    [InlineData("168.63.129.16", AddressKind.Metadata)]
    [InlineData("172.16.0.0", AddressKind.Private)]
    [InlineData("172.31.255.255", AddressKind.Private)]
    [InlineData("192.0.0.1", AddressKind.Reserved)]
    [InlineData("192.0.0.192", AddressKind.Metadata)]
    [InlineData("192.0.2.1", AddressKind.Documentation)]
    [InlineData("192.88.99.1", AddressKind.Tunnel)]
    [InlineData("192.168.0.0", AddressKind.Private)]
    [InlineData("192.168.255.255", AddressKind.Private)]
    [InlineData("198.18.0.0", AddressKind.Reserved)]
    [InlineData("198.19.255.255", AddressKind.Reserved)]
    [InlineData("198.51.100.7", AddressKind.Documentation)]
    [InlineData("203.0.113.7", AddressKind.Documentation)]
    [InlineData("224.0.0.1", AddressKind.Multicast)]
    [InlineData("239.255.255.255", AddressKind.Multicast)]
    [InlineData("240.0.0.1", AddressKind.Reserved)]
    [InlineData("255.255.255.254", AddressKind.Reserved)]
    [InlineData("255.255.255.255", AddressKind.Broadcast)]
    [InlineData("::", AddressKind.Unspecified)]
    [InlineData("::1", AddressKind.Loopback)]
    [InlineData("::8.8.8.8", AddressKind.Tunnel)]
    [InlineData("::ffff:0:8.8.8.8", AddressKind.Tunnel)]
    [InlineData("::ffff:10.0.0.1", AddressKind.Private)]
    [InlineData("::ffff:169.254.169.254", AddressKind.Metadata)]
    [InlineData("::ffff:8.8.8.8", AddressKind.Public)]
    [InlineData("64:ff9b::10.0.0.1", AddressKind.Private)]
    [InlineData("64:ff9b::8.8.8.8", AddressKind.Public)]
    [InlineData("64:ff9b:1::8.8.8.8", AddressKind.Tunnel)]
    [InlineData("100::1", AddressKind.Reserved)]
    [InlineData("2001::1", AddressKind.Tunnel)]
    [InlineData("2001:2::1", AddressKind.Reserved)]
    [InlineData("2001:10::1", AddressKind.Reserved)]
    [InlineData("2001:db8::1", AddressKind.Documentation)]
    [InlineData("3fff:fff::1", AddressKind.Documentation)]
    [InlineData("2002:a00:1::1", AddressKind.Tunnel)]
    [InlineData("2600::5efe:10.0.0.1", AddressKind.Tunnel)]
    [InlineData("2600::200:5efe:10.0.0.1", AddressKind.Tunnel)]
    [InlineData("5f00::1", AddressKind.Reserved)]
    [InlineData("fc00::1", AddressKind.Private)]
    [InlineData("fdff::1", AddressKind.Private)]
    [InlineData("fd00:ec2::254", AddressKind.Metadata)]
    [InlineData("fe80::1", AddressKind.LinkLocal)]
    [InlineData("fe80::1%3", AddressKind.LinkLocal)]
    [InlineData("febf::1", AddressKind.LinkLocal)]
    [InlineData("fec0::1", AddressKind.Private)]
    [InlineData("ff02::1", AddressKind.Multicast)]
    [InlineData("4000::1", AddressKind.Reserved)]
    public void Every_special_range_has_its_kind(string address, AddressKind kind) => Assert.Equal(kind, AddressRules.Judge(IPAddress.Parse(address)));

    [Theory]
    [InlineData("1.0.0.0")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("126.255.255.255")]
    [InlineData("128.0.0.0")]
    [InlineData("169.253.255.255")]
    [InlineData("169.255.0.0")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("191.255.255.255")]
    [InlineData("192.0.1.0")]
    [InlineData("192.0.3.0")]
    [InlineData("192.167.255.255")]
    [InlineData("192.169.0.0")]
    [InlineData("198.17.255.255")]
    [InlineData("198.20.0.0")]
    [InlineData("198.51.99.255")]
    [InlineData("198.51.101.0")]
    [InlineData("203.0.112.255")]
    [InlineData("203.0.114.0")]
    [InlineData("223.255.255.255")]
    [InlineData("2000::1")]
    [InlineData("2001:200::1")]
    [InlineData("2001:db7:ffff::1")]
    [InlineData("2001:db9::1")]
    [InlineData("2003::1")]
    [InlineData("2606:2800:220:1:248:1893:25c8:1946")]
    [InlineData("3ffe::1")]
    public void What_lies_beside_them_is_public(string address) => Assert.Equal(AddressKind.Public, AddressRules.Judge(IPAddress.Parse(address)));

    [Property(MaxTest = 2_000)]
    public void Mapped_and_behind_NAT64_an_address_is_judged_as_itself(uint bits)
    {
        var inner = Bytes(bits);
        var kind = AddressRules.Judge(new IPAddress(inner));
        Assert.Equal(kind, AddressRules.Judge(new IPAddress(inner).MapToIPv6()));
        Assert.Equal(kind, AddressRules.Judge(new IPAddress([0, 0x64, 0xff, 0x9b, .. new byte[8], .. inner])));
    }

    [Property(MaxTest = 2_000)]
    public void Packed_in_a_tunnel_no_address_passes(uint bits, ulong rest)
    {
        var inner = Bytes(bits);
        byte[][] packed =
        [
            [0x20, 0x02, .. inner, .. new byte[2], .. BitConverter.GetBytes(rest)],
            [0x20, 0x01, 0, 0, .. BitConverter.GetBytes(rest), .. inner],
            [.. new byte[12], .. inner],
            [.. new byte[8], 0xff, 0xff, 0, 0, .. inner],
            [0x26, 0, .. BitConverter.GetBytes(rest)[..6], 0, 0, 0x5e, 0xfe, .. inner],
        ];
        Assert.All(packed, bytes => Assert.False(AddressRules.Allows(AddressRules.Judge(new IPAddress(bytes)), allowPrivate: false)));
    }

    [Property(MaxTest = 2_000)]
    public void Outside_the_global_space_no_IPv6_address_passes(ulong high, ulong low)
    {
        byte[] bytes = [.. BitConverter.GetBytes(high), .. BitConverter.GetBytes(low)];
        var isGlobal = (bytes[0] & 0xe0) == 0x20;
        if (!isGlobal)
            Assert.NotEqual(AddressKind.Public, AddressRules.Judge(new IPAddress(bytes)));
    }

    [Property(MaxTest = 2_000)]
    public void The_private_ranges_are_those_of_a_plain_comparison(uint bits)
    {
        var plain = bits >> 24 is 0 or 10 or 127 or >= 224 || bits >> 16 is 0xa9fe or 0xc0a8 || bits >> 20 == 0xac1 || bits >> 22 == 0x191;
        if (plain)
            Assert.NotEqual(AddressKind.Public, AddressRules.Judge(new IPAddress(Bytes(bits))));
    }

    [Fact]
    public void Allowing_private_addresses_opens_no_place_of_secrets()
    {
        AddressKind[] open = [AddressKind.Public, AddressKind.Loopback, AddressKind.Private, AddressKind.LinkLocal];
        Assert.All(Enum.GetValues<AddressKind>(), kind =>
        {
            Assert.Equal(open.Contains(kind), AddressRules.Allows(kind, allowPrivate: true));
            Assert.Equal(kind == AddressKind.Public, AddressRules.Allows(kind, allowPrivate: false));
        });
    }

    private static byte[] Bytes(uint bits) => [(byte)(bits >> 24), (byte)(bits >> 16), (byte)(bits >> 8), (byte)bits];
}
