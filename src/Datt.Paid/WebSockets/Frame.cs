using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;

namespace Datt.Paid.WebSockets;

/// <summary>What a WebSocket frame is (RFC 6455 section 5.2).</summary>
public enum FrameKind : byte
{
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// <summary>Reasons for closing that this server gives (RFC 6455 section 7.4.1).</summary>
public static class CloseCode
{
    public const ushort Normal = 1000;
    public const ushort GoingAway = 1001;
    public const ushort Protocol = 1002;
    public const ushort WrongKind = 1003;
    public const ushort NotText = 1007;
    public const ushort Policy = 1008;
    public const ushort TooLarge = 1009;
    public const ushort TryLater = 1013;

    /// <summary>Whether a client may send this code.</summary>
    public static bool IsLegal(ushort code) => code is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);
}

/// <summary>The head of a frame from a client.</summary>
/// <param name="Size">Bytes of the head itself.</param>
/// <param name="Mask">The four bytes of the mask in the order in which they stand on the wire, read little-endian.</param>
internal readonly record struct FrameHead(bool IsFinal, FrameKind Kind, long Length, uint Mask, int Size)
{
    private const int MaxSize = 14;
    /// <summary>Longest payload of a frame that controls.</summary>
    public const int MaxControl = 125;

    public bool IsControl => (byte)Kind >= 8;

    /// <summary>Null with <paramref name="isWrong"/> false: more bytes are needed. True: what came is no frame that a client may send.</summary>
    public static FrameHead? Read(in ReadOnlySequence<byte> input, out bool isWrong)
    {
        Span<byte> copy = stackalloc byte[MaxSize];
        var there = (int)Math.Min(input.Length, MaxSize);
        input.Slice(0, there).CopyTo(copy);
        var bytes = copy[..there];
        isWrong = there > 0 && (bytes[0] & 0x70) != 0;
        if (isWrong || there < 2)
            return null;
        var kind = (FrameKind)(bytes[0] & 0x0f);
        var isFinal = bytes[0] >= 0x80;
        var shortLength = bytes[1] & 0x7f;
        var isControl = (byte)kind >= 8;
        isWrong = bytes[1] < 0x80 || kind is not (<= FrameKind.Binary or (>= FrameKind.Close and <= FrameKind.Pong))
            || (isControl && (!isFinal || shortLength > MaxControl));
        var extra = shortLength switch { 126 => 2, 127 => 8, _ => 0 };
        if (isWrong || there < 2 + extra + 4)
            return null;
        ulong length = extra switch
        {
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            8 => BinaryPrimitives.ReadUInt64BigEndian(bytes[2..]),
            _ => (ulong)shortLength,
        };
        // The shortest way of writing a length is the only one.
        isWrong = length > long.MaxValue || (extra == 2 && length <= MaxControl) || (extra == 8 && length <= ushort.MaxValue);
        if (isWrong)
            return null;
        return new FrameHead(isFinal, kind, (long)length, BinaryPrimitives.ReadUInt32LittleEndian(bytes[(2 + extra)..]), 2 + extra + 4);
    }
}

/// <summary>Frames of this server: whole messages, not masked.</summary>
public static class FrameWriter
{
    /// <summary>Most bytes that the head of a frame takes.</summary>
    public const int MaxHead = 10;

    /// <summary>Writes a frame.</summary>
    public static void Write(IBufferWriter<byte> into, FrameKind kind, ReadOnlySpan<byte> payload)
    {
        var head = into.GetSpan(MaxHead);
        head[0] = (byte)(0x80 | (byte)kind);
        var size = 2;
        if (payload.Length <= 125)
            head[1] = (byte)payload.Length;
        else if (payload.Length <= ushort.MaxValue)
        {
            head[1] = 126;
            BinaryPrimitives.WriteUInt16BigEndian(head[2..], (ushort)payload.Length);
            size = 4;
        }
        else
        {
            head[1] = 127;
            BinaryPrimitives.WriteUInt64BigEndian(head[2..], (ulong)payload.Length);
            size = 10;
        }
        into.Advance(size);
        into.Write(payload);
    }

    /// <summary>Writes a frame that closes; the reason is cut to what fits.</summary>
    public static void WriteClose(IBufferWriter<byte> into, ushort code, ReadOnlySpan<char> reason)
    {
        Span<byte> payload = stackalloc byte[FrameHead.MaxControl];
        BinaryPrimitives.WriteUInt16BigEndian(payload, code);
        Utf8.FromUtf16(reason, payload[2..], out _, out var written);
        Write(into, FrameKind.Close, payload[..(2 + written)]);
    }
}
