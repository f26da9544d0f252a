using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Protocol.Torrents;

/// <summary>
/// What BitTorrent clients and trackers call a torrent, 20 bytes: the SHA-1 of its <c>info</c> dictionary (BEP 3), or the first 20 of its SHA-256 (BEP 52). Its text
/// is 40 lower-case hex digits.
/// </summary>
public readonly record struct InfoHash
{
    /// <summary>Bytes of a value.</summary>
    public const int Size = SHA1.HashSizeInBytes;

    private readonly UInt128 _high;
    private readonly uint _low;

    /// <summary>Reads 20 bytes.</summary>
    public InfoHash(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
            throw new ArgumentException("An info-hash has 20 bytes.", nameof(bytes));
        _high = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        _low = BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]);
    }

    /// <summary>The name in version 1 of the protocol.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "BEP 3 says so. What is downloaded is held against SHA-256 as well by whoever knows version 2.")]
    public static InfoHash OfVersion1(ReadOnlySpan<byte> info)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA1.HashData(info, hash);
        return new InfoHash(hash);
    }

    /// <summary>The shortened name in version 2, for where only 20 bytes fit.</summary>
    public static InfoHash OfVersion2(Hash256 infoHash) => new(infoHash.ToArray().AsSpan(0, Size));

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _high);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[16..], _low);
        return Convert.ToHexStringLower(bytes);
    }
}
