using System.Diagnostics.CodeAnalysis;
using System.Text;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Protocol.Runs;

/// <summary>Reads a run. Everything read is checked; nothing throws on outside bytes. Safe for several threads, each with its own cursor.</summary>
public sealed class RunReader
{
    private const int ReadSize = 16 * MerkleTree.LeafSize;

    /// <summary>A zstd frame has at least a magic number, a header and one block.</summary>
    private const int LeastFrame = 9;

    private readonly IRunBytes _bytes;
    private readonly RunIndex _index;

    private RunReader(IRunBytes bytes, RunIndex index, long count, string encoder)
    {
        _bytes = bytes;
        _index = index;
        Count = count;
        Encoder = encoder;
    }

    public RunScope Scope => _index.Scope;

    /// <summary>Records, tombstones included.</summary>
    public long Count { get; }

    /// <summary>Frames, which <see cref="RecordsFrom"/> can begin with.</summary>
    public int Frames => _index.Count;

    /// <summary>What compressed the frames, like <c>zstd 1.5.7 level 3</c>.</summary>
    public string Encoder { get; }

    /// <summary>Reads header and index.</summary>
    public static bool TryOpen(IRunBytes bytes, [NotNullWhen(true)] out RunReader? run, out RunFault fault)
    {
        run = null;
        if (bytes.Length < RunFormat.TrailerSize)
            return Fail(RunFault.Truncated, out fault);
        Span<byte> header = stackalloc byte[(int)Math.Min(RunFormat.MaxHeader, bytes.Length)];
        bytes.Read(0, header);
        fault = RunFormat.ReadHeader(header, out var scope, out var encoder, out var start);
        if (fault != RunFault.None)
            return false;
        Span<byte> trailer = stackalloc byte[RunFormat.TrailerSize];
        bytes.Read(bytes.Length - trailer.Length, trailer);
        if (!RunFormat.TryReadTrailer(trailer, out var indexOffset, out var indexRaw, out var frames, out var records))
            return Fail(RunFault.Truncated, out fault);
        var end = bytes.Length - trailer.Length;
        if (indexOffset < start || indexOffset > end || records < 0)
            return Fail(RunFault.BadStructure, out fault);
        // What is allocated for the index stays in proportion to the bytes that are really there.
        if (frames < 0 || frames > Math.Min(RunLimits.MaxFrames, (indexOffset - start) / LeastFrame)
            || indexRaw < 0 || indexRaw > (long)frames * RunFormat.MaxEntry || end - indexOffset > 2L * indexRaw + 64)
            return Fail(RunFault.OverLimit, out fault);
        if (!TryUnpackIndex(bytes, indexOffset, end, indexRaw, out var raw))
            return Fail(RunFault.BadFrame, out fault);
        fault = RunIndex.TryRead(raw, scope, frames, start, indexOffset, records, out var index);
        if (fault == RunFault.None)
            run = new RunReader(bytes, index!, records, encoder);
        return run is not null;
    }

    /// <summary>Checks all of a run: length, Merkle root, every record, order, count, level and range.</summary>
    public static RunFault Verify(IRunBytes bytes, RunInfo listed, CancellationToken ct = default)
    {
        if (bytes.Length != listed.Bytes || RootOf(bytes, ct) != listed.Id.Root)
            return RunFault.NotAsListed;
        if (!TryOpen(bytes, out var run, out var fault))
            return fault;
        if (run.Count != listed.Count || run.Scope != listed.Scope)
            return RunFault.NotAsListed;
        using var cursor = run.Records();
        while (cursor.MoveNext())
            ct.ThrowIfCancellationRequested();
        return cursor.Fault;
    }

    /// <summary>All records in key order. Holds one frame in memory.</summary>
    public RunCursor Records() => RecordsFrom(0);

    /// <summary>The records of a frame and of all after it.</summary>
    public RunCursor RecordsFrom(int frame) => new(_bytes, _index, frame);

    /// <summary>The frame that a byte of the file lies in: the first for bytes before all frames, the last for bytes behind; -1 where there are none.</summary>
    public int FrameAt(long offset)
    {
        var (low, high) = (0, _index.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_index[middle].Offset <= offset)
                low = middle + 1;
            else
                high = middle;
        }

        return Math.Max(low - 1, Math.Min(0, _index.Count - 1));
    }

    /// <summary>Looks one key up, reading one frame. False with <see cref="RunFault.None"/>: it is not in this run.</summary>
    public bool TryFind(string nodeId, string contentId, [NotNullWhen(true)] out ContentRecord? record, out RunFault fault)
    {
        record = null;
        fault = RunFault.None;
        if (!RecordVerifier.IsNodeId(nodeId) || !RecordVerifier.IsContentId(contentId))
            return false;
        var (node, content) = (Encoding.ASCII.GetBytes(nodeId), Encoding.ASCII.GetBytes(contentId));
        var frame = _index.FrameOf(node, content);
        if (frame < 0)
            return false;
        using var cursor = RecordsFrom(frame);
        while (cursor.MoveNext())
        {
            var current = cursor.Current;
            var order = RecordView.CompareKeys(current.NodeId, current.ContentId, node, content);
            if (order == 0)
                record = current.ToRecord();
            if (order >= 0 || cursor.IsAtFrameEnd)
                break;
        }

        fault = cursor.Fault;
        return record is not null;
    }

    private static Identity.Hash256 RootOf(IRunBytes bytes, CancellationToken ct)
    {
        var hasher = new MerkleHasher();
        var buffer = new byte[Math.Min(ReadSize, bytes.Length)];
        for (long offset = 0; offset < bytes.Length; offset += buffer.Length)
        {
            ct.ThrowIfCancellationRequested();
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, bytes.Length - offset));
            bytes.Read(offset, piece);
            hasher.Append(piece);
        }

        return bytes.Length == 0 ? default : hasher.Complete().Root;
    }

    private static bool TryUnpackIndex(IRunBytes bytes, long offset, long end, int rawLength, out byte[] raw)
    {
        raw = new byte[rawLength];
        var packed = new byte[end - offset];
        if (rawLength == 0)
            return packed.Length == 0;
        bytes.Read(offset, packed);
        using var zstd = new ZstdFrames();
        return zstd.TryDecompress(packed, raw);
    }

    private static bool Fail(RunFault reason, out RunFault fault)
    {
        fault = reason;
        return false;
    }
}
