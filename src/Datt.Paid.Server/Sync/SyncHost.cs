using Datt.Paid.Sync;
using Datt.Paid.Sync.Gossip;

namespace Datt.Paid.Server.Sync;

/// <summary>Follows the other servers' feeds from the moment this server listens until it stops.</summary>
public sealed class SyncHost(Swarm swarm, HeadStreams streams, FeedMetrics metrics, IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var whenStarted = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        metrics.Begin();
        await streams.RunAsync(stoppingToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await swarm.DisposeAsync();
    }
}
