using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Protocol.Runs;

/// <summary>Reads a run. Everything read is checked; nothing throws on outside bytes. Safe for several threads, each with its own cursor.</summary>
public sealed class RunReader
{
    /// <summary>Reads header and index.</summary>
    public static bool TryOpen(IRunBytes bytes, [NotNullWhen(true)] out RunReader? run, out RunFault fault) => throw new NotImplementedException();

    /// <summary>Checks all of a run: length, Merkle root, every record, order, count, level and range.</summary>
    public static RunFault Verify(IRunBytes bytes, RunInfo listed, CancellationToken ct = default) => throw new NotImplementedException();

    public RunScope Scope => throw new NotImplementedException();

    /// <summary>Records, tombstones included.</summary>
    public long Count => throw new NotImplementedException();

    /// <summary>What compressed the frames, like <c>zstd 1.5.7 level 3</c>.</summary>
    public string Encoder => throw new NotImplementedException();

    /// <summary>All records in key order. Holds one frame in memory.</summary>
    public RunCursor Records() => throw new NotImplementedException();

    /// <summary>Looks one key up, reading one frame. False with <see cref="RunFault.None"/>: it is not in this run.</summary>
    public bool TryFind(string nodeId, string contentId, [NotNullWhen(true)] out ContentRecord? record, out RunFault fault) =>
        throw new NotImplementedException();
}
