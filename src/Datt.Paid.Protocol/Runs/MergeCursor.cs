using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Protocol.Runs;

/// <summary>
/// Goes through several runs at once in key order and shows the newest record of each key. For one thread; holds one frame of each run.
/// </summary>
public sealed class MergeCursor : IDisposable
{
    /// <summary>The runs must cover a range of sequence numbers without overlap or gap, in any order; otherwise the first <see cref="MoveNext"/> fails.</summary>
    public MergeCursor(IReadOnlyList<RunReader> runs, bool dropTombstones) => throw new NotImplementedException();

    /// <summary>False at the end, and at the first thing that is wrong: <see cref="Fault"/> tells which.</summary>
    public bool MoveNext() => throw new NotImplementedException();

    /// <summary>Valid until the next <see cref="MoveNext"/>.</summary>
    public RecordView Current => throw new NotImplementedException();

    public RunFault Fault => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
