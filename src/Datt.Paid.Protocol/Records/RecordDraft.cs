namespace Datt.Paid.Protocol.Records;

/// <summary>
/// A record as somebody sent it: nothing is checked yet. <see cref="RecordVerifier"/> turns it into an <see cref="Announcement"/>.
/// Absent and JSON null are both null here.
/// </summary>
public sealed record RecordDraft
{
    /// <summary>Whether a bulk line asked to delete (<c>"op":"delete"</c>); then only <see cref="ContentId"/> counts.</summary>
    public bool IsWithdrawal { get; init; }

    public string? ContentId { get; init; }

    public string? Title { get; init; }

    public string? Summary { get; init; }

    public string? Label { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    public string? Author { get; init; }

    /// <summary>MIME type, as sent.</summary>
    public string? Type { get; init; }

    /// <summary>BCP 47 language tag, as sent.</summary>
    public string? Language { get; init; }

    /// <summary>Bytes.</summary>
    public long? Size { get; init; }

    /// <summary>RFC 3339 text, as sent.</summary>
    public string? PublishedAt { get; init; }

    public string? Url { get; init; }
}
