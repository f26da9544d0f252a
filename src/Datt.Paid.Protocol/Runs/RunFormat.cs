using System.Buffers.Binary;
using System.Text;
using Datt.Paid.Protocol.Cbor;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Protocol.Runs;

/// <summary>
/// The layout of a run file, version 1:
/// <list type="number">
/// <item>header: CBOR <c>["datt run 1", record format, encoder, level, minSeq, maxSeq]</c>;</item>
/// <item>frames: each one zstd frame of whole records, one after the other; a frame ends with the record that brings it to
/// <see cref="RunLimits.FrameBytes"/> or more, the last frame with the last record;</item>
/// <item>index: one zstd frame of a CBOR <c>[nodeId, contentId, raw bytes, compressed bytes, records]</c> per frame, the ids those of its
/// first record; nothing at all where there are no frames;</item>
/// <item>trailer of 32 bytes, big endian: offset of the index (8), its raw bytes (4), frames (4), records (8), <c>DATTRUN1</c>.</item>
/// </list>
/// </summary>
internal static class RunFormat
{
    public const string Name = "datt run 1";

    /// <summary>zstd version and level are part of the format: other versions of zstd may compress to other bytes.</summary>
    public const string Encoder = "zstd 1.5.7 level 3";

    public const int ZstdLevel = 3;
    public const int HeaderFields = 6;
    public const int MaxHeader = 192;
    public const int MaxEncoder = 64;
    public const int EntryFields = 5;
    public const int MaxEntry = 6 * CborEncoder.MaxHead + RecordLimits.NodeId + RecordLimits.ContentId;
    public const int TrailerSize = 32;

    /// <summary>Longest frame before compression.</summary>
    public static int MaxFrame(int level) => RunLimits.FrameBytes(level) + RecordCodec.MaxBytes;

    public static ReadOnlySpan<byte> Magic => "DATTRUN1"u8;

    public static byte[] Header(RunScope scope)
    {
        var bytes = new byte[MaxHeader];
        var header = new CborEncoder(bytes);
        header.Array(HeaderFields);
        header.Text(Name);
        header.Integer(RecordCodec.FormatVersion);
        header.Text(Encoder);
        header.Integer(scope.Level);
        header.Integer(scope.MinSeq);
        header.Integer(scope.MaxSeq);
        return bytes[..header.Length];
    }

    /// <summary>Reads a header; <paramref name="length"/> is where the first frame begins.</summary>
    public static RunFault ReadHeader(ReadOnlySpan<byte> bytes, out RunScope scope, out string encoder, out int length)
    {
        scope = default;
        encoder = "";
        length = 0;
        var from = new CborDecoder(bytes);
        if (!from.ArrayOf(HeaderFields) || !from.Text(1, Name.Length, out var name) || !name.SequenceEqual(Encoding.ASCII.GetBytes(Name))
            || !from.Integer(0, int.MaxValue, out var version) || version != RecordCodec.FormatVersion
            || !from.Text(1, MaxEncoder, out var compressor) || !compressor.StartsWith("zstd "u8)
            || compressor.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
            return RunFault.UnknownFormat;
        if (!from.Integer(0, RunLimits.MaxLevel, out var level)
            || !from.Integer(1, long.MaxValue, out var minSeq) || !from.Integer(minSeq, long.MaxValue, out var maxSeq))
            return from.Fault == DecodeFault.OverLimit ? RunFault.OverLimit : RunFault.BadStructure;
        scope = new RunScope((int)level, minSeq, maxSeq);
        encoder = Encoding.ASCII.GetString(compressor);
        length = from.Position;
        return RunFault.None;
    }

    public static void WriteTrailer(Span<byte> into, long indexOffset, int indexRaw, int frames, long records)
    {
        BinaryPrimitives.WriteInt64BigEndian(into, indexOffset);
        BinaryPrimitives.WriteInt32BigEndian(into[8..], indexRaw);
        BinaryPrimitives.WriteInt32BigEndian(into[12..], frames);
        BinaryPrimitives.WriteInt64BigEndian(into[16..], records);
        Magic.CopyTo(into[24..]);
    }

    public static bool TryReadTrailer(ReadOnlySpan<byte> bytes, out long indexOffset, out int indexRaw, out int frames, out long records)
    {
        indexOffset = BinaryPrimitives.ReadInt64BigEndian(bytes);
        indexRaw = BinaryPrimitives.ReadInt32BigEndian(bytes[8..]);
        frames = BinaryPrimitives.ReadInt32BigEndian(bytes[12..]);
        records = BinaryPrimitives.ReadInt64BigEndian(bytes[16..]);
        return bytes[24..].SequenceEqual(Magic);
    }
}
