using System.IO.Compression;

namespace Datt.Paid.Outbound;

/// <summary>Reads an answer's body up to a limit, which holds for what comes in and for what it unpacks to.</summary>
internal static class BoundedBody
{
    private const int Piece = 16 * 1024;

    /// <summary>Encodings that are offered and understood.</summary>
    public const string Accepted = "gzip, br";

    /// <returns>Null where the limit is passed.</returns>
    /// <exception cref="InvalidDataException">It is packed otherwise than was offered, or wrongly.</exception>
    public static async Task<byte[]?> ReadAsync(HttpContent content, int limit, CancellationToken ct)
    {
        if (content.Headers.ContentLength > limit)
            return null;
        await using var raw = new LimitedStream(await content.ReadAsStreamAsync(ct), limit);
        await using var plain = Unpack(raw, content.Headers.ContentEncoding);
        using var body = new MemoryStream();
        var piece = new byte[Math.Min(Piece, limit + 1)];
        try
        {
            while (await plain.ReadAsync(piece, ct) is > 0 and var read)
            {
                if (body.Length + read > limit)
                    return null;
                body.Write(piece, 0, read);
            }
        }
        catch (LimitPassedException)
        {
            return null;
        }
        return body.ToArray();
    }

    private static Stream Unpack(Stream raw, ICollection<string> encodings) => string.Join(',', encodings).ToLowerInvariant() switch
    {
        "" or "identity" => raw,
        "gzip" or "x-gzip" => new GZipStream(raw, CompressionMode.Decompress),
        "br" => new BrotliStream(raw, CompressionMode.Decompress),
        _ => throw new InvalidDataException("The answer is packed in a way that was not offered."),
    };

    private sealed class LimitPassedException : Exception;

    /// <summary>Gives out no more than so many bytes: a packed stream can go on without end and unpack to nothing.</summary>
    private sealed class LimitedStream(Stream inner, long limit) : Stream
    {
        private long _left = limit;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Count(await inner.ReadAsync(buffer, cancellationToken));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => Count(inner.Read(buffer, offset, count));

        public override void Flush() => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }

        private int Count(int read) => (_left -= read) >= 0 ? read : throw new LimitPassedException();
    }
}
