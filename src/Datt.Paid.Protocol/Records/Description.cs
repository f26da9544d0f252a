namespace Datt.Paid.Protocol.Records;

/// <summary>How a holder describes a content: what is indexed and shown. Texts are already cleaned and within their limits.</summary>
public sealed record Description
{
    /// <summary>Title, 1 to 1,000 UTF-8 bytes.</summary>
    public required string Title { get; init; }

    /// <summary>Text to index, at most 30,000 UTF-8 bytes; empty when absent.</summary>
    public string Summary { get; init; } = "";

    /// <summary>The topic, at most 200 UTF-8 bytes.</summary>
    public string? Label { get; init; }

    /// <summary>Up to 32 tags of at most 200 UTF-8 bytes each.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Author, at most 200 UTF-8 bytes.</summary>
    public string? Author { get; init; }

    /// <summary>MIME type.</summary>
    public string? Type { get; init; }

    /// <summary>BCP 47 language tag as announced, lower case.</summary>
    public string? Language { get; init; }

    /// <summary>Size of the content in bytes.</summary>
    public long? Size { get; init; }

    /// <summary>Publication time, milliseconds since the Unix epoch.</summary>
    public long? PublishedAt { get; init; }

    /// <summary>Where the content can also be seen, at most 2,000 UTF-8 bytes.</summary>
    public string? Url { get; init; }
}
