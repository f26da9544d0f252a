using System.Globalization;

namespace Datt.Paid.Server.Tests.Running;

/// <summary>
/// A calendar that stands until it is moved. Timers and elapsed times stay real, so that what works in the background goes on.
/// </summary>
public sealed class WallClock(string now) : TimeProvider
{
    private long _ticks = DateTimeOffset.Parse(now, CultureInfo.InvariantCulture).UtcTicks;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);

    public void Set(string at) =>
        Interlocked.Exchange(ref _ticks, DateTimeOffset.Parse(at, CultureInfo.InvariantCulture).UtcTicks);
}
