using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using Lucene.Net.Store;
using Microsoft.Win32.SafeHandles;

namespace Datt.Paid.Search.Indexing;

/// <summary>
/// Index files read through memory maps. Unlike Lucene.Net's own, a clone of an input is a pointer and a position: no weak reference, no finalizer, no copy
/// of anything, so garbage collection does not slow down with the number of searches. A file is unmapped when the input that opened it is closed, which
/// Lucene does once the last reader of the segment is closed; clones must not be used after that, and whoever searches holds a reader.
/// </summary>
internal sealed class MappedDirectory(DirectoryInfo path) : FSDirectory(path)
{
    public override IndexInput OpenInput(string name, IOContext context)
    {
        EnsureOpen();
        var map = new Map(Path.Combine(Directory.FullName, name));
        return new Input(name, map, 0, map.Length, map);
    }

    public override IndexInputSlicer CreateSlicer(string name, IOContext context)
    {
        EnsureOpen();
        return new Slicer(name, new Map(Path.Combine(Directory.FullName, name)));
    }

    /// <summary>A file in memory; an empty one has no pages.</summary>
    internal sealed unsafe class Map : IDisposable
    {
        private SafeMemoryMappedViewHandle? _view;

        public Map(string path)
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            Length = file.Length;
            if (Length == 0)
                return;
            using var mapped = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            using var accessor = mapped.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            _view = accessor.SafeMemoryMappedViewHandle;
            byte* start = null;
            _view.AcquirePointer(ref start);
            Start = start;
        }

        public byte* Start { get; }

        public long Length { get; }

        /// <summary>File and accessor were closed after mapping; the pointer taken then is what keeps the pages.</summary>
        public void Dispose()
        {
            _view?.ReleasePointer();
            _view = null;
        }
    }

    private sealed class Slicer(string name, Map map) : IndexInputSlicer
    {
        private bool _closed;

        public override IndexInput OpenSlice(string sliceDescription, long offset, long length) =>
            new Input($"{name}/{sliceDescription}", map, offset, length, null);

        [Obsolete("Only for 3.x indexes.")]
        public override IndexInput OpenFullSlice() => OpenSlice("full", 0, map.Length);

        protected override void Dispose(bool disposing)
        {
            if (!disposing || _closed)
                return;
            _closed = true;
            map.Dispose();
        }
    }

    /// <summary>A file, or a part of one, where it lies in memory.</summary>
    internal sealed unsafe class Input : IndexInput
    {
        private readonly Map _map;
        private readonly byte* _start;
        private readonly byte* _end;
        private byte* _next;
        private Map? _owned;

        internal Input(string name, Map map, long offset, long length, Map? owned)
            : base(name)
        {
            if (offset < 0 || length < 0 || offset + length > map.Length)
                throw new EndOfStreamException($"{name} ends before {offset + length}.");
            _map = map;
            _start = map.Start + offset;
            _next = _start;
            _end = _start + length;
            _owned = owned;
        }

        /// <summary>The first byte; valid until the input that opened the file is closed.</summary>
        public byte* Start => _start;

        public override long Length => _end - _start;

        public override long Position => _next - _start;

        public override void Seek(long pos)
        {
            if ((ulong)pos > (ulong)(_end - _start))
                throw Ended();
            _next = _start + pos;
        }

        public override byte ReadByte()
        {
            if (_next >= _end)
                throw Ended();
            return *_next++;
        }

        public override void ReadBytes(byte[] b, int offset, int len)
        {
            if (len > _end - _next)
                throw Ended();
            new ReadOnlySpan<byte>(_next, len).CopyTo(b.AsSpan(offset, len));
            _next += len;
        }

        public override short ReadInt16() => BinaryPrimitives.ReadInt16BigEndian(Take(sizeof(short)));

        public override int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(Take(sizeof(int)));

        public override long ReadInt64() => BinaryPrimitives.ReadInt64BigEndian(Take(sizeof(long)));

        public override int ReadVInt32() => (int)ReadVariable(maxShift: 28);

        public override long ReadVInt64() => (long)ReadVariable(maxShift: 56);

        /// <summary>A clone shares the pages and owns nothing.</summary>
        public override object Clone()
        {
            var clone = (Input)base.Clone();
            clone._owned = null;
            return clone;
        }

        protected override void Dispose(bool disposing)
        {
            if (!disposing)
                return;
            _owned?.Dispose();
            _owned = null;
        }

        private ReadOnlySpan<byte> Take(int count)
        {
            if (count > _end - _next)
                throw Ended();
            var taken = new ReadOnlySpan<byte>(_next, count);
            _next += count;
            return taken;
        }

        /// <summary>Seven bits a byte, low ones first (Lucene's vInt and vLong).</summary>
        private ulong ReadVariable(int maxShift)
        {
            var next = _next;
            ulong value = 0;
            for (var shift = 0; shift <= maxShift; shift += 7)
            {
                if (next >= _end)
                    throw Ended();
                var read = *next++;
                value |= (ulong)(read & 0x7F) << shift;
                if (read >= 0x80)
                    continue;
                _next = next;
                return value;
            }

            throw new IOException($"A number in {this} has too many bytes.");
        }

        private EndOfStreamException Ended() => new($"Read past the end of {this} ({_map.Length} bytes in the file).");
    }
}
