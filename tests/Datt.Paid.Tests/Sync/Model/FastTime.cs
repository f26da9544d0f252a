using System.Diagnostics;

namespace Datt.Paid.Tests.Sync.Model;

/// <summary>A clock that runs faster than the wall's, so that retries and rests of minutes pass in a test.</summary>
internal sealed class FastTime(double factor) : TimeProvider
{
    private static readonly DateTimeOffset _start = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly long _begin = Stopwatch.GetTimestamp();

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _start + Elapsed;

    public override long GetTimestamp() => Elapsed.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new FastTimer(System.CreateTimer(callback, state, Shorter(dueTime), Shorter(period)), Shorter);

    private TimeSpan Elapsed => Stopwatch.GetElapsedTime(_begin) * factor;

    private TimeSpan Shorter(TimeSpan time) => time <= TimeSpan.Zero ? time : time / factor < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : time / factor;

    private sealed class FastTimer(ITimer timer, Func<TimeSpan, TimeSpan> shorter) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(shorter(dueTime), shorter(period));

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
