using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Datt.Paid.Sync;

/// <summary>How following goes: counts since the start, and metrics of the same. One for each server.</summary>
public sealed class SyncFigures : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Datt.Paid.Sync";

    private readonly Meter _meter;
    private readonly Counter<long> _verified;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _merged;
    private readonly Counter<long> _fetched;
    private readonly Histogram<double> _searchable;
    private readonly ConcurrentDictionary<string, Progress> _progress = new(StringComparer.Ordinal);
    private long _verifiedBytes;
    private long _refusedBytes;
    private long _mergedBytes;
    private long _fetchedBytes;

    public SyncFigures(IMeterFactory? meters = null)
    {
        var options = new MeterOptions(MeterName);
        _meter = meters?.Create(options) ?? new Meter(options);
        _verified = _meter.CreateCounter<long>("datt.sync.verified", "By", "Bytes of runs that came from other servers and were right");
        _refused = _meter.CreateCounter<long>("datt.sync.refused", "By", "Bytes of runs that came from other servers and were false");
        _merged = _meter.CreateCounter<long>("datt.sync.merge.saved", "By", "Bytes of runs that were merged here instead of being fetched");
        _fetched = _meter.CreateCounter<long>("datt.sync.fetched", "By", "Bytes of runs that were fetched whole");
        _searchable = _meter.CreateHistogram<double>("datt.sync.searchable", "s", "From the making of a manifest to its records being in the catalog here");
    }

    public long VerifiedBytes => Volatile.Read(ref _verifiedBytes);

    public long RefusedBytes => Volatile.Read(ref _refusedBytes);

    /// <summary>Bytes that need not be fetched, because the run was merged from what was held.</summary>
    public long MergedBytes => Volatile.Read(ref _mergedBytes);

    public long FetchedBytes => Volatile.Read(ref _fetchedBytes);

    /// <summary>How each origin goes.</summary>
    public IReadOnlyDictionary<string, Progress> Origins => _progress;

    internal void Verified(long bytes) => Count(ref _verifiedBytes, _verified, bytes);

    internal void Refused(long bytes) => Count(ref _refusedBytes, _refused, bytes);

    internal void Merged(long bytes) => Count(ref _mergedBytes, _merged, bytes);

    internal void Fetched(long bytes) => Count(ref _fetchedBytes, _fetched, bytes);

    internal void Searchable(string origin, TimeSpan after, DateTimeOffset now)
    {
        _searchable.Record(Math.Max(0, after.TotalSeconds));
        Note(origin, p => p with { LastApplied = now, LastDelay = after, Problem = null });
    }

    internal void Note(string origin, Func<Progress, Progress> change) =>
        _progress.AddOrUpdate(origin, _ => change(new Progress(null, null, null)), (_, p) => change(p));

    internal void Forget(string origin) => _progress.TryRemove(origin, out _);

    public void Dispose() => _meter.Dispose();

    private static void Count(ref long total, Counter<long> counter, long bytes)
    {
        Interlocked.Add(ref total, bytes);
        counter.Add(bytes);
    }

    /// <summary>How an origin goes.</summary>
    /// <param name="LastApplied">When its records were last brought in here.</param>
    /// <param name="LastDelay">How long after its manifest was made that was.</param>
    /// <param name="Problem">Why it does not go on, for people; null while it does.</param>
    public sealed record Progress(DateTimeOffset? LastApplied, TimeSpan? LastDelay, string? Problem);
}
