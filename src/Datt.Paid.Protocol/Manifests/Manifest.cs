using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Protocol.Manifests;

/// <summary>The whole state of an origin's feed.</summary>
public sealed record Manifest
{
    /// <summary>Most runs that a manifest lists.</summary>
    public const int MaxRuns = RunLimits.MaxMergeInputs;

    /// <summary>Id of the server that wrote it.</summary>
    public required string Origin { get; init; }

    /// <summary>From 1; a greater one replaces all of a smaller one.</summary>
    public required long Epoch { get; init; }

    /// <summary>From 1 in every epoch, one more each time.</summary>
    public required long Version { get; init; }

    /// <summary>Hash of the version before, null in version 1.</summary>
    public Hash256? Previous { get; init; }

    /// <summary>Oldest first: each begins with the sequence number after the last of the one before.</summary>
    public required IReadOnlyList<RunInfo> Runs { get; init; }

    /// <summary>Keys whose newest record is not a tombstone, as the origin says.</summary>
    public required long Live { get; init; }

    /// <summary>Hash of the <see cref="Manifests.Retired"/> list.</summary>
    public required Hash256 Retired { get; init; }

    /// <summary>Milliseconds since the Unix epoch.</summary>
    public required long CreatedAt { get; init; }

    /// <summary>The first sequence number of the epoch; null while there is no run.</summary>
    public long? FirstSeq => Runs.Count == 0 ? null : Runs[0].MinSeq;

    /// <summary>What <see cref="Live"/> may count for: at most the records that the runs hold.</summary>
    public long CreditedLive => Math.Min(Live, Runs.Sum(r => r.Count));
}
