using Datt.Paid.Protocol.Cbor;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Protocol.Runs;

/// <summary>Where the frames of a run lie and with which key each begins.</summary>
internal sealed class RunIndex
{
    private readonly byte[] _raw;
    private readonly Frame[] _frames;

    private RunIndex(byte[] raw, Frame[] frames, RunScope scope)
    {
        _raw = raw;
        _frames = frames;
        Scope = scope;
    }

    public RunScope Scope { get; }

    public int Count => _frames.Length;

    public Frame this[int frame] => _frames[frame];

    public ReadOnlySpan<byte> NodeId(int frame) => _raw.AsSpan(_frames[frame].NodeId, _frames[frame].NodeIdLength);

    public ReadOnlySpan<byte> ContentId(int frame) => _raw.AsSpan(_frames[frame].ContentId, _frames[frame].ContentIdLength);

    /// <summary>
    /// Reads the unpacked index. The frames must fill the file from <paramref name="start"/> to <paramref name="end"/> and hold
    /// <paramref name="records"/> records.
    /// </summary>
    public static RunFault TryRead(byte[] raw, RunScope scope, int count, long start, long end, long records, out RunIndex? index)
    {
        index = new RunIndex(raw, new Frame[count], scope);
        var from = new CborDecoder(raw);
        for (var i = 0; i < count; i++)
        {
            if (!from.ArrayOf(RunFormat.EntryFields)
                || !from.Text(1, RecordLimits.NodeId, out var nodeId) || from.Position is var nodeEnd && !RecordRules.IsNodeId(nodeId)
                || !from.Text(1, RecordLimits.ContentId, out var contentId) || from.Position is var contentEnd && !RecordRules.IsContentId(contentId)
                || !from.Integer(i < count - 1 ? RunLimits.FrameBytes(scope.Level) : 1, RunFormat.MaxFrame(scope.Level) - 1, out var rawBytes)
                || !from.Integer(1, end - start, out var bytes)
                || !from.Integer(1, Math.Min(rawBytes, records), out var held))
                return from.Fault == DecodeFault.OverLimit ? RunFault.OverLimit : RunFault.BadStructure;
            index._frames[i] = new Frame(
                start, (int)bytes, (int)rawBytes, (int)held, nodeEnd - nodeId.Length, nodeId.Length, contentEnd - contentId.Length, contentId.Length);
            if (i > 0 && RecordView.CompareKeys(index.NodeId(i - 1), index.ContentId(i - 1), nodeId, contentId) >= 0)
                return RunFault.OutOfOrder;
            start += bytes;
            records -= held;
        }

        return from.End() && start == end && records == 0 ? RunFault.None : RunFault.BadStructure;
    }

    /// <summary>The only frame that can hold the key; -1 where it would stand before the first.</summary>
    public int FrameOf(ReadOnlySpan<byte> nodeId, ReadOnlySpan<byte> contentId)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (RecordView.CompareKeys(NodeId(middle), ContentId(middle), nodeId, contentId) <= 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low - 1;
    }

    /// <param name="Offset">In the file.</param>
    /// <param name="Bytes">Compressed.</param>
    /// <param name="RawBytes">Before compression.</param>
    /// <param name="Records">How many begin and end in it.</param>
    /// <param name="NodeId">Where in the raw index the first key lies, like the three after it.</param>
    /// <param name="NodeIdLength">Bytes.</param>
    /// <param name="ContentId">Offset.</param>
    /// <param name="ContentIdLength">Bytes.</param>
    internal readonly record struct Frame(
        long Offset, int Bytes, int RawBytes, int Records, int NodeId, int NodeIdLength, int ContentId, int ContentIdLength);
}
