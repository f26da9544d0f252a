using Datt.Paid.Nodes;

namespace Datt.Paid.Server.Nodes;

/// <summary>Lets <see cref="RemoteNodeFollower"/> ask whom it is time to ask, as long as the server runs.</summary>
public sealed class RemoteNodeWatch(RemoteNodeFollower follower, TimeProvider time, ILogger<RemoteNodeWatch> log) : BackgroundService
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Step, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                _ = ObserveAsync(follower.StepAsync(stoppingToken), stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    // Not waited for: a server that hangs must not delay the next step.
    private async Task ObserveAsync(Task asking, CancellationToken stopping)
    {
        try
        {
            await asking;
        }
        catch (Exception fault) when (!stopping.IsCancellationRequested)
        {
            log.LogError(fault, "Asking other servers for their nodes failed");
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }
}
