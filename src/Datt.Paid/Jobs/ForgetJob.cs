using Datt.Paid.Catalog;
using Datt.Paid.Nodes;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Jobs;

/// <summary>Deletes the records of nodes unseen for <see cref="CatalogSettings.ForgetAfter"/>. Their names stay with their accounts.</summary>
/// <param name="started">When this server began to listen: a node cannot be seen by a server that is down.</param>
public sealed class ForgetJob(
    NodeRegistry nodes, ContentCatalog catalog, string origin, CatalogSettings settings, DateTimeOffset started, ILogger<ForgetJob> log)
{
    private static readonly TimeSpan LongestGrace = TimeSpan.FromDays(1);

    /// <summary>After a start nothing is forgotten for this long, so that nodes can come back after the server was away.</summary>
    private TimeSpan Grace => settings.ForgetAfter < LongestGrace ? settings.ForgetAfter : LongestGrace;

    /// <summary>Deletes what is due; returns how many records that were. Changes nothing when called again.</summary>
    public async Task<int> RunAsync(DateTimeOffset now, CancellationToken ct)
    {
        var forgotten = 0;
        if (now - started < Grace)
            return forgotten;
        foreach (var node in nodes.UnseenSince(now - settings.ForgetAfter))
        {
            if (catalog.RecordsOf(new NodeKey(origin, node.NodeId)) == 0)
                continue;
            var records = await catalog.ForgetNodeAsync(node.NodeId, ct);
            log.LogInformation("Forgot {Records} records of node {NodeId}, last seen {LastSeen:u}", records, node.NodeId, node.LastSeen);
            forgotten += records;
        }
        return forgotten;
    }
}
