using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Datt.Paid.Protocol.Records;

/// <summary>
/// The canonical bytes of a record: deterministic CBOR (RFC 8949 section 4.2.1), an array
/// <c>[nodeId, contentId, seq, announcedAt, description or null]</c>. One record has one encoding; other bytes are refused.
/// </summary>
public static class RecordCodec
{
    /// <summary>Version of the record format, named in the header of a run.</summary>
    public const int FormatVersion = 1;

    /// <summary>Upper limit of an encoded record, in bytes.</summary>
    public const int MaxBytes = 49_152;

    public static byte[] Encode(ContentRecord record) => throw new NotImplementedException();

    public static void Encode(ContentRecord record, IBufferWriter<byte> into) => throw new NotImplementedException();

    /// <summary>Encodes the record that an announcement becomes, copying the description that the verifier already encoded.</summary>
    public static void Encode(Announcement announcement, long seq, long announcedAt, IBufferWriter<byte> into) =>
        throw new NotImplementedException();

    /// <summary>Decodes exactly one record.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ContentRecord? record, out DecodeFault fault) =>
        throw new NotImplementedException();

    /// <summary>Checks the record that <paramref name="bytes"/> begin with, completely and without allocating.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out RecordView view, out DecodeFault fault) => throw new NotImplementedException();
}
