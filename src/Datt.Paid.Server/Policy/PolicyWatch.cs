using Datt.Paid.Policy;

namespace Datt.Paid.Server.Policy;

/// <summary>Applies changed rules to the index as long as the server runs. What fails is tried again: until then hits are still checked one by one.</summary>
public sealed class PolicyWatch(PolicyPass pass, TimeProvider time, ILogger<PolicyWatch> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                try
                {
                    await pass.RunAsync(stoppingToken);
                }
                catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
                {
                    log.LogError(fault, "The rules could not be applied to the index; tried again in {Pause}", Pause);
                }

                await Task.Delay(Pause, time, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }
}
