using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Protocol.Cbor;

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
    public const int MaxBytes = KeyBytes + DescriptionCodec.MaxBytes;

    private const int Fields = 5;
    private const int KeyBytes = 5 * CborEncoder.MaxHead + RecordLimits.NodeId + RecordLimits.ContentId;

    /// <summary>Throws <see cref="ArgumentException"/> when the record breaks a rule.</summary>
    public static byte[] Encode(ContentRecord record)
    {
        var into = new ArrayBufferWriter<byte>(256);
        Encode(record, into);
        return into.WrittenSpan.ToArray();
    }

    /// <inheritdoc cref="Encode(ContentRecord)"/>
    public static void Encode(ContentRecord record, IBufferWriter<byte> into)
    {
        var room = KeyBytes + (record.Description is null ? 1 : DescriptionCodec.UpperBound(record.Description));
        var encoder = new CborEncoder(into.GetSpan(room));
        WriteKey(ref encoder, record.NodeId, record.ContentId, record.Seq, record.AnnouncedAt);
        if (record.Description is null)
            encoder.Null();
        else
            DescriptionCodec.Write(record.Description, ref encoder);
        into.Advance(encoder.Length);
    }

    /// <summary>Encodes the record that an announcement becomes, copying the description that the verifier already encoded.</summary>
    public static void Encode(Announcement announcement, long seq, long announcedAt, IBufferWriter<byte> into)
    {
        var description = announcement.DescriptionBytes.Span;
        var encoder = new CborEncoder(into.GetSpan(KeyBytes + 1 + description.Length));
        WriteKey(ref encoder, announcement.NodeId, announcement.ContentId, seq, announcedAt);
        if (description.IsEmpty)
            encoder.Null();
        else
            encoder.Raw(description);
        into.Advance(encoder.Length);
    }

    /// <summary>Decodes exactly one record.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ContentRecord? record, out DecodeFault fault)
    {
        record = null;
        if (!TryRead(bytes, out var view, out fault))
            return false;
        if (view.Bytes.Length != bytes.Length)
        {
            fault = DecodeFault.Malformed;
            return false;
        }

        record = view.ToRecord();
        return true;
    }

    /// <summary>
    /// Checks the record that <paramref name="bytes"/> begin with, completely and without allocating; the length of
    /// <see cref="RecordView.Bytes"/> tells where the next begins.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out RecordView view, out DecodeFault fault)
    {
        var good = TryReadShape(bytes, out var shape, out fault);
        view = good ? new RecordView(bytes[..shape.Length], shape) : default;
        return good;
    }

    internal static bool TryReadShape(ReadOnlySpan<byte> bytes, out RecordShape shape, out DecodeFault fault)
    {
        var from = new CborDecoder(bytes);
        shape = default;
        if (from.ArrayOf(Fields)
            && from.Text(1, RecordLimits.NodeId, out var nodeId)
            && (RecordRules.IsNodeId(nodeId) || from.Fail(DecodeFault.Malformed))
            && from.Position is var nodeEnd
            && from.Text(1, RecordLimits.ContentId, out var contentId)
            && (RecordRules.IsContentId(contentId) || from.Fail(DecodeFault.Malformed))
            && from.Position is var contentEnd
            && from.Integer(1, long.MaxValue, out var seq)
            && from.Integer(0, RecordLimits.LatestTime, out var announcedAt)
            && from.Position is var description
            && (from.TryNull() || DescriptionCodec.Check(ref from)))
        {
            shape = new RecordShape
            {
                Length = from.Position,
                NodeId = nodeEnd - nodeId.Length,
                NodeIdLength = nodeId.Length,
                ContentId = contentEnd - contentId.Length,
                ContentIdLength = contentId.Length,
                Description = bytes[description] == CborMajor.Null ? from.Position : description,
                Seq = seq,
                AnnouncedAt = announcedAt,
            };
        }

        fault = from.Fault;
        return fault == DecodeFault.None;
    }

    private static void WriteKey(ref CborEncoder to, string nodeId, string contentId, long seq, long announcedAt)
    {
        // The room asked for is for limits kept; longer ids must not get so far as to overrun it.
        if (nodeId.Length > RecordLimits.NodeId || contentId.Length > RecordLimits.ContentId)
            throw new ArgumentException("A nodeId has at most 64 characters and a contentId at most 200: pass them through RecordVerifier first.");
        to.Array(Fields);
        if (!RecordRules.IsNodeId(to.Text(nodeId)))
            throw new ArgumentException($"'{nodeId}' is no nodeId: pass it through RecordVerifier first.");
        if (!RecordRules.IsContentId(to.Text(contentId)))
            throw new ArgumentException($"'{contentId}' is no contentId: pass it through RecordVerifier first.");
        ArgumentOutOfRangeException.ThrowIfLessThan(seq, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(announcedAt);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(announcedAt, RecordLimits.LatestTime);
        to.Integer(seq);
        to.Integer(announcedAt);
    }
}
