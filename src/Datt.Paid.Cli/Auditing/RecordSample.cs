using Datt.Paid.Protocol.Runs;
using ContentRecord = Datt.Paid.Protocol.Records.ContentRecord;

namespace Datt.Paid.Cli.Auditing;

/// <summary>A record that was read from a sampled leaf.</summary>
internal sealed record SampledRecord(AuditedOrigin Origin, RunInfo Run, ContentRecord Record);

/// <summary>Reads records out of sampled leaves, and tells whether a record is still live.</summary>
internal sealed class RecordSample(RunFetch fetch, AuditedNetwork network, AuditConnections connections, AuditLimits limits)
{
    private readonly Dictionary<string, AuditedOrigin> _origins = network.Origins.ToDictionary(o => o.Id, StringComparer.Ordinal);

    /// <summary>Takes one record that is no tombstone from the frame that a byte of the leaf lies in.</summary>
    /// <returns>Null where the frame is not to be had or holds only tombstones.</returns>
    public async Task<SampledRecord?> ReadAsync(DrawnLeaf leaf, Chance chance, CancellationToken ct)
    {
        var origin = _origins[leaf.Origin];
        var place = leaf.Leaf * MerkleTree.LeafSize + chance.Below(MerkleTree.LeafSize);
        var live = await fetch.ReadAsync(leaf.Run, Sources(origin), reader => LiveIn(reader, reader.FrameAt(Math.Min(place, leaf.Run.Bytes - 1))), ct).ConfigureAwait(false);
        return live is { Count: > 0 } ? new SampledRecord(origin, leaf.Run, live[chance.Below(live.Count)]) : null;
    }

    /// <summary>Whether no younger run of the manifest deletes it. Null where that cannot be told.</summary>
    public async Task<bool?> IsLiveAsync(SampledRecord sampled, CancellationToken ct)
    {
        var younger = sampled.Origin.Manifest.Manifest.Runs.Where(r => r.MinSeq > sampled.Run.MaxSeq).Reverse();
        foreach (var run in younger)
        {
            var found = await fetch.ReadAsync(run, Sources(sampled.Origin), reader => Find(reader, sampled.Record), ct).ConfigureAwait(false);
            switch (found)
            {
                case null:
                    return null;
                case { Record: { } record }:
                    return !record.IsTombstone;
            }
        }

        return true;
    }

    private sealed record Finding(ContentRecord? Record);

    private static Finding? Find(RunReader reader, ContentRecord record) =>
        reader.TryFind(record.NodeId, record.ContentId, out var found, out var fault) ? new Finding(found) : fault == RunFault.None ? new Finding(null) : null;

    private static List<ContentRecord>? LiveIn(RunReader reader, int frame)
    {
        var live = new List<ContentRecord>();
        if (frame < 0)
        {
            return live;
        }

        using var cursor = reader.RecordsFrom(frame);
        while (cursor.MoveNext())
        {
            if (!cursor.Current.IsTombstone)
            {
                live.Add(cursor.Current.ToRecord());
            }

            if (cursor.IsAtFrameEnd)
            {
                return live;
            }
        }

        return null;
    }

    /// <summary>The origin, then others, the audited server last: it has been asked enough.</summary>
    private List<Uri> Sources(AuditedOrigin origin)
    {
        var own = origin.Url is { } url ? [url] : Array.Empty<Uri>();
        return [.. own.Concat(network.Witnesses.Take(limits.Witnesses)).Append(connections.Audited).Distinct()];
    }
}
