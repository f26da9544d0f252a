using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Unicode;

namespace Datt.Paid.WebSockets;

/// <summary>What the next bytes of a client were.</summary>
public enum Incoming
{
    /// <summary>Not enough yet.</summary>
    Incomplete,

    /// <summary>A whole message, joined from its fragments, valid UTF-8.</summary>
    Message,

    /// <summary>To be answered with the same payload.</summary>
    Ping,

    Pong,

    /// <summary>The client closes; <see cref="FrameReader.CloseWith"/> says what to answer.</summary>
    Close,

    /// <summary>The client broke the protocol or a limit; <see cref="FrameReader.CloseWith"/> says which.</summary>
    Fault,
}

/// <summary>
/// Reads the frames of one client (RFC 6455). Between messages it holds no buffer. Text and binary messages must both be UTF-8.
/// </summary>
/// <param name="maxMessage">Largest message, in bytes, whether in one frame or many.</param>
public sealed class FrameReader(int maxMessage)
{
    // Whatever a payload is unmasked into lives until the thread reads its next frame; the span handed out cannot outlive that.
    [ThreadStatic]
    private static byte[]? t_scratch;

    /// <summary>Fragments of one message; they may be empty, so its size alone would not bound them.</summary>
    private const int MaxParts = 1_000;

    private byte[]? _parts;
    private int _length;
    private int _count;
    private bool _isInMessage;

    /// <summary>The code to close with, after <see cref="Incoming.Close"/> and <see cref="Incoming.Fault"/>.</summary>
    public ushort CloseWith { get; private set; }

    /// <summary>Whether the last <see cref="Incoming.Message"/> was sent as text.</summary>
    public bool IsText { get; private set; }

    /// <summary>Reads one frame or message and takes it off <paramref name="input"/>.</summary>
    /// <param name="input">What came and was not read.</param>
    /// <param name="payload">Valid until the next call on this thread.</param>
    public Incoming Read(ref ReadOnlySequence<byte> input, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        while (true)
        {
            if (FrameHead.Read(input, out var isWrong) is not { } head)
                return isWrong ? Fault(CloseCode.Protocol) : Incoming.Incomplete;
            if (!head.IsControl && head.Kind == FrameKind.Continuation != _isInMessage)
                return Fault(CloseCode.Protocol);
            // Judged by the head alone: nobody makes us buffer what will be refused.
            if (!head.IsControl && head.Length + _length > maxMessage)
                return Fault(CloseCode.TooLarge);
            if (input.Length < head.Size + head.Length)
                return Incoming.Incomplete;
            if (!head.IsControl && _count == MaxParts)
                return Fault(CloseCode.Policy);
            if (!head.IsControl && !_isInMessage)
                IsText = head.Kind == FrameKind.Text;
            var masked = input.Slice(head.Size, head.Length);
            var length = (int)head.Length;
            if (head.IsControl)
            {
                payload = Unmasked(masked, Scratch(length)[..length], head.Mask);
                input = input.Slice(masked.End);
                return Control(head.Kind, payload);
            }
            if (head.IsFinal && !_isInMessage)
            {
                payload = Unmasked(masked, Scratch(length)[..length], head.Mask);
                input = input.Slice(masked.End);
                return Utf8.IsValid(payload) ? Incoming.Message : Fault(CloseCode.NotText);
            }
            _isInMessage = true;
            _count++;
            _parts ??= ArrayPool<byte>.Shared.Rent(Math.Max(length, 1024));
            if (_parts.Length < _length + length)
                Grow(_length + length);
            Unmasked(masked, _parts.AsSpan(_length, length), head.Mask);
            _length += length;
            input = input.Slice(masked.End);
            if (head.IsFinal)
            {
                var joined = Scratch(_length)[.._length];
                _parts.AsSpan(0, _length).CopyTo(joined);
                Release();
                payload = joined;
                return Utf8.IsValid(payload) ? Incoming.Message : Fault(CloseCode.NotText);
            }
        }
    }

    /// <summary>Gives back what an unfinished message holds.</summary>
    public void Release()
    {
        if (_parts is not null)
            ArrayPool<byte>.Shared.Return(_parts);
        _parts = null;
        _length = 0;
        _count = 0;
        _isInMessage = false;
    }

    private Incoming Control(FrameKind kind, ReadOnlySpan<byte> payload)
    {
        if (kind != FrameKind.Close)
            return kind == FrameKind.Ping ? Incoming.Ping : Incoming.Pong;
        CloseWith = CloseCode.Normal;
        if (payload.Length == 0)
            return Incoming.Close;
        if (payload.Length == 1 || !CloseCode.IsLegal(CloseWith = BinaryPrimitives.ReadUInt16BigEndian(payload)))
            return Fault(CloseCode.Protocol);
        return Utf8.IsValid(payload[2..]) ? Incoming.Close : Fault(CloseCode.NotText);
    }

    private Incoming Fault(ushort code)
    {
        CloseWith = code;
        Release();
        return Incoming.Fault;
    }

    private static Span<byte> Scratch(int length)
    {
        if (t_scratch is null || t_scratch.Length < length)
            t_scratch = new byte[Math.Max(4096, (int)BitOperations.RoundUpToPowerOf2((uint)length))];
        return t_scratch;
    }

    private void Grow(int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Min(maxMessage, _parts!.Length * 2)));
        _parts.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_parts);
        _parts = larger;
    }

    private static ReadOnlySpan<byte> Unmasked(ReadOnlySequence<byte> masked, Span<byte> into, uint mask)
    {
        masked.CopyTo(into);
        var rest = into;
        if (Vector.IsHardwareAccelerated && rest.Length >= Vector<byte>.Count)
        {
            var pattern = Vector.AsVectorByte(new Vector<uint>(mask));
            var blocks = MemoryMarshal.Cast<byte, Vector<byte>>(rest);
            foreach (ref var block in blocks)
                block ^= pattern;
            rest = rest[(blocks.Length * Vector<byte>.Count)..];
        }
        // A vector's length is a multiple of four, so the mask starts anew here.
        for (var i = 0; i < rest.Length; i++)
            rest[i] ^= (byte)(mask >> (8 * (i & 3)));
        return into;
    }
}
