using Datt.Paid.Catalog;
using Datt.Paid.Nodes;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Jobs;

/// <summary>Deletes the records of nodes unseen for <see cref="CatalogSettings.ForgetAfter"/>. Their names stay with their accounts.</summary>
public sealed class ForgetJob(NodeRegistry nodes, ContentCatalog catalog, string origin, CatalogSettings settings, ILogger<ForgetJob> log)
{
    /// <summary>Deletes what is due; returns how many records that were. Changes nothing when called again.</summary>
    public async Task<int> RunAsync(DateTimeOffset now, CancellationToken ct)
    {
        var forgotten = 0;
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
