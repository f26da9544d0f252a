using Datt.Paid.Sync.Exchange;
using Datt.Paid.Sync.Exchange.Buying;

namespace Datt.Paid.Server.Sync;

/// <summary>Reads the totals and the keys of earlier runs before the server listens, and begins to measure.</summary>
public sealed class ExchangeHost(PeerTrafficStore traffic, PeerKeys keys, PeerMetrics metrics) : IHostedService
{
    public Task StartAsync(CancellationToken ct)
    {
        _ = metrics;
        return Task.WhenAll(traffic.LoadAsync(ct), keys.LoadAsync(ct));
    }

    public Task StopAsync(CancellationToken ct) => traffic.SaveAsync(ct);
}
