using Datt.Paid.Signalling;

namespace Datt.Paid.Server.Signalling;

/// <summary>The one timer of all sockets: answers what waited too long, and closes what is silent. Says goodbye when the server stops.</summary>
public sealed class SignallingSweep(
    SignalHub hub, SignalRelay relay, SignallingLine line, SignallingDoor door, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<SignallingSweep> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

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
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            log.LogDebug("The sweep of signalling ends with the server");
        }
    }
}
