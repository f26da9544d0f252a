using Datt.Paid.Catalog.Feed;

namespace Datt.Paid.Catalog.Snapshots;

/// <summary>Counts and checksums what goes through to a file. Disposing it leaves the file open.</summary>
internal sealed class ChecksumStream(FeedFile file) : Stream
{
    private readonly byte[] _buffer = new byte[256 << 10];
    private int _used;
    private long _length;
    private uint _crc = Crc32C.Start;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    /// <summary>CRC-32C of everything written so far.</summary>
    public uint Checksum
    {
        get
        {
            Flush();
            return Crc32C.End(_crc);
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _length += buffer.Length;
        while (buffer.Length > 0)
        {
            if (_used == _buffer.Length)
                Flush();
            var taken = Math.Min(buffer.Length, _buffer.Length - _used);
            buffer[..taken].CopyTo(_buffer.AsSpan(_used));
            _used += taken;
            buffer = buffer[taken..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        _crc = Crc32C.Add(_crc, _buffer.AsSpan(0, _used));
        file.Write(_buffer.AsSpan(0, _used));
        _used = 0;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
