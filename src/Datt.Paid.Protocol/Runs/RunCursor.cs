using System.Buffers;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Protocol.Runs;

/// <summary>
/// Goes through the records of a run in key order and checks each: canonical bytes, limits, order, range, and that frames end where the
/// format says. For one thread; holds one frame.
/// </summary>
public sealed class RunCursor : IDisposable
{
    private readonly IRunBytes _bytes;
    private readonly RunIndex _index;
    private readonly ZstdFrames _zstd = new();
    private readonly byte[] _previousKey = new byte[RecordLimits.NodeId + RecordLimits.ContentId];
    private byte[] _packed = [];
    private byte[] _raw = [];
    private RecordShape _shape;
    private int _previousNodeLength = -1;
    private int _previousKeyLength;
    private int _next;
    private int _start;
    private int _rawLength;
    private int _held;

    internal RunCursor(IRunBytes bytes, RunIndex index, int frame)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frame);
        _bytes = bytes;
        _index = index;
        Frame = frame - 1;
    }

    /// <summary>Number of the frame that <see cref="Current"/> is in.</summary>
    public int Frame { get; private set; }

    public RunFault Fault { get; private set; }

    /// <summary>Valid until the next <see cref="MoveNext"/>.</summary>
    public RecordView Current => new(_raw.AsSpan(_start, _shape.Length), _shape);

    /// <summary>Whether the next record would be in the next frame.</summary>
    public bool IsAtFrameEnd => _next == _rawLength;

    /// <summary>False at the end, and at the first thing that is wrong: <see cref="Fault"/> tells which.</summary>
    public bool MoveNext()
    {
        if (Fault != RunFault.None)
            return false;
        KeepKey();
        if (_next == _rawLength)
        {
            if (Frame >= 0 && _rawLength > 0 && _held != 0)
                return Fail(RunFault.BadStructure);
            if (Frame + 1 >= _index.Count)
                return End();
            if (!LoadFrame(++Frame))
                return Fail(RunFault.BadFrame);
        }
        else if (_next >= RunLimits.FrameBytes(_index.Scope.Level))
        {
            return Fail(RunFault.BadStructure);
        }

        if (!RecordCodec.TryReadShape(_raw.AsSpan(_next, _rawLength - _next), out _shape, out _))
            return Fail(RunFault.BadRecord);
        _start = _next;
        _next += _shape.Length;
        _held--;
        return IsInPlace();
    }

    public void Dispose()
    {
        _zstd.Dispose();
        ArrayPool<byte>.Shared.Return(_packed);
        ArrayPool<byte>.Shared.Return(_raw);
        _packed = _raw = [];
        _next = _rawLength = 0;
        Fault = Fault == RunFault.None ? RunFault.Truncated : Fault;
    }

    private bool IsInPlace()
    {
        if (_shape.Seq < _index.Scope.MinSeq || _shape.Seq > _index.Scope.MaxSeq)
            return Fail(RunFault.OutOfRange);
        var current = Current;
        if (_start == 0 && !(current.NodeId.SequenceEqual(_index.NodeId(Frame)) && current.ContentId.SequenceEqual(_index.ContentId(Frame))))
            return Fail(RunFault.BadStructure);
        if (_previousNodeLength < 0)
            return true;
        var previous = _previousKey.AsSpan(0, _previousKeyLength);
        return RecordView.CompareKeys(previous[.._previousNodeLength], previous[_previousNodeLength..], current.NodeId, current.ContentId) < 0
            || Fail(RunFault.OutOfOrder);
    }

    /// <summary>The next frame overwrites the record that its first key must be compared with.</summary>
    private void KeepKey()
    {
        if (_shape.Length == 0)
            return;
        var current = Current;
        current.NodeId.CopyTo(_previousKey);
        current.ContentId.CopyTo(_previousKey.AsSpan(current.NodeId.Length));
        _previousNodeLength = current.NodeId.Length;
        _previousKeyLength = _previousNodeLength + current.ContentId.Length;
    }

    private bool LoadFrame(int number)
    {
        var frame = _index[number];
        _packed = Grow(_packed, frame.Bytes);
        _raw = Grow(_raw, frame.RawBytes);
        _next = 0;
        _rawLength = frame.RawBytes;
        _held = frame.Records;
        var packed = _packed.AsSpan(0, frame.Bytes);
        _bytes.Read(frame.Offset, packed);
        return _zstd.TryDecompress(packed, _raw.AsSpan(0, _rawLength));
    }

    private static byte[] Grow(byte[] buffer, int size)
    {
        if (buffer.Length >= size)
            return buffer;
        ArrayPool<byte>.Shared.Return(buffer);
        return ArrayPool<byte>.Shared.Rent(size);
    }

    private bool End()
    {
        _shape = default;
        return false;
    }

    private bool Fail(RunFault fault)
    {
        Fault = fault;
        _shape = default;
        return false;
    }
}
