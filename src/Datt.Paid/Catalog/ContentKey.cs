using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Datt.Paid.Catalog;

/// <summary>Fixed-size name of a content inside this server: the first 16 bytes of the SHA-256 of its contentId, big endian.</summary>
public readonly record struct ContentKey(UInt128 Value)
{
    /// <summary>Size of <see cref="CopyTo"/>'s output in bytes.</summary>
    public const int Size = 16;

    public static ContentKey Of(string contentId)
    {
        Span<byte> utf8 = stackalloc byte[Encoding.UTF8.GetMaxByteCount(200)];
        if (contentId.Length > 200)
            throw new ArgumentException("A contentId has at most 200 characters.", nameof(contentId));
        var length = Encoding.UTF8.GetBytes(contentId, utf8);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8[..length], hash);
        return Read(hash);
    }

    public static ContentKey Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    public void CopyTo(Span<byte> bytes) => BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
}
