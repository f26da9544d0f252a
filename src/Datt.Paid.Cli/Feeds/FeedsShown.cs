using Datt.Paid.Client;

namespace Datt.Paid.Cli.Feeds;

/// <summary>The feeds of a server. What only its operator may know is null for others.</summary>
/// <param name="Server">Its address.</param>
/// <param name="Digest">Of all heads: servers that show the same agree on every feed.</param>
/// <param name="Feeds">Most records first.</param>
/// <param name="Complete">False where there are more feeds than were read.</param>
/// <param name="Report">What the operator sees beside that.</param>
public sealed record FeedsShown(string Server, string? Digest, IReadOnlyList<FeedShown> Feeds, bool Complete, FeedReport? Report);

/// <summary>One feed.</summary>
public sealed record FeedShown
{
    public required string Origin { get; init; }

    /// <summary>Null where no card of it is known.</summary>
    public string? Name { get; init; }

    public required bool Own { get; init; }

    public required long Epoch { get; init; }

    public required long Version { get; init; }

    /// <summary>Live records, as the origin says; null where its manifest was not to be had.</summary>
    public long? Records { get; init; }

    public int? Runs { get; init; }

    /// <summary>Of all runs.</summary>
    public long? Bytes { get; init; }

    /// <summary>When the origin made the manifest.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>Whether the manifest was checked with a key of the origin's card; null where there is nothing to check or no card.</summary>
    public bool? Signed { get; init; }

    /// <summary>A proof of cheating is held.</summary>
    public required bool Conflict { get; init; }

    public bool? Blocked { get; init; }

    /// <summary>How long the server has been behind the newest head that it heard of.</summary>
    public double? LagSeconds { get; init; }

    /// <summary>Records it is behind.</summary>
    public long? LagRecords { get; init; }

    public string? Problem { get; init; }
}
