using System.Buffers.Binary;

namespace Datt.Paid.Protocol.Identity;

/// <summary>Numbers of the curve P-256 (SEC 2, secp256r1) and the one form of its signatures that is used here.</summary>
internal static class P256
{
    /// <summary>Bytes of a coordinate, and of each half of a signature.</summary>
    public const int FieldSize = 32;

    /// <summary>DER of a SubjectPublicKeyInfo on this curve, up to the two coordinates of its uncompressed point.</summary>
    public static ReadOnlySpan<byte> SpkiPrefix =>
    [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
        0x03, 0x42, 0x00, 0x04,
    ];

    private static ReadOnlySpan<byte> Order =>
    [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];

    /// <summary>Half the order, rounded down: the greatest s accepted.</summary>
    private static ReadOnlySpan<byte> HalfOrder =>
    [
        0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
    ];

    /// <summary>Whether s is in the lower half of its range. (r, n - s) verifies whenever (r, s) does, so one of the two must go.</summary>
    public static bool IsLow(ReadOnlySpan<byte> signature) => signature[FieldSize..].SequenceCompareTo(HalfOrder) <= 0;

    /// <summary>Replaces s by n - s where it is in the upper half.</summary>
    public static void MakeLow(Span<byte> signature)
    {
        if (IsLow(signature))
            return;
        var s = signature[FieldSize..];
        var borrow = 0L;
        for (var i = FieldSize - 4; i >= 0; i -= 4)
        {
            var difference = (long)BinaryPrimitives.ReadUInt32BigEndian(Order[i..]) - BinaryPrimitives.ReadUInt32BigEndian(s[i..]) - borrow;
            borrow = difference < 0 ? 1 : 0;
            BinaryPrimitives.WriteUInt32BigEndian(s[i..], (uint)difference);
        }
    }
}
