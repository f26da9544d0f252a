using System.Buffers;
using Datt.Paid.Protocol.Cbor;
using Datt.Paid.Protocol.Records;
using ZstdSharp;

namespace Datt.Paid.Protocol.Runs;

/// <summary>Writes a run, record by record in key order, and computes its id on the way. The same records give the same bytes everywhere.</summary>
public sealed class RunWriter : IDisposable
{
    private readonly Stream _output;
    private readonly RunScope _scope;
    private readonly MerkleHasher _hasher = new();
    private readonly Compressor _compressor = new(RunFormat.ZstdLevel);
    private readonly ArrayBufferWriter<byte> _encoded = new();
    private readonly ArrayBufferWriter<byte> _index = new();
    private readonly byte[] _frame;
    private readonly byte[] _compressed;
    private RecordShape _last;
    private int _lastStart;
    private int _frameLength;
    private int _frameRecords;
    private int _frames;
    private long _count;
    private long _written;

    /// <summary>Writes to <paramref name="output"/> from its current position on; the stream stays open and is not flushed.</summary>
    public RunWriter(Stream output, RunScope scope)
    {
        if (!scope.IsValid)
            throw new ArgumentException($"{scope} is no valid scope of a run.", nameof(scope));
        _output = output;
        _scope = scope;
        _frame = new byte[RunFormat.MaxFrame(scope.Level)];
        _compressed = new byte[Compressor.GetCompressBound(_frame.Length)];
        Write(RunFormat.Header(scope));
    }

    /// <summary>The Merkle tree of the file; null until it is complete.</summary>
    public MerkleTree? Tree { get; private set; }

    /// <summary>Adds the next record; its key must come after the one before and its seq must lie in the scope (else it throws).</summary>
    public void Add(ContentRecord record)
    {
        _encoded.ResetWrittenCount();
        RecordCodec.Encode(record, _encoded);
        if (!RecordCodec.TryRead(_encoded.WrittenSpan, out var view, out var fault))
            throw new ArgumentException($"The record does not read back: {fault}.", nameof(record));
        Add(view);
    }

    /// <summary>The same for a record that is already encoded.</summary>
    public void Add(in RecordView record)
    {
        if (record.Seq < _scope.MinSeq || record.Seq > _scope.MaxSeq)
            throw new ArgumentException($"Sequence number {record.Seq} is outside {_scope}.", nameof(record));
        if (_count > 0 && !ComesAfterLast(record))
            throw new ArgumentException("Records must come in the order of their keys, each key once.", nameof(record));
        // The last record of a closed frame stays in the buffer, so that its key could be compared, and is overwritten only now.
        if (_frameRecords == 0)
            BeginEntry(record);
        record.Bytes.CopyTo(_frame.AsSpan(_frameLength));
        _last = record.Shape;
        _lastStart = _frameLength;
        _frameLength += record.Bytes.Length;
        _frameRecords++;
        _count++;
        if (_frameLength >= RunLimits.FrameBytes(_scope.Level))
            CloseFrame();
    }

    /// <summary>Writes the index. A run may be empty: its range is covered all the same.</summary>
    public RunInfo Complete()
    {
        if (_frameRecords > 0)
            CloseFrame();
        var indexOffset = _written;
        if (_frames > 0)
        {
            var compressed = new byte[Compressor.GetCompressBound(_index.WrittenCount)];
            Write(compressed.AsSpan(0, _compressor.Wrap(_index.WrittenSpan, compressed)));
        }

        Span<byte> trailer = stackalloc byte[RunFormat.TrailerSize];
        RunFormat.WriteTrailer(trailer, indexOffset, _index.WrittenCount, _frames, _count);
        Write(trailer);
        Tree = _hasher.Complete();
        return new RunInfo(new RunId(Tree.Root), _written, _count, _scope.Level, _scope.MinSeq, _scope.MaxSeq);
    }

    public void Dispose() => _compressor.Dispose();

    private bool ComesAfterLast(in RecordView record)
    {
        var last = new RecordView(_frame.AsSpan(_lastStart, _last.Length), _last);
        return RecordView.CompareKeys(last.NodeId, last.ContentId, record.NodeId, record.ContentId) < 0;
    }

    private void BeginEntry(in RecordView first)
    {
        if (_frames == RunLimits.MaxFrames)
            throw new InvalidOperationException($"A run has at most {RunLimits.MaxFrames} frames.");
        var entry = new CborEncoder(_index.GetSpan(RunFormat.MaxEntry));
        entry.Array(RunFormat.EntryFields);
        entry.Text(first.NodeId);
        entry.Text(first.ContentId);
        _index.Advance(entry.Length);
    }

    private void CloseFrame()
    {
        var length = _compressor.Wrap(_frame.AsSpan(0, _frameLength), _compressed);
        Write(_compressed.AsSpan(0, length));
        var entry = new CborEncoder(_index.GetSpan(3 * CborEncoder.MaxHead));
        entry.Integer(_frameLength);
        entry.Integer(length);
        entry.Integer(_frameRecords);
        _index.Advance(entry.Length);
        _frames++;
        _frameLength = 0;
        _frameRecords = 0;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _output.Write(bytes);
        _hasher.Append(bytes);
        _written += bytes.Length;
    }
}
