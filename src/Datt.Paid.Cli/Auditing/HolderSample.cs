using Datt.Paid.Cli.Fetching;
using Datt.Paid.Client;

namespace Datt.Paid.Cli.Auditing;

/// <summary>Fetches contents of sampled records from their holders, to see how much of what is announced is really there.</summary>
internal sealed class HolderSample(AuditConnections connections, AuditLimits limits, TimeProvider time)
{
    private const int MaxNodePages = 20;
    private readonly Dictionary<string, IReadOnlyDictionary<string, Node>> _nodes = new(StringComparer.Ordinal);

    /// <param name="records">With the audited server's answer, where it gave one; else holders' addresses are asked of their own server.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<ContentResult> FetchAsync(IReadOnlyList<(SampledRecord Record, ContentEntry? Entry)> records, CancellationToken ct)
    {
        using var http = connections.ForHolders();
        var download = new HolderDownload(http, new DownloadLimits { MaxBytes = limits.ContentBytes, MaxTries = 4 }, time);
        var (tried, delivered, noAddress, wrong, skipped, bytes) = (0, 0, 0, 0, 0, 0L);
        foreach (var (record, entry) in records.DistinctBy(r => r.Record.Record.ContentId))
        {
            if (!HolderDownload.IsCheckable(record.Record.ContentId) || record.Record.Description?.Size > limits.ContentBytes)
            {
                skipped++;
                continue;
            }

            if (tried == limits.Contents)
            {
                break;
            }

            tried++;
            var known = entry ?? await EntryAsync(record, ct).ConfigureAwait(false);
            var (tries, length) = await TryAsync(download, known with { ContentId = record.Record.ContentId, Size = record.Record.Description?.Size }, ct).ConfigureAwait(false);
            noAddress += tries.Count == 0 ? 1 : 0;
            wrong += tries.Any(t => t.Outcome is TryOutcome.WrongContent or TryOutcome.TooLong) ? 1 : 0;
            if (tries is [.., { Outcome: TryOutcome.Delivered }])
            {
                delivered++;
                bytes += length;
            }
        }

        return new ContentResult(ShareEstimate.Of(delivered, tried), noAddress, wrong, skipped, bytes);
    }

    private async Task<(IReadOnlyList<Try> Tries, long Length)> TryAsync(HolderDownload download, ContentEntry entry, CancellationToken ct)
    {
        var path = Path.GetTempFileName();
        try
        {
            await using var file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 4096, FileOptions.DeleteOnClose);
            var tries = await download.FetchAsync(entry, file, null, ct).ConfigureAwait(false);
            return (tries, file.Length);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private async Task<ContentEntry> EntryAsync(SampledRecord record, CancellationToken ct)
    {
        var nodes = await NodesAsync(record.Origin, ct).ConfigureAwait(false);
        var holder = nodes.GetValueOrDefault(record.Record.NodeId);
        return new ContentEntry
        {
            Holders = [new Holder { NodeId = record.Record.NodeId, Server = record.Origin.Id, Online = holder?.Online, Endpoints = holder?.Endpoints }],
        };
    }

    private async Task<IReadOnlyDictionary<string, Node>> NodesAsync(AuditedOrigin origin, CancellationToken ct)
    {
        if (_nodes.TryGetValue(origin.Id, out var held))
        {
            return held;
        }

        var nodes = new Dictionary<string, Node>(StringComparer.Ordinal);
        string? cursor = null;
        for (var page = 0; page < MaxNodePages && origin.Url is not null; page++)
        {
            var asked = await connections.AskAsync(each => connections.At(origin.Url).Nodes.PageAsync(cursor, null, each), ct).ConfigureAwait(false);
            foreach (var node in asked.Value?.Nodes ?? [])
            {
                nodes.TryAdd(node.NodeId, node);
            }

            cursor = asked.Value?.Next;
            if (cursor is null || asked.Value!.Nodes.Count == 0)
            {
                break;
            }
        }

        return _nodes[origin.Id] = nodes;
    }
}
