namespace Datt.Paid.Protocol.Records;

/// <summary>
/// A statement of a node that passed <see cref="RecordVerifier"/>, the only one that can construct it: what the feed accepts.
/// </summary>
public sealed class Announcement
{
    internal Announcement(string nodeId, string contentId, Description? description, byte[] descriptionBytes)
    {
        NodeId = nodeId;
        ContentId = contentId;
        Description = description;
        DescriptionBytes = descriptionBytes;
    }

    public string NodeId { get; }

    public string ContentId { get; }

    /// <summary>Null when the node withdraws the content.</summary>
    public Description? Description { get; }

    /// <summary>The description as <see cref="DescriptionCodec"/> encodes it; empty when the node withdraws.</summary>
    public ReadOnlyMemory<byte> DescriptionBytes { get; }
}
