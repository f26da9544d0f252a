using Datt.Paid.Federation;
using Datt.Paid.Outbound;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Signalling;

namespace Datt.Paid.Server.Signalling;

/// <summary>The servers of the directory that are alive, called by signed requests.</summary>
public sealed class OtherServers(ServerDirectory directory, OutboundClient outbound, ServerKey self, TimeProvider time, ILogger<OtherServers> log) : IOtherServers
{
    /// <summary>Where messages are taken; below a server's address.</summary>
    public const string Path = "/federation/v1/signals";

    // Two of these, for a message that bounces, are still below what a PeerJS client waits.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    private Listing _listing = new([], []);

    /// <inheritdoc/>
    public IReadOnlyList<string> Reachable
    {
        get
        {
            // The directory makes a new list when something changed.
            var all = directory.All;
            var listing = Volatile.Read(ref _listing);
            if (ReferenceEquals(listing.Of, all))
                return listing.Ids;
            var ids = all.Where(server => server.State == ServerState.Alive)
                .OrderBy(server => server.Latency ?? TimeSpan.MaxValue).Select(server => server.Id).ToArray();
            Volatile.Write(ref _listing, new Listing(all, ids));
            return ids;
        }
    }

    /// <inheritdoc/>
    public async Task<byte[]?> PostAsync(string serverId, byte[] body, CancellationToken ct)
    {
        if (!directory.TryGet(serverId, out var server) || server.State != ServerState.Alive)
            return null;
        var target = new Uri(server.Url.AbsoluteUri.TrimEnd('/') + Path);
        var request = new OutboundRequest(HttpMethod.Post, target.AbsoluteUri)
        {
            Headers = [.. RequestSignature.Sign("POST", target, body, time.GetUtcNow(), self).Select(field => (field.Key, field.Value))],
            Body = body,
            Timeout = Timeout,
            MaxResponseBytes = RelayWire.MaxBytes,
        };
        var outcome = await outbound.SendAsync(request, ct);
        if (outcome is OutboundOutcome.Answered { Status: 200 } answered)
            return answered.Body;
        if (log.IsEnabled(LogLevel.Debug))
            log.LogDebug("{Server} took no messages: {Outcome}", server.Url, outcome is OutboundOutcome.Answered other ? other.Status : outcome);
        return null;
    }

    private sealed record Listing(IReadOnlyList<KnownServer> Of, string[] Ids);
}
