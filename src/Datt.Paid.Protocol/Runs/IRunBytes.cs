namespace Datt.Paid.Protocol.Runs;

/// <summary>The bytes of a run, wherever they are kept: a file, a mapping, memory. Implementations are safe for several threads.</summary>
public interface IRunBytes
{
    /// <summary>Bytes in all.</summary>
    long Length { get; }

    /// <summary>Fills <paramref name="into"/> from <paramref name="offset"/>. Only asked for what lies within <see cref="Length"/>.</summary>
    void Read(long offset, Span<byte> into);
}
