using System.Diagnostics.Metrics;
using Datt.Paid.Sync;

namespace Datt.Paid.Server.Sync;

/// <summary>How far this server is behind each origin, as metrics. Of many origins those that are most behind.</summary>
public sealed class FeedMetrics(IMeterFactory meters, FeedStandings standings, TimeProvider time)
{
    private const int MostOrigins = 100;

    /// <summary>Begins to show them; once.</summary>
    public void Begin()
    {
        var meter = meters.Create(SyncFigures.MeterName);
        meter.CreateObservableGauge(
            "datt.feeds.lag", () => Behind(s => s.Lag.TotalSeconds), "s", "Age of the oldest state of an origin of which something is missing here; 0 where nothing is.");
        meter.CreateObservableGauge("datt.feeds.missing", () => Behind(s => s.LagRecords), "{record}", "Records of an origin's newest state that are missing here, at most.");
    }

    private IEnumerable<Measurement<T>> Behind<T>(Func<FeedStanding, T> value)
        where T : struct =>
        standings.All(time.GetUtcNow()).Where(s => !s.IsOwn).OrderByDescending(s => s.Lag).ThenByDescending(s => s.LagRecords).Take(MostOrigins)
            .Select(s => new Measurement<T>(value(s), new KeyValuePair<string, object?>("origin", s.Origin)));
}
