using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Datt.Paid.Protocol.Records;

/// <summary>
/// The canonical bytes of a description, the same as inside a record: a CBOR array
/// <c>[title, summary, label, tags, author, type, language, size, publishedAt, url]</c>, null for what is absent.
/// Equal descriptions have equal bytes, so hashes of them can be compared.
/// </summary>
public static class DescriptionCodec
{
    public static byte[] Encode(Description description) => throw new NotImplementedException();

    public static void Encode(Description description, IBufferWriter<byte> into) => throw new NotImplementedException();

    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Description? description, out DecodeFault fault) =>
        throw new NotImplementedException();
}
