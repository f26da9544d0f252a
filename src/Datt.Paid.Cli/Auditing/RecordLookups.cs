using Datt.Paid.Client;

namespace Datt.Paid.Cli.Auditing;

/// <summary>What the audited server's search said of a record.</summary>
/// <param name="Found">Null where it did not say.</param>
/// <param name="Entry">Its answer, where it gave one.</param>
internal sealed record Lookup(bool? Found, ContentEntry? Entry);

/// <summary>Asks the audited server's search for records: a proof shows that it can produce a leaf, this shows that it keeps and searches it.</summary>
internal sealed class RecordLookups(AuditConnections connections, AuditedNetwork network, string? key, RecordSample sample, AuditLimits limits, TimeProvider time)
{
    /// <summary>Why no more is asked; null while it answers.</summary>
    public string? Refused { get; private set; }

    /// <summary>Looks one record up. A record counts as found when it is listed with its holder.</summary>
    public async Task<Lookup> AskAsync(SampledRecord sampled, CancellationToken ct)
    {
        var answer = await OnceAsync(sampled, ct).ConfigureAwait(false);
        if (answer.Found != false)
        {
            return answer;
        }

        if (network.TakenAt - DateTimeOffset.FromUnixTimeMilliseconds(sampled.Record.AnnouncedAt) < limits.Young && await network.SettleAsync(limits, time, ct).ConfigureAwait(false))
        {
            answer = await OnceAsync(sampled, ct).ConfigureAwait(false);
        }

        // What was deleted meanwhile is rightly not found.
        return answer.Found == false && await sample.IsLiveAsync(sampled, ct).ConfigureAwait(false) != true ? answer with { Found = null } : answer;
    }

    private async Task<Lookup> OnceAsync(SampledRecord sampled, CancellationToken ct)
    {
        var asked = await connections.AskAsync(each => connections.OfAudited(key).Search.ContentAsync(sampled.Record.ContentId, each), ct).ConfigureAwait(false);
        if (asked.IsLimit || asked.IsSilence)
        {
            Refused ??= $"{asked.Code}: {asked.Problem}";
            return new Lookup(null, null);
        }

        var found = asked.Value?.Holders.Any(h => h.NodeId == sampled.Record.NodeId && h.Server == sampled.Origin.Id);
        return new Lookup(found ?? false, asked.Value);
    }
}
