namespace Datt.Paid.Catalog.Feed;

/// <summary>A file that is written at its end. Not thread-safe.</summary>
public abstract class FeedFile : Stream
{
    public sealed override bool CanRead => false;

    public sealed override bool CanSeek => false;

    public sealed override bool CanWrite => true;

    public sealed override long Position
    {
        get => Length;
        set => throw new NotSupportedException();
    }

    /// <summary>Returns when everything written is on the disk itself (fsync).</summary>
    public abstract void Sync();

    public abstract override void Write(ReadOnlySpan<byte> buffer);

    public sealed override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Nothing to do: there is no buffer. To be durable call <see cref="Sync"/>.</summary>
    public sealed override void Flush()
    {
    }

    public sealed override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
}
