namespace Datt.Paid.Client;

/// <summary>The feeds of a server as its operator sees them.</summary>
public sealed record FeedReport
{
    /// <summary>Digest of all heads, 64 hex digits.</summary>
    public string? Digest { get; init; }

    /// <summary>Ordered by origin.</summary>
    public IReadOnlyList<FeedStanding> Feeds { get => field ?? []; init; }

    /// <summary>Traffic of runs with other servers, most first.</summary>
    public IReadOnlyList<FeedPeer> Peers { get => field ?? []; init; }

    /// <summary>Bytes of runs that others sent and that were what they should be, since the start.</summary>
    public long VerifiedBytes { get; init; }

    /// <summary>Bytes of runs that others sent and that were not, since the start.</summary>
    public long RefusedBytes { get; init; }

    /// <summary>Bytes of merged runs that were made here from runs that were held, instead of being fetched, since the start.</summary>
    public long MergedBytes { get; init; }

    /// <summary>Bytes of runs that were fetched whole, since the start.</summary>
    public long FetchedBytes { get; init; }

    /// <summary>Cursor of the next page of feeds; null at the end.</summary>
    public string? Next { get; init; }
}

/// <summary>How a server stands to the feed of one origin.</summary>
public sealed record FeedStanding
{
    /// <summary>Id of the origin.</summary>
    public string Origin { get => field ?? ""; init; }

    /// <summary>Its name, where its card is known.</summary>
    public string? Name { get; init; }

    /// <summary>Whether it is the server's own.</summary>
    public bool Own { get; init; }

    /// <summary>Epoch of the manifest that is shown to others; 0 while none is.</summary>
    public long Epoch { get; init; }

    /// <summary>Version of the manifest that is shown to others; 0 while none is.</summary>
    public long Version { get; init; }

    /// <summary>Its live records, as the origin says.</summary>
    public long Records { get; init; }

    /// <summary>Its runs.</summary>
    public int Runs { get; init; }

    /// <summary>Bytes of them.</summary>
    public long Bytes { get; init; }

    /// <summary>How long ago the first state was made of which something is still missing, seconds; 0 where nothing is.</summary>
    public double LagSeconds { get; init; }

    /// <summary>Records of the newest state that are still missing, at most.</summary>
    public long LagRecords { get; init; }

    /// <summary>Whether a proof of cheating is held: its records are hidden and count as 0.</summary>
    public bool Conflict { get; init; }

    /// <summary>Whether the operator blocked it.</summary>
    public bool Blocked { get; init; }

    /// <summary>Whether its runs are not kept either.</summary>
    public bool Dropped { get; init; }

    /// <summary>Why it does not go on, where something is wrong.</summary>
    public string? Problem { get; init; }

    /// <summary>Runs under way.</summary>
    public IReadOnlyList<FeedDownload> Downloads { get => field ?? []; init; }
}

/// <summary>A run that is being fetched.</summary>
/// <param name="Run">Its id, 64 hex digits.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Held">Bytes that are here and checked.</param>
public sealed record FeedDownload(string Run, long Bytes, long Held);

/// <summary>Traffic of runs with one server.</summary>
/// <param name="Server">Its id.</param>
/// <param name="Name">Its name, where its card is known.</param>
/// <param name="Received">Bytes of runs that came from it and were right.</param>
/// <param name="Served">Bytes of runs that it got here.</param>
/// <param name="Refused">Bytes from it that were not what they should be, since the start.</param>
public sealed record FeedPeer(string Server, string? Name, long Received, long Served, long Refused);

/// <summary>What an operator's verb came to.</summary>
/// <param name="Origin">Id of the origin.</param>
/// <param name="Outcome">Stable and machine-readable: <c>forgotten</c>, <c>fetching</c>, <c>nobodyAnswers</c>, <c>blocked</c>, <c>unblocked</c>, <c>notBlocked</c>.</param>
public sealed record FeedActionResult(string Origin, string Outcome);
