using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Datt.Paid.Search.Execution;

namespace Datt.Paid.Search.Cursors;

/// <summary>
/// Where a page ended. As text: base64url of version (1 byte), index instance (8), snapshot (4), hash of the query (8), mode and group (1), hits shown (4), rank (8),
/// date (8), key (16), all big endian, and the first 16 bytes of HMAC-SHA-256 over them.
/// </summary>
/// <param name="Instance">Which run of the server issued it: snapshots do not outlive one.</param>
/// <param name="Generation">The snapshot.</param>
/// <param name="QueryHash">Query, filters and sort: <see cref="HashOf"/>.</param>
/// <param name="IsRelaxed">Mode of the first page.</param>
/// <param name="Shown">Hits on this page and those before.</param>
/// <param name="Last">The last hit shown.</param>
internal sealed record SearchCursor(ulong Instance, uint Generation, ulong QueryHash, bool IsRelaxed, uint Shown, HitRank Last)
{
    private const byte Version = 1;
    private const int BodySize = 1 + 8 + 4 + 8 + 1 + 4 + 8 + 8 + 16;
    private const int MacSize = 16;
    private const int RelaxedBit = 2;

    public string Sign(byte[] secret)
    {
        Span<byte> bytes = stackalloc byte[BodySize + MacSize];
        bytes[0] = Version;
        BinaryPrimitives.WriteUInt64BigEndian(bytes[1..], Instance);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[9..], Generation);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[13..], QueryHash);
        bytes[21] = (byte)(Last.Group | (IsRelaxed ? RelaxedBit : 0));
        BinaryPrimitives.WriteUInt32BigEndian(bytes[22..], Shown);
        BinaryPrimitives.WriteInt64BigEndian(bytes[26..], Last.Rank);
        BinaryPrimitives.WriteInt64BigEndian(bytes[34..], Last.Date);
        BinaryPrimitives.WriteUInt128BigEndian(bytes[42..], Last.Key);
        WriteMac(secret, bytes[..BodySize], bytes[BodySize..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <returns>Null for everything that was not signed with this secret.</returns>
    public static SearchCursor? Read(string text, byte[] secret)
    {
        Span<byte> bytes = stackalloc byte[BodySize + MacSize];
        if (text.Length != Base64Url.GetEncodedLength(bytes.Length)
            || Base64Url.DecodeFromChars(text, bytes, out _, out var length) != OperationStatus.Done || length != bytes.Length)
            return null;
        Span<byte> mac = stackalloc byte[MacSize];
        WriteMac(secret, bytes[..BodySize], mac);
        if (!CryptographicOperations.FixedTimeEquals(mac, bytes[BodySize..]) || bytes[0] != Version || Base64Url.EncodeToString(bytes) != text)
            return null;
        return new SearchCursor(
            BinaryPrimitives.ReadUInt64BigEndian(bytes[1..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[9..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[13..]),
            (bytes[21] & RelaxedBit) != 0,
            BinaryPrimitives.ReadUInt32BigEndian(bytes[22..]),
            new HitRank(
                (byte)(bytes[21] & 1),
                BinaryPrimitives.ReadInt64BigEndian(bytes[26..]),
                BinaryPrimitives.ReadInt64BigEndian(bytes[34..]),
                BinaryPrimitives.ReadUInt128BigEndian(bytes[42..])));
    }

    /// <summary>Tells queries apart: everything in the request but cursor, limit and budget.</summary>
    public static ulong HashOf(SearchRequest request)
    {
        var text = new StringBuilder();
        void Add(string? part) => text.Append(CultureInfo.InvariantCulture, $"{part?.Length ?? -1}:{part};");
        Add(request.Query);
        Add(request.Label);
        Add(request.Tag);
        Add(request.Author);
        Add(request.Type);
        Add(request.Language);
        text.Append(CultureInfo.InvariantCulture, $"{request.Since?.ToUnixTimeMilliseconds()};{request.Until?.ToUnixTimeMilliseconds()};{request.Sort};{request.MatchAll}");
        return BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static void WriteMac(byte[] secret, ReadOnlySpan<byte> body, Span<byte> into)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret, body, mac);
        mac[..MacSize].CopyTo(into);
    }
}
