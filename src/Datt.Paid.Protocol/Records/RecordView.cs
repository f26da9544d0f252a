namespace Datt.Paid.Protocol.Records;

/// <summary>A checked record inside somebody else's bytes. Valid as long as they are.</summary>
public readonly ref struct RecordView
{
    /// <summary>The whole record.</summary>
    public ReadOnlySpan<byte> Bytes { get; internal init; }

    public ReadOnlySpan<byte> NodeId { get; internal init; }

    public ReadOnlySpan<byte> ContentId { get; internal init; }

    public long Seq { get; internal init; }

    public long AnnouncedAt { get; internal init; }

    /// <summary>What <see cref="DescriptionCodec"/> decodes; empty for a tombstone.</summary>
    public ReadOnlySpan<byte> Description { get; internal init; }

    public bool IsTombstone => Description.IsEmpty;

    public ContentRecord ToRecord() => throw new NotImplementedException();
}
