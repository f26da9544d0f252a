using System.Buffers.Binary;
using System.Text;

namespace Datt.Paid.Server.Nodes;

/// <summary>Kinds of frames (RFC 6455 section 5.2).</summary>
public enum SocketOpcode
{
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// <summary>What reading a frame came to.</summary>
public enum SocketFrameReading
{
    Complete,

    /// <summary>The frame goes on beyond what is there.</summary>
    Incomplete,

    /// <summary>No client may send that.</summary>
    Wrong,

    /// <summary>Longer than is taken.</summary>
    TooLong,
}

/// <summary>A client's frame of a WebSocket (RFC 6455 section 5), as far as presence needs it: small, without extensions.</summary>
/// <param name="Opcode">What it is.</param>
/// <param name="IsLast">Whether its message ends with it.</param>
/// <param name="Start">Where its payload begins.</param>
/// <param name="Length">Bytes of its payload.</param>
public readonly record struct SocketFrame(SocketOpcode Opcode, bool IsLast, int Start, int Length)
{
    /// <summary>Longest payload of a frame that controls.</summary>
    public const int MaxControl = 125;

    /// <summary>Most bytes before the payload of a frame of fewer than 65,536 bytes.</summary>
    public const int MaxHeader = 8;

    /// <summary>The whole frame, header included.</summary>
    public int Size => Start + Length;

    /// <summary>Reads the frame at the beginning of the bytes and removes its mask where they stand.</summary>
    public static SocketFrameReading TryRead(Span<byte> bytes, int maxLength, out SocketFrame frame)
    {
        frame = default;
        if (bytes.Length < 2)
            return SocketFrameReading.Incomplete;
        var opcode = (SocketOpcode)(bytes[0] & 0x0F);
        var last = (bytes[0] & 0x80) != 0;
        var control = opcode >= SocketOpcode.Close;
        var length = bytes[1] & 0x7F;
        // Reserved bits, kinds that do not exist, a client that does not mask, control in parts or too long.
        if ((bytes[0] & 0x70) != 0 || !Enum.IsDefined(opcode) || (bytes[1] & 0x80) == 0 || (control && (!last || length > MaxControl)))
            return SocketFrameReading.Wrong;
        var start = 2;
        if (length == 127)
            return SocketFrameReading.TooLong;
        if (length == 126)
        {
            if (bytes.Length < 4)
                return SocketFrameReading.Incomplete;
            length = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
            start = 4;
        }
        if (length > maxLength)
            return SocketFrameReading.TooLong;
        if (bytes.Length < start + 4 + length)
            return SocketFrameReading.Incomplete;
        var mask = bytes.Slice(start, 4);
        start += 4;
        for (var i = 0; i < length; i++)
            bytes[start + i] ^= mask[i & 3];
        frame = new SocketFrame(opcode, last, start, length);
        return SocketFrameReading.Complete;
    }

    /// <summary>A server's frame of up to <see cref="MaxControl"/> bytes.</summary>
    public static byte[] Write(SocketOpcode opcode, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, MaxControl);
        var frame = new byte[2 + payload.Length];
        frame[0] = (byte)(0x80 | (int)opcode);
        frame[1] = (byte)payload.Length;
        payload.CopyTo(frame.AsSpan(2));
        return frame;
    }

    /// <summary>A server's goodbye; the reason is cut to what fits.</summary>
    public static byte[] WriteClose(int code, string reason)
    {
        Span<byte> payload = stackalloc byte[MaxControl];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        Encoding.UTF8.GetEncoder().Convert(reason, payload[2..], flush: true, out _, out var written, out _);
        return Write(SocketOpcode.Close, payload[..(2 + written)]);
    }
}
