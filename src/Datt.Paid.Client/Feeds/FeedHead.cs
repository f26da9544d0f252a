namespace Datt.Paid.Client;

/// <summary>Where the feed of an origin stands.</summary>
public sealed record FeedHead
{
    /// <summary>Id of the server whose records these are.</summary>
    public string Origin { get => field ?? ""; init; }

    /// <summary>Greater ones replace all of a smaller one.</summary>
    public long Epoch { get; init; }

    /// <summary>Counts up within an epoch.</summary>
    public long Version { get; init; }

    /// <summary>Hash of the manifest, 64 hex digits.</summary>
    public string? Manifest { get; init; }

    /// <summary>Whether the server holds a proof that the origin signed two manifests that cannot both be true.</summary>
    public bool? Conflict { get; init; }
}

/// <summary>A page of feeds.</summary>
public sealed record FeedPage
{
    /// <summary>Ordered by origin.</summary>
    public IReadOnlyList<FeedHead> Feeds { get => field ?? []; init; }

    /// <summary>Cursor of the next page; null at the end.</summary>
    public string? Next { get; init; }
}

/// <summary>A leaf of a run and the way from it to the run's id.</summary>
public sealed record LeafProof
{
    /// <summary>The leaf's bytes, at most 16,384; base64 on the wire.</summary>
    public byte[] Leaf { get => field ?? []; init; }

    /// <summary>Hashes of 32 bytes, lowest first.</summary>
    public IReadOnlyList<byte[]> Path { get => field ?? []; init; }
}
