using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using Datt.Paid.Accounts;

namespace Datt.Paid.Server.Limits;

/// <summary>What counts as one caller where there is no key: an IPv4 address, or the /64 network of an IPv6 one.</summary>
public static class ClientAddress
{
    /// <summary>A number for the caller. Buckets of keys and of addresses never share a number: see <see cref="OfKey"/>.</summary>
    public static UInt128 Of(IPAddress? address)
    {
        if (address is null)
            return 0;
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out var written))
            return 0;
        if (written == 4)
            return BinaryPrimitives.ReadUInt32BigEndian(bytes);
        if (address.IsIPv4MappedToIPv6)
            return BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]);
        return new UInt128(1, BinaryPrimitives.ReadUInt64BigEndian(bytes));
    }

    /// <summary>The number of a pass's bucket.</summary>
    /// <param name="paymentHash">Hexadecimal, at least 16 digits.</param>
    public static UInt128 OfPass(ReadOnlySpan<char> paymentHash) =>
        new(3, ulong.Parse(paymentHash[..16], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));

    /// <summary>The number of an API key's bucket.</summary>
    public static UInt128 OfKey(string keyId) => ApiKeyText.TryPackId(keyId, out var id) ? new UInt128(2, id) : 0;
}
