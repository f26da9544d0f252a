using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Protocol.Runs;

/// <summary>Goes through the records of a run in key order. For one thread.</summary>
public sealed class RunCursor : IDisposable
{
    /// <summary>False at the end, and at the first thing that is wrong: <see cref="Fault"/> tells which.</summary>
    public bool MoveNext() => throw new NotImplementedException();

    /// <summary>Valid until the next <see cref="MoveNext"/>.</summary>
    public RecordView Current => throw new NotImplementedException();

    public RunFault Fault => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
