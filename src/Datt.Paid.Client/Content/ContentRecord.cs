using System.Text.Json.Serialization;

namespace Datt.Paid.Client;

/// <summary>How a holder describes a content. Limits are in UTF-8 bytes; a record beyond them is refused.</summary>
public sealed record ContentRecord
{
    /// <summary>By convention <c>sha256:&lt;hex&gt;</c> of the content's bytes; at most 200.</summary>
    public required string ContentId { get; init; }

    /// <summary>At most 1,000.</summary>
    public required string Title { get; init; }

    /// <summary>Text to index, at most 30,000.</summary>
    public string? Summary { get; init; }

    /// <summary>The topic, at most 200.</summary>
    public string? Label { get; init; }

    /// <summary>At most 32 of at most 200 each.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>At most 200.</summary>
    public string? Author { get; init; }

    /// <summary>MIME type.</summary>
    public string? Type { get; init; }

    /// <summary>BCP 47 tag.</summary>
    public string? Language { get; init; }

    /// <summary>Bytes of the content.</summary>
    public long? Size { get; init; }

    /// <summary>When it was published; not more than a day ahead.</summary>
    public DateTimeOffset? PublishedAt { get; init; }

    /// <summary>Where it can also be seen, at most 2,000.</summary>
    public string? Url { get; init; }
}

/// <summary>One line of a bulk upload: a record, or the word that a content is held no longer.</summary>
[JsonConverter(typeof(BulkLineConverter))]
public sealed record BulkLine
{
    private BulkLine(ContentRecord? record, string contentId) => (Record, ContentId) = (record, contentId);

    /// <summary>Null for a withdrawal.</summary>
    public ContentRecord? Record { get; }

    /// <summary>The content.</summary>
    public string ContentId { get; }

    /// <summary>The node holds this.</summary>
    public static BulkLine Announce(ContentRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return new BulkLine(record, record.ContentId);
    }

    /// <summary>The node no longer holds this.</summary>
    public static BulkLine Withdraw(string contentId)
    {
        ArgumentException.ThrowIfNullOrEmpty(contentId);
        return new BulkLine(null, contentId);
    }
}

/// <summary>The answer to one chunk of a bulk upload.</summary>
/// <param name="FirstLine">Number of the chunk's first line in the whole upload, from 1.</param>
/// <param name="Lines">Lines in it.</param>
/// <param name="Accepted">Lines that are durable now.</param>
/// <param name="Rejected">Lines that are not, numbered in the whole upload.</param>
public sealed record BulkChunk(long FirstLine, int Lines, int Accepted, IReadOnlyList<RejectedLine> Rejected);

/// <summary>A line that was refused.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Code">A code of the contract.</param>
/// <param name="Detail">What is wrong with it.</param>
public sealed record RejectedLine(long Line, string? Code, string? Detail);

internal sealed record BulkAnswer(int Accepted, IReadOnlyList<RejectedLine>? Rejected);
