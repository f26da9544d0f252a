using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Catalog;

namespace Datt.Paid.Search;

/// <summary>Which contents of the catalog can be found, and as what. What it shows may change while the engine runs. Thread-safe.</summary>
public interface IContentView
{
    /// <summary>
    /// Names the state that answers are given from, taken before they are given. The index keeps the mark of the state that it agrees with; while the two
    /// differ, somebody has to have the contents indexed again that the change between them touches: <see cref="SearchEngine.ReindexAsync"/>.
    /// </summary>
    string Mark { get; }

    /// <summary>Looks a content up; false where it is not there or not to be found.</summary>
    bool TryGet(ContentKey key, [MaybeNullWhen(false)] out CatalogEntry entry);
}

/// <summary>Everything there is.</summary>
public sealed class WholeCatalog(ContentCatalog catalog) : IContentView
{
    public string Mark => Indexing.Indexer.FirstMark;

    public bool TryGet(ContentKey key, [MaybeNullWhen(false)] out CatalogEntry entry) => catalog.TryGet(key, out entry);
}
