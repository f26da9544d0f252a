using System.Buffers;
using System.Buffers.Binary;

namespace Datt.Paid.Tests.WebSockets;

/// <summary>Frames as a client writes them: masked.</summary>
internal static class ClientFrames
{
    public static byte[] Frame(int firstByte, ReadOnlySpan<byte> payload, uint mask = 0x5a3c9671, bool isMasked = true)
    {
        var into = new ArrayBufferWriter<byte>();
        var maskBit = isMasked ? 0x80 : 0;
        var head = into.GetSpan(14);
        head[0] = (byte)firstByte;
        int size;
        if (payload.Length <= 125)
        {
            head[1] = (byte)(maskBit | payload.Length);
            size = 2;
        }
        else if (payload.Length <= ushort.MaxValue)
        {
            head[1] = (byte)(maskBit | 126);
            BinaryPrimitives.WriteUInt16BigEndian(head[2..], (ushort)payload.Length);
            size = 4;
        }
        else
        {
            head[1] = (byte)(maskBit | 127);
            BinaryPrimitives.WriteUInt64BigEndian(head[2..], (ulong)payload.Length);
            size = 10;
        }
        if (isMasked)
        {
            BinaryPrimitives.WriteUInt32BigEndian(head[size..], mask);
            size += 4;
        }
        into.Advance(size);
        var body = into.GetSpan(payload.Length + 1);
        for (var i = 0; i < payload.Length; i++)
            body[i] = isMasked ? (byte)(payload[i] ^ (mask >> (24 - (8 * (i % 4))))) : payload[i];
        into.Advance(payload.Length);
        return into.WrittenSpan.ToArray();
    }

    public static byte[] Text(ReadOnlySpan<byte> payload) => Frame(0x81, payload);

    public static byte[] Text(string payload) => Frame(0x81, System.Text.Encoding.UTF8.GetBytes(payload));

    /// <summary>The same bytes as a sequence of pieces, cut after each of the positions.</summary>
    public static ReadOnlySequence<byte> Cut(byte[] bytes, IEnumerable<int> positions)
    {
        Piece? first = null, last = null;
        var from = 0;
        foreach (var to in positions.Select(p => Math.Clamp(p, 0, bytes.Length)).Append(bytes.Length).Order())
        {
            last = new Piece(bytes.AsMemory(from, to - from), last);
            first ??= last;
            from = to;
        }
        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            if (before is null)
                return;
            before.Next = this;
            RunningIndex = before.RunningIndex + before.Memory.Length;
        }
    }
}
