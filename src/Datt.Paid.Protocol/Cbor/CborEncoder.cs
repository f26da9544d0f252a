using System.Buffers.Binary;
using System.Text;

namespace Datt.Paid.Protocol.Cbor;

/// <summary>
/// Writes the part of CBOR that the formats here use, always in the deterministic form of RFC 8949 section 4.2.1: shortest heads,
/// definite lengths. The buffer must be large enough; it throws like any span when it is not.
/// </summary>
internal ref struct CborEncoder(Span<byte> buffer)
{
    /// <summary>Longest head of an item, in bytes.</summary>
    public const int MaxHead = 9;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Span<byte> _buffer = buffer;

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    public void Array(int count) => Head(CborMajor.Array, (ulong)count);

    public void Null() => _buffer[Length++] = CborMajor.Null;

    public void Integer(long value)
    {
        if (value >= 0)
            Head(CborMajor.Unsigned, (ulong)value);
        else
            Head(CborMajor.Negative, (ulong)~value);
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Head(CborMajor.Bytes, (ulong)value.Length);
        Raw(value);
    }

    /// <summary>Text that is UTF-8 already.</summary>
    public void Text(ReadOnlySpan<byte> utf8)
    {
        Head(CborMajor.Text, (ulong)utf8.Length);
        Raw(utf8);
    }

    /// <summary>Returns the UTF-8 written, for checks. Throws <see cref="ArgumentException"/> on an unpaired surrogate.</summary>
    public ReadOnlySpan<byte> Text(string value)
    {
        var count = Utf8.GetByteCount(value);
        Head(CborMajor.Text, (ulong)count);
        var written = _buffer.Slice(Length, count);
        Utf8.GetBytes(value, written);
        Length += count;
        return written;
    }

    /// <summary>Copies an item that is encoded already.</summary>
    public void Raw(ReadOnlySpan<byte> item)
    {
        item.CopyTo(_buffer[Length..]);
        Length += item.Length;
    }

    private void Head(int major, ulong value)
    {
        var first = major << 5;
        switch (value)
        {
            case < 24:
                _buffer[Length++] = (byte)(first | (int)value);
                break;
            case <= byte.MaxValue:
                _buffer[Length++] = (byte)(first | 24);
                _buffer[Length++] = (byte)value;
                break;
            case <= ushort.MaxValue:
                _buffer[Length++] = (byte)(first | 25);
                BinaryPrimitives.WriteUInt16BigEndian(_buffer[Length..], (ushort)value);
                Length += 2;
                break;
            case <= uint.MaxValue:
                _buffer[Length++] = (byte)(first | 26);
                BinaryPrimitives.WriteUInt32BigEndian(_buffer[Length..], (uint)value);
                Length += 4;
                break;
            default:
                _buffer[Length++] = (byte)(first | 27);
                BinaryPrimitives.WriteUInt64BigEndian(_buffer[Length..], value);
                Length += 8;
                break;
        }
    }
}

/// <summary>The first three bits of an item (RFC 8949 section 3.1), and the one simple value used.</summary>
internal static class CborMajor
{
    public const int Unsigned = 0;
    public const int Negative = 1;
    public const int Bytes = 2;
    public const int Text = 3;
    public const int Array = 4;
    public const byte Null = 0xf6;
}
