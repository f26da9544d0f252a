using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Datt.Paid.Catalog.Descriptions;

/// <summary>
/// Bytes of one entry: the first 16 bytes of the SHA-256 of the description's canonical bytes, the contentId (a length and ASCII, or 0 and 32 bytes
/// for <c>sha256:&lt;hex&gt;</c>), the description's length (4, little endian) and the description, compressed where that makes it shorter.
/// </summary>
internal static class DescriptionEntry
{
    public const int HashSize = 16;
    private const string Sha256Prefix = "sha256:";
    private const int Sha256Length = 7 + (2 * SHA256.HashSizeInBytes);

    /// <summary>Most bytes in front of the description.</summary>
    public const int MaxPrefix = HashSize + 1 + 200 + sizeof(int);

    public static UInt128 HashOf(ReadOnlySpan<byte> description)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(description, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    /// <summary>Writes all but the description itself and returns how long that is.</summary>
    public static int WritePrefix(Span<byte> into, UInt128 hash, string contentId, int descriptionLength)
    {
        BinaryPrimitives.WriteUInt128BigEndian(into, hash);
        var at = HashSize + 1;
        if (contentId.Length == Sha256Length && contentId.StartsWith(Sha256Prefix, StringComparison.Ordinal)
            && !contentId.AsSpan(Sha256Prefix.Length).ContainsAnyExceptInRange('0', 'f')
            && Convert.FromHexString(contentId.AsSpan(Sha256Prefix.Length), into[at..], out _, out var bytes) == OperationStatus.Done
            && !contentId.AsSpan(Sha256Prefix.Length).ContainsAnyInRange('A', 'F'))
        {
            into[HashSize] = 0;
            at += bytes;
        }
        else
        {
            var length = Encoding.ASCII.GetBytes(contentId, into[at..]);
            into[HashSize] = (byte)length;
            at += length;
        }

        BinaryPrimitives.WriteInt32LittleEndian(into[at..], descriptionLength);
        return at + sizeof(int);
    }

    public static UInt128 Hash(ReadOnlySpan<byte> entry) => BinaryPrimitives.ReadUInt128BigEndian(entry);

    public static string ContentId(ReadOnlySpan<byte> entry)
    {
        var id = entry.Slice(HashSize + 1, IdLength(entry));
        return entry[HashSize] == 0 ? string.Concat(Sha256Prefix, Convert.ToHexStringLower(id)) : Encoding.ASCII.GetString(id);
    }

    /// <summary>Length of what stands in front of the description.</summary>
    public static int PrefixLength(ReadOnlySpan<byte> entry) => HashSize + 1 + IdLength(entry) + sizeof(int);

    /// <summary>Length of the description before compression.</summary>
    public static int DescriptionLength(ReadOnlySpan<byte> entry) =>
        BinaryPrimitives.ReadInt32LittleEndian(entry[(PrefixLength(entry) - sizeof(int))..]);

    private static int IdLength(ReadOnlySpan<byte> entry) => entry[HashSize] == 0 ? SHA256.HashSizeInBytes : entry[HashSize];
}
