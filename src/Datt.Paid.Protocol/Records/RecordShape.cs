namespace Datt.Paid.Protocol.Records;

/// <summary>Where the parts of a checked record lie, counted from its first byte. What a cursor keeps in place of spans.</summary>
internal readonly record struct RecordShape
{
    public int Length { get; init; }

    public int NodeId { get; init; }

    public int NodeIdLength { get; init; }

    public int ContentId { get; init; }

    public int ContentIdLength { get; init; }

    /// <summary>Equal to <see cref="Length"/> for a tombstone.</summary>
    public int Description { get; init; }

    public long Seq { get; init; }

    public long AnnouncedAt { get; init; }
}
