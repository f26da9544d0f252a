using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Datt.Paid.Protocol.Identity;

/// <summary>A SHA-256 value. Ordered like its bytes; its text is 64 lower-case hex digits.</summary>
public readonly record struct Hash256 : IComparable<Hash256>
{
    /// <summary>Bytes of a value.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    private readonly UInt128 _high;
    private readonly UInt128 _low;

    /// <summary>Reads 32 bytes.</summary>
    public Hash256(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
            throw new ArgumentException("A SHA-256 value has 32 bytes.", nameof(bytes));
        _high = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        _low = BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]);
    }

    /// <summary>The SHA-256 of <paramref name="data"/>.</summary>
    public static Hash256 Of(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(data, hash);
        return new Hash256(hash);
    }

    /// <summary>Reads 64 lower-case hex digits; nothing else, so that one value has one text.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Hash256 hash)
    {
        hash = default;
        if (text is not { Length: 2 * Size } || text.AsSpan().ContainsAnyExcept("0123456789abcdef"))
            return false;
        hash = new Hash256(Convert.FromHexString(text));
        return true;
    }

    public void CopyTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _high);
        BinaryPrimitives.WriteUInt128BigEndian(bytes[16..], _low);
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    public int CompareTo(Hash256 other)
    {
        var high = _high.CompareTo(other._high);
        return high != 0 ? high : _low.CompareTo(other._low);
    }

    public override string ToString() => Convert.ToHexStringLower(ToArray());
}
