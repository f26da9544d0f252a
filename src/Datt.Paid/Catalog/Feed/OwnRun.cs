using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Catalog.Feed;

/// <summary>A run of the own feed, opened to be read.</summary>
public sealed class OwnRun : IDisposable
{
    private readonly RunFile _file;

    internal OwnRun(RunInfo info, RunFile file)
    {
        Info = info;
        _file = file;
    }

    public RunInfo Info { get; }

    /// <summary>Its bytes; valid until it is disposed of.</summary>
    public IRunBytes Bytes => _file;

    public void Dispose() => _file.Dispose();
}
