namespace Datt.Paid.Client;

/// <summary>One page of hits.</summary>
public sealed record SearchPage
{
    /// <summary>The query as asked.</summary>
    public string? Query { get; init; }

    /// <summary>Time the server took, milliseconds.</summary>
    public double TookMs { get; init; }

    /// <summary>Whether the time budget ended the search early.</summary>
    public bool Partial { get; init; }

    /// <summary>Whether hits follow that match only some of the words.</summary>
    public bool Relaxed { get; init; }

    /// <summary>How many hits <see cref="Next"/> can reach.</summary>
    public HitCount Total { get => field ?? new(0, "eq"); init; }

    /// <summary>Best first.</summary>
    public IReadOnlyList<SearchHit> Hits { get => field ?? []; init; }

    /// <summary>Cursor of the next page; null at the end.</summary>
    public string? Next { get; init; }
}

/// <summary>A count and whether it is exact.</summary>
/// <param name="Value">The count.</param>
/// <param name="Relation"><c>eq</c>, or <c>gte</c> when there may be more.</param>
public sealed record HitCount(long Value, string? Relation);

/// <summary>A content that was found.</summary>
public sealed record SearchHit
{
    /// <summary>Names the content.</summary>
    public string ContentId { get => field ?? ""; init; }

    /// <summary>Its title.</summary>
    public string Title { get => field ?? ""; init; }

    /// <summary>HTML in which everything but <c>&lt;em&gt;</c> is escaped.</summary>
    public string? Highlight { get; init; }

    /// <summary>The topic.</summary>
    public string? Label { get; init; }

    /// <summary>Its tags.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Who wrote it.</summary>
    public string? Author { get; init; }

    /// <summary>MIME type.</summary>
    public string? Type { get; init; }

    /// <summary>Bytes.</summary>
    public long? Size { get; init; }

    /// <summary>When it was published.</summary>
    public DateTimeOffset? PublishedAt { get; init; }

    /// <summary>Higher is better.</summary>
    public double? Score { get; init; }

    /// <summary>Who has it.</summary>
    public IReadOnlyList<Holder> Holders { get => field ?? []; init; }
}

/// <summary>A node that holds a content.</summary>
public sealed record Holder
{
    /// <summary>Its id on its server.</summary>
    public string NodeId { get => field ?? ""; init; }

    /// <summary>Id of its server.</summary>
    public string? Server { get; init; }

    /// <summary>Null where unknown.</summary>
    public bool? Online { get; init; }

    /// <summary>Where it can be reached; null or empty where unknown.</summary>
    public IReadOnlyList<string>? Endpoints { get; init; }
}

/// <summary>One record with all its holders.</summary>
public sealed record ContentEntry
{
    /// <summary>Names the content.</summary>
    public string ContentId { get => field ?? ""; init; }

    /// <summary>Its title.</summary>
    public string Title { get => field ?? ""; init; }

    /// <summary>The text that is indexed.</summary>
    public string? Summary { get; init; }

    /// <summary>The topic.</summary>
    public string? Label { get; init; }

    /// <summary>Its tags.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Who wrote it.</summary>
    public string? Author { get; init; }

    /// <summary>MIME type.</summary>
    public string? Type { get; init; }

    /// <summary>BCP 47 tag.</summary>
    public string? Language { get; init; }

    /// <summary>Bytes.</summary>
    public long? Size { get; init; }

    /// <summary>When it was published.</summary>
    public DateTimeOffset? PublishedAt { get; init; }

    /// <summary>Where it can also be seen.</summary>
    public string? Url { get; init; }

    /// <summary>Who has it.</summary>
    public IReadOnlyList<Holder> Holders { get => field ?? []; init; }
}

internal sealed record SuggestionList
{
    public IReadOnlyList<string> Suggestions { get => field ?? []; init; }
}

internal sealed record Report(string Reason);
