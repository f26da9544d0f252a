using System.Diagnostics.Metrics;
using Datt.Paid.Federation;
using Datt.Paid.Server.Operations;

namespace Datt.Paid.Server.Federation;

/// <summary>What an operator watches of the network.</summary>
public sealed class CrawlMetrics
{
    public CrawlMetrics(IMeterFactory meters, ServerDirectory directory, Crawler crawler)
    {
        var meter = meters.Create(ServerMetrics.Name);
        meter.CreateObservableGauge(
            "datt.servers", () => Enum.GetValues<ServerState>().Select(state => new Measurement<int>(
                directory.All.Count(server => server.State == state),
                new KeyValuePair<string, object?>("state", state.ToString().ToLowerInvariant()))),
            "{server}", "Other servers that are known, by state.");
        meter.CreateObservableGauge("datt.servers.addresses", () => crawler.Addresses, "{address}", "Addresses of servers, those that never answered included.");
        meter.CreateObservableCounter("datt.servers.requests", () => crawler.Requests, "{request}", "Requests sent to find servers.");
    }
}
