using System.Text;

namespace Datt.Paid.Protocol.Records;

/// <summary>A checked record inside somebody else's bytes. Valid as long as they are.</summary>
public readonly ref struct RecordView
{
    private readonly RecordShape _shape;

    internal RecordView(ReadOnlySpan<byte> bytes, RecordShape shape)
    {
        Bytes = bytes;
        _shape = shape;
    }

    internal RecordShape Shape => _shape;

    /// <summary>The whole record.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    public ReadOnlySpan<byte> NodeId => Bytes.Slice(_shape.NodeId, _shape.NodeIdLength);

    public ReadOnlySpan<byte> ContentId => Bytes.Slice(_shape.ContentId, _shape.ContentIdLength);

    public long Seq => _shape.Seq;

    public long AnnouncedAt => _shape.AnnouncedAt;

    /// <summary>What <see cref="DescriptionCodec"/> decodes; empty for a tombstone.</summary>
    public ReadOnlySpan<byte> Description => Bytes[_shape.Description..];

    public bool IsTombstone => _shape.Description == Bytes.Length;

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
