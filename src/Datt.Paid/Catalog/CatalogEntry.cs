using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Catalog;

/// <summary>A content that at least one node holds, as it was at the moment it was looked up.</summary>
public sealed class CatalogEntry
{
    /// <summary>Longest <see cref="Holders"/>; <see cref="HolderCount"/> counts all.</summary>
    public const int MaxHolders = 1_000;

    internal CatalogEntry(ContentKey key, string contentId, Description description, IReadOnlyList<Holder> holders, int holderCount)
    {
        Key = key;
        ContentId = contentId;
        Description = description;
        Holders = holders;
        HolderCount = holderCount;
    }

    public ContentKey Key { get; }

    public string ContentId { get; }

    /// <summary>
    /// The description that most holders gave. Among equally many: the one whose oldest standing announcement is the oldest, then the one
    /// with the smallest SHA-256 of its canonical bytes. A function of the standing records alone, so all servers show the same.
    /// </summary>
    public Description Description { get; }

    /// <summary>The holders, those that came last first, at most <see cref="MaxHolders"/> of them.</summary>
    public IReadOnlyList<Holder> Holders { get; }

    /// <summary>How many nodes hold the content, also beyond <see cref="MaxHolders"/>.</summary>
    public int HolderCount { get; }
}
