using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Catalog;
using Datt.Paid.Search;

namespace Datt.Paid.Policy;

/// <summary>The catalog as the rules that stand show it: neither hidden contents nor hidden holders. Without rules it costs one comparison more.</summary>
public sealed class VisibleContents(ContentCatalog catalog, PolicyBook book) : IContentView
{
    /// <inheritdoc/>
    public string Mark => book.Current.Mark;

    /// <inheritdoc/>
    public bool TryGet(ContentKey key, [MaybeNullWhen(false)] out CatalogEntry entry)
    {
        var policy = book.Current;
        if (policy.IsEmpty)
            return catalog.TryGet(key, out entry);
        var isThere = policy.HasHolderRules
            ? catalog.TryGet(key, policy.Shows, out entry)
            : catalog.TryGet(key, out entry);
        if (isThere && !policy.Hides(entry!.ContentId, entry.Description))
            return true;
        entry = null;
        return false;
    }
}
