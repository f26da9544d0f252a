using Datt.Paid.Signalling;

namespace Datt.Paid.Server.Signalling;

/// <summary>The one timer of all sockets: answers what waited too long, and closes what is silent. Says goodbye when the server stops.</summary>
public sealed class SignallingSweep(
    SignalHub hub, SignalRelay relay, SignallingLine line, SignallingDoor door, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<SignallingSweep> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private IReadOnlyList<(string Reason, long Count)> _reported = hub.Figures.Refusals;
    private long _reportedAt = time.GetTimestamp();

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Nothing else asks for the relay before another server calls.
        hub.Relay ??= relay;
        using var goodbye = lifetime.ApplicationStopping.Register(hub.CloseAll);
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                hub.Sweep(door.MayStay);
                line.Sweep();
                Report();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            log.LogDebug("The sweep of signalling ends with the server");
        }
    }

    // One line a minute for whatever happened, however often it did.
    private void Report()
    {
        if (time.GetElapsedTime(_reportedAt) < TimeSpan.FromMinutes(1))
            return;
        _reportedAt = time.GetTimestamp();
        var now = hub.Figures.Refusals;
        var news = now.Zip(_reported, (each, before) => (each.Reason, Count: each.Count - before.Count))
            .Where(each => each.Count > 0 && each.Reason is not "taken" and not "silent").Select(each => $"{each.Reason} {each.Count}").ToList();
        _reported = now;
        if (news.Count > 0)
            log.LogWarning("Signalling refused in the last minute: {Refusals}", string.Join(", ", news));
    }
}
