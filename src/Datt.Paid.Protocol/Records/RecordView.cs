using System.Text;

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

    public ContentRecord ToRecord() =>
        new(Encoding.ASCII.GetString(NodeId), Encoding.ASCII.GetString(ContentId), Seq, AnnouncedAt, ToDescription());

    /// <summary>Null for a tombstone.</summary>
    public Description? ToDescription() => IsTombstone ? null : DescriptionCodec.Read(Description);

    /// <summary>
    /// The order of a run: by nodeId, then by contentId, each compared byte by byte (both are ASCII), a prefix before what it begins.
    /// </summary>
    public static int CompareKeys(
        ReadOnlySpan<byte> nodeId, ReadOnlySpan<byte> contentId, ReadOnlySpan<byte> otherNodeId, ReadOnlySpan<byte> otherContentId)
    {
        var byNode = nodeId.SequenceCompareTo(otherNodeId);
        return byNode != 0 ? byNode : contentId.SequenceCompareTo(otherContentId);
    }
}
