namespace Datt.Paid.Protocol.Records;

/// <summary>
/// The statement of an origin that one of its nodes holds a content, or (without a description) that it no longer does.
/// Key within the origin is (<paramref name="NodeId"/>, <paramref name="ContentId"/>), version is <paramref name="Seq"/>.
/// </summary>
/// <param name="NodeId">The holder, as its server knows it.</param>
/// <param name="ContentId">By convention <c>sha256:&lt;hex&gt;</c> of the content's bytes.</param>
/// <param name="Seq">The origin's sequence number, from 1, never used twice.</param>
/// <param name="AnnouncedAt">When the origin took the statement, milliseconds since the Unix epoch.</param>
/// <param name="Description">Null for a tombstone.</param>
public sealed record ContentRecord(string NodeId, string ContentId, long Seq, long AnnouncedAt, Description? Description)
{
    /// <summary>Whether this record deletes what earlier ones of the same key said.</summary>
    public bool IsTombstone => Description is null;
}
