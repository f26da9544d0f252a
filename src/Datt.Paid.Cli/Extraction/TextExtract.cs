namespace Datt.Paid.Cli.Extraction;

/// <summary>What a file says about itself. Nothing is clipped or defaulted yet.</summary>
public sealed record TextExtract
{
    /// <summary>Null when it names none.</summary>
    public string? Title { get; init; }

    /// <summary>An abstract its author gave.</summary>
    public string? Abstract { get; init; }

    /// <summary>The text a reader sees.</summary>
    public string Body { get; init; } = "";

    /// <summary>Who wrote it.</summary>
    public string? Author { get; init; }

    /// <summary>The topic.</summary>
    public string? Label { get; init; }

    /// <summary>Keywords.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>As stated, not detected.</summary>
    public string? Language { get; init; }

    /// <summary>When it was published.</summary>
    public DateTimeOffset? PublishedAt { get; init; }
}
