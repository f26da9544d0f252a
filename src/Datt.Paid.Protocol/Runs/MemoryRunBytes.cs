namespace Datt.Paid.Protocol.Runs;

/// <summary>A run that lies in memory.</summary>
public sealed class MemoryRunBytes(ReadOnlyMemory<byte> bytes) : IRunBytes
{
    public long Length => bytes.Length;

    public void Read(long offset, Span<byte> into) => bytes.Span.Slice((int)offset, into.Length).CopyTo(into);
}
