using System.Collections.Concurrent;

namespace Datt.Paid.Sync.Download;

/// <summary>How servers behaved as sources of runs: who lied or stalls is left alone for a while, who refuses until it said. Bounded by the servers that are known.</summary>
/// <param name="time">The clock.</param>
/// <param name="figures">Where what came is counted over all servers.</param>
/// <param name="received">Told of every server's right bytes.</param>
public sealed class SourceBook(TimeProvider time, SyncFigures? figures = null, Action<string, long>? received = null)
{
    /// <summary>A server that sent false bytes is not asked again for so long.</summary>
    public static readonly TimeSpan LiarRest = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan JustNow = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(2);
    private readonly ConcurrentDictionary<string, Source> _sources = new(StringComparer.Ordinal);

    /// <summary>All sources that were used, by server.</summary>
    public IReadOnlyDictionary<string, Source> All => _sources;

    public bool MayAsk(string server) => !_sources.TryGetValue(server, out var source) || source.RestsUntil <= time.GetUtcNow();

    /// <summary>Whether a server has sent something that was right.</summary>
    public bool IsProven(string server) => _sources.TryGetValue(server, out var source) && source.Verified > 0;

    /// <summary>Bytes that a server sent and that were right, and how long they took.</summary>
    public void Good(string server, long bytes, TimeSpan took)
    {
        Change(server, s => s with
        {
            Verified = s.Verified + bytes,
            Failures = 0,
            BytesPerSecond = took <= TimeSpan.Zero ? s.BytesPerSecond : (s.BytesPerSecond * 0.7) + (0.3 * bytes / took.TotalSeconds),
        });
        figures?.Verified(bytes);
        received?.Invoke(server, bytes);
    }

    /// <summary>Bytes that a server sent and that were false.</summary>
    public void Lied(string server, long bytes)
    {
        Change(server, s => s with
        {
            Refused = s.Refused + bytes,
            Lies = s.Lies + 1,
            RestsUntil = time.GetUtcNow() + LiarRest,
        });
        figures?.Refused(bytes);
    }

    /// <summary>No answer, or too slow a one. Requests that fail together are one failure: while it rests, no further one counts.</summary>
    public void Failed(string server) => Change(server, s => s.RestsUntil > time.GetUtcNow() ? s : s with
    {
        Failures = s.Failures + 1,
        RestsUntil = time.GetUtcNow() + Min(LongestRest, FirstRest * Math.Pow(2, Math.Min(s.Failures, 10))),
    });

    /// <summary>It is heard from again: if it rests because it failed, it may be asked at once, and rests longer than before where it fails again. Who lied rests on.</summary>
    public void Back(string server)
    {
        if (_sources.TryGetValue(server, out var source) && source is { Failures: > 0, Lies: 0 })
            Change(server, s => s with { RestsUntil = DateTimeOffset.MinValue });
    }

    /// <summary>It gives nothing before then; where it was paid just now, it is asked again soon, because its books may be behind.</summary>
    public void Closed(string server, TimeSpan retryAfter) => Change(server, s => s with
    {
        RestsUntil = time.GetUtcNow() + (time.GetUtcNow() - s.PaidAt < JustNow ? Min(FirstRest, retryAfter) : Min(TimeSpan.FromHours(1), retryAfter)),
    });

    /// <summary>It was paid: what it refused for is settled, so it may be asked at once. Whoever lied or fails rests on.</summary>
    public void Paid(string server) => Change(server, s => s with
    {
        PaidAt = time.GetUtcNow(),
        RestsUntil = s is { Failures: 0, Lies: 0 } ? DateTimeOffset.MinValue : s.RestsUntil,
    });

    private void Change(string server, Func<Source, Source> change) =>
        _sources.AddOrUpdate(server, _ => change(new Source(0, 0, 0, 0, 0, DateTimeOffset.MinValue)), (_, source) => change(source));

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    /// <summary>One server as a source.</summary>
    /// <param name="Verified">Bytes that were right.</param>
    /// <param name="Refused">Bytes that were false.</param>
    /// <param name="Lies">How often it sent false bytes.</param>
    /// <param name="Failures">Failures since the last success.</param>
    /// <param name="BytesPerSecond">How fast it was lately.</param>
    /// <param name="RestsUntil">It is not asked before.</param>
    public sealed record Source(long Verified, long Refused, int Lies, int Failures, double BytesPerSecond, DateTimeOffset RestsUntil)
    {
        /// <summary>When a subscription there was last paid.</summary>
        public DateTimeOffset PaidAt { get; init; }
    }
}
