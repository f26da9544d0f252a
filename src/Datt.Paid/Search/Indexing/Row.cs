using System.Buffers.Binary;
using Datt.Paid.Catalog;

namespace Datt.Paid.Search.Indexing;

/// <summary>Fixed-size binary value of a document: 16 bytes key, 8 bytes date (milliseconds since the Unix epoch), 1 byte language id.</summary>
internal readonly record struct Row(ContentKey Key, long Date, byte Language)
{
    public const int Size = ContentKey.Size + sizeof(long) + 1;

    public static Row Read(ReadOnlySpan<byte> bytes) =>
        new(ContentKey.Read(bytes), BinaryPrimitives.ReadInt64BigEndian(bytes[ContentKey.Size..]), bytes[Size - 1]);

    public void CopyTo(Span<byte> bytes)
    {
        Key.CopyTo(bytes);
        BinaryPrimitives.WriteInt64BigEndian(bytes[ContentKey.Size..], Date);
        bytes[Size - 1] = Language;
    }
}
