using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Protocol.Runs;

/// <summary>Writes a run, record by record in key order, and computes its id on the way. The same records give the same bytes everywhere.</summary>
public sealed class RunWriter : IDisposable
{
    /// <summary>Writes to <paramref name="output"/> from its current position on; the stream stays open and is not flushed to disk.</summary>
    public RunWriter(Stream output, RunScope scope) => throw new NotImplementedException();

    /// <summary>Adds the next record; its key must come after the one before and its seq must lie in the scope (else it throws).</summary>
    public void Add(ContentRecord record) => throw new NotImplementedException();

    /// <summary>The same for a record that is already encoded.</summary>
    public void Add(in RecordView record) => throw new NotImplementedException();

    /// <summary>Writes the index. A run may be empty: its range is covered all the same.</summary>
    public RunInfo Complete() => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
