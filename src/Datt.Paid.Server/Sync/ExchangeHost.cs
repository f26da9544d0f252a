using Datt.Paid.Sync.Exchange;

namespace Datt.Paid.Server.Sync;

/// <summary>Reads the totals of earlier runs before the server listens, and begins to measure.</summary>
public sealed class ExchangeHost(PeerTrafficStore traffic, PeerMetrics metrics) : IHostedService
{
    public Task StartAsync(CancellationToken ct)
    {
        _ = metrics;
        return traffic.LoadAsync(ct);
    }

    public Task StopAsync(CancellationToken ct) => traffic.SaveAsync(ct);
}
