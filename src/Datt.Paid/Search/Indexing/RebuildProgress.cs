using Microsoft.Extensions.Logging;

namespace Datt.Paid.Search.Indexing;

/// <summary>Tells the log how far building the index from all contents has come: at the beginning, every few seconds, and at the end.</summary>
internal sealed class RebuildProgress
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly long _expected;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly long _started;
    private long _reported;
    private long _done;

    public RebuildProgress(long expected, TimeProvider time, ILogger log)
    {
        _expected = expected;
        _time = time;
        _log = log;
        _started = _reported = time.GetTimestamp();
        log.LogInformation("Building the search index from {Contents} contents", expected);
    }

    public void Add(int count)
    {
        _done += count;
        if (_time.GetElapsedTime(_reported) < Interval)
            return;
        _reported = _time.GetTimestamp();
        _log.LogInformation("Building the search index: {Done} of about {Contents} contents", _done, _expected);
    }

    public void End() =>
        _log.LogInformation("Built the search index from {Contents} contents in {Elapsed}", _done, _time.GetElapsedTime(_started));
}
