using System.Buffers.Binary;
using System.Text.Unicode;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Protocol.Cbor;

/// <summary>
/// Reads what <see cref="CborEncoder"/> writes and nothing else. Each method returns false and sets <see cref="Fault"/> at the first
/// deviation; none throws and none allocates.
/// </summary>
internal ref struct CborDecoder(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    public DecodeFault Fault { get; private set; }

    /// <summary>Takes a null if one stands next.</summary>
    public bool TryNull()
    {
        if (Position >= _bytes.Length || _bytes[Position] != CborMajor.Null)
            return false;
        Position++;
        return true;
    }

    public bool Array(int max, out int count)
    {
        count = 0;
        if (!Head(CborMajor.Array, out var value))
            return false;
        if (value > (ulong)max)
            return Fail(DecodeFault.OverLimit);
        count = (int)value;
        return true;
    }

    public bool ArrayOf(int count) => Head(CborMajor.Array, out var value) && (value == (ulong)count || Fail(DecodeFault.Malformed));

    public bool Integer(long min, long max, out long value)
    {
        value = 0;
        if (Position >= _bytes.Length)
            return Fail(DecodeFault.Truncated);
        var negative = _bytes[Position] >> 5 == CborMajor.Negative;
        if (!Head(negative ? CborMajor.Negative : CborMajor.Unsigned, out var magnitude))
            return false;
        if (magnitude > long.MaxValue)
            return Fail(DecodeFault.OverLimit);
        value = negative ? ~(long)magnitude : (long)magnitude;
        return (value >= min && value <= max) || Fail(DecodeFault.OverLimit);
    }

    /// <summary>Text of <paramref name="min"/> to <paramref name="max"/> bytes of valid UTF-8.</summary>
    public bool Text(int min, int max, out ReadOnlySpan<byte> utf8) =>
        Content(CborMajor.Text, min, max, out utf8) && (Utf8.IsValid(utf8) || Fail(DecodeFault.Malformed));

    public bool Bytes(int min, int max, out ReadOnlySpan<byte> value) => Content(CborMajor.Bytes, min, max, out value);

    /// <summary>Whether nothing is left.</summary>
    public bool End() => Position == _bytes.Length || Fail(DecodeFault.Malformed);

    public bool Fail(DecodeFault fault)
    {
        Fault = fault;
        return false;
    }

    private bool Content(int major, int min, int max, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!Head(major, out var length))
            return false;
        if (length < (ulong)min || length > (ulong)max)
            return Fail(DecodeFault.OverLimit);
        if (length > (ulong)(_bytes.Length - Position))
            return Fail(DecodeFault.Truncated);
        value = _bytes.Slice(Position, (int)length);
        Position += (int)length;
        return true;
    }

    private bool Head(int major, out ulong value)
    {
        value = 0;
        var rest = _bytes[Position..];
        if (rest.IsEmpty)
            return Fail(DecodeFault.Truncated);
        if (rest[0] >> 5 != major)
            return Fail(DecodeFault.Malformed);
        var info = rest[0] & 31;
        if (info < 24)
        {
            value = (ulong)info;
            Position++;
            return true;
        }

        if (info > 27)
            return Fail(info == 31 ? DecodeFault.NotCanonical : DecodeFault.Malformed);
        var extra = 1 << (info - 24);
        if (rest.Length <= extra)
            return Fail(DecodeFault.Truncated);
        var (read, least) = extra switch
        {
            1 => (rest[1], 24UL),
            2 => (BinaryPrimitives.ReadUInt16BigEndian(rest[1..]), byte.MaxValue + 1UL),
            4 => (BinaryPrimitives.ReadUInt32BigEndian(rest[1..]), ushort.MaxValue + 1UL),
            _ => (BinaryPrimitives.ReadUInt64BigEndian(rest[1..]), uint.MaxValue + 1UL),
        };
        if (read < least)
            return Fail(DecodeFault.NotCanonical);
        value = read;
        Position += 1 + extra;
        return true;
    }
}
