namespace Datt.Paid.Tests.Sync.Simulation;

/// <summary>Virtual time and what happens in it, on one thread: what is due at the same moment happens in the order in which it was asked for.</summary>
internal sealed class EventQueue : TimeProvider
{
    private static readonly DateTimeOffset _start = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly PriorityQueue<Action, (long At, long Order)> _events = new();
    private long _order;

    /// <summary>Since the begin.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>Events so far.</summary>
    public long Count { get; private set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _start + Now;

    public override long GetTimestamp() => Now.Ticks;

    public void At(TimeSpan time, Action action) => _events.Enqueue(action, (Math.Max(time.Ticks, Now.Ticks), _order++));

    public void After(TimeSpan wait, Action action) => At(Now + wait, action);

    /// <summary>Goes on until a condition holds, at most for some time. Whether it held; the time is then that at which it began to.</summary>
    public bool Run(TimeSpan most, Func<bool>? until = null)
    {
        var end = Now + most;
        while (until?.Invoke() != true)
        {
            if (!_events.TryPeek(out _, out var next) || next.At > end.Ticks)
            {
                Now = end;
                return false;
            }
            var action = _events.Dequeue();
            Now = new TimeSpan(next.At);
            Count++;
            action();
        }
        return true;
    }
}
