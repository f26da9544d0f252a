using System.Text.Json.Serialization;
using Datt.Paid.Client;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Cli.Auditing;

/// <summary>What asking the audited server for a leaf came to.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LeafOutcome>))]
public enum LeafOutcome
{
    /// <summary>It gave the bytes, and their path leads to the run's id.</summary>
    [JsonStringEnumMemberName("produced")]
    Produced,

    /// <summary>It does not have it, and somebody else does.</summary>
    [JsonStringEnumMemberName("missing")]
    Missing,

    /// <summary>It gave bytes or a path that are not of this run. Counts as missing.</summary>
    [JsonStringEnumMemberName("wrong")]
    Wrong,

    /// <summary>Nobody who was asked has it: perhaps it never was. Counts neither way.</summary>
    [JsonStringEnumMemberName("nowhere")]
    Nowhere,

    /// <summary>The origin merged the run away meanwhile. Counts neither way.</summary>
    [JsonStringEnumMemberName("mergedAway")]
    MergedAway,

    /// <summary>Not asked, because the server gave no more for nothing or stopped answering.</summary>
    [JsonStringEnumMemberName("notAsked")]
    NotAsked,
}

/// <summary>Asks the audited server for leaves, and others for what it does not give.</summary>
internal sealed class LeafQuestions(AuditConnections connections, OriginCensus census, AuditedNetwork network, AuditLimits limits, TimeProvider time)
{
    private const int MaxSilences = 3;

    private readonly Dictionary<string, AuditedOrigin> _origins = network.Origins.ToDictionary(o => o.Id, StringComparer.Ordinal);
    private int _silences;

    /// <summary>Why the asking ended early; null where it did not.</summary>
    public string? CutShort { get; private set; }

    /// <summary>Asks for each leaf once, however often it was drawn.</summary>
    /// <param name="leaves">In the order in which they are asked for.</param>
    /// <param name="progress">Leaves that were asked for.</param>
    /// <param name="ct">Ends the asking; what came so far is the result.</param>
    public async Task<IReadOnlyDictionary<DrawnLeaf, LeafOutcome>> AskAsync(IReadOnlyList<DrawnLeaf> leaves, IProgress<int>? progress, CancellationToken ct)
    {
        var outcomes = leaves.Distinct().ToDictionary(leaf => leaf, _ => LeafOutcome.NotAsked);
        var asked = 0;
        foreach (var some in outcomes.Keys.ToList().Chunk(limits.AtOnce))
        {
            var answers = await Task.WhenAll(some.Select(leaf => OutcomeAsync(leaf, ct))).ConfigureAwait(false);
            foreach (var (leaf, outcome) in some.Zip(answers))
            {
                outcomes[leaf] = outcome;
            }

            progress?.Report(asked += some.Length);
            if (CutShort is not null)
            {
                break;
            }
        }

        return outcomes;
    }

    /// <summary>Whether an answer is that leaf.</summary>
    public static bool IsLeaf(DrawnLeaf leaf, LeafProof proof)
    {
        if (proof.Path.Any(hash => hash is not { Length: Hash256.Size }))
        {
            return false;
        }

        Hash256[] path = [.. proof.Path.Select(hash => new Hash256(hash))];
        return MerkleTree.IsLeaf(leaf.Run.Id.Root, leaf.Run.Bytes, leaf.Leaf, proof.Leaf, path);
    }

    private async Task<LeafOutcome> OutcomeAsync(DrawnLeaf leaf, CancellationToken ct)
    {
        try
        {
            var first = await AskAuditedAsync(leaf, ct).ConfigureAwait(false);
            return first == LeafOutcome.Missing ? await DoubtAsync(leaf, ct).ConfigureAwait(false) : first;
        }
        catch (OperationCanceledException)
        {
            CutShort ??= "the time for the audit was over";
            return LeafOutcome.NotAsked;
        }
    }

    private async Task<LeafOutcome> AskAuditedAsync(DrawnLeaf leaf, CancellationToken ct)
    {
        var asked = await connections.AskAsync(each => connections.OfAudited().Feeds.ProofAsync(leaf.Run.Id.ToString(), leaf.Leaf, each), ct).ConfigureAwait(false);
        if (asked.Value is { } proof)
        {
            _silences = 0;
            return IsLeaf(leaf, proof) ? LeafOutcome.Produced : LeafOutcome.Wrong;
        }

        if (asked.IsLimit)
        {
            CutShort ??= $"the server gives no more leaves for nothing ({asked.Code}): {asked.Problem}";
            return LeafOutcome.NotAsked;
        }

        if (asked.IsSilence)
        {
            if (Interlocked.Increment(ref _silences) >= MaxSilences)
            {
                CutShort ??= $"the server stopped answering: {asked.Problem}";
            }

            return LeafOutcome.NotAsked;
        }

        _silences = 0;
        return asked.Code == DattException.UnexpectedAnswer ? LeafOutcome.Wrong : LeafOutcome.Missing;
    }

    /// <summary>A leaf that is missing counts only if it can be expected there: it is not on its way, not merged away, and exists.</summary>
    private async Task<LeafOutcome> DoubtAsync(DrawnLeaf leaf, CancellationToken ct)
    {
        var origin = _origins[leaf.Origin];
        if (network.TakenAt - DateTimeOffset.FromUnixTimeMilliseconds(origin.Manifest.Manifest.CreatedAt) < limits.Young && await network.SettleAsync(limits, time, ct).ConfigureAwait(false))
        {
            var again = await AskAuditedAsync(leaf, ct).ConfigureAwait(false);
            if (again != LeafOutcome.Missing)
            {
                return again;
            }
        }

        var current = origin.Url is { } url ? await census.ManifestAsync(url, origin.Card, ct).ConfigureAwait(false) : null;
        if (current is not null && !current.Manifest.Runs.Contains(leaf.Run))
        {
            return LeafOutcome.MergedAway;
        }

        foreach (var witness in Witnesses(origin))
        {
            var asked = await connections.AskAsync(each => connections.At(witness).Feeds.ProofAsync(leaf.Run.Id.ToString(), leaf.Leaf, each), ct).ConfigureAwait(false);
            if (asked.Value is { } proof && IsLeaf(leaf, proof))
            {
                return LeafOutcome.Missing;
            }
        }

        return LeafOutcome.Nowhere;
    }

    /// <summary>The origin, then others.</summary>
    private IEnumerable<Uri> Witnesses(AuditedOrigin origin)
    {
        var own = origin.Url is { } url && url != connections.Audited ? [url] : Array.Empty<Uri>();
        return own.Concat(network.Witnesses.Except(own).Take(limits.Witnesses));
    }
}
