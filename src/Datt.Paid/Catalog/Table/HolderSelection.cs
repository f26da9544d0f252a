namespace Datt.Paid.Catalog.Table;

/// <summary>
/// Some of a content's holders, and the description that most of those gave: the order of <see cref="CrowdTable"/>, over fewer holders. For one lookup.
/// </summary>
internal struct HolderSelection(ContentTable table, Func<NodeKey, bool> isShown)
{
    [ThreadStatic]
    private static (int Node, long AnnouncedAt, long Location)[]? _common;

    private (int Node, long AnnouncedAt, long Location)[] _holders = [];

    /// <summary>How many holders were let through.</summary>
    public int Count { get; private set; }

    /// <summary>Reads the holders and keeps those that are let through; false where none is.</summary>
    /// <param name="key">The content.</param>
    /// <param name="location">Where the description lies that is shown; it may have moved since, then everything is taken again.</param>
    public bool TryTake(ContentKey key, out long location)
    {
        location = 0;
        Count = 0;
        if (!TryReadAll(key, out var view))
            return false;
        for (var i = 0; i < view.Copied; i++)
        {
            if (isShown(table.Nodes[_holders[i].Node]))
                _holders[Count++] = _holders[i];
        }

        location = Count == view.Copied ? view.Location : Count == 0 ? 0 : BestLocation();
        return Count > 0;
    }

    /// <summary>The holders of the last take, those that came last first, at most <see cref="CatalogEntry.MaxHolders"/>.</summary>
    public readonly Holder[] Shown()
    {
        var shown = new Holder[Math.Min(Count, CatalogEntry.MaxHolders)];
        for (var i = 0; i < shown.Length; i++)
            shown[i] = new(table.Nodes[_holders[i].Node], DateTimeOffset.FromUnixTimeMilliseconds(_holders[i].AnnouncedAt));
        return shown;
    }

    private bool TryReadAll(ContentKey key, out ContentView view)
    {
        _holders = _common ??= new (int, long, long)[CatalogEntry.MaxHolders];
        if (!table.TryRead(key, _holders, out view))
            return false;
        if (view.Copied == view.HolderCount)
            return true;

        // Copying a large crowd takes so long that a writer would come between each time.
        lock (table.WriteGate)
        {
            if (!table.TryRead(key, default, out view))
                return false;
            _holders = new (int, long, long)[view.HolderCount];
            return table.TryRead(key, _holders, out view);
        }
    }

    private readonly long BestLocation()
    {
        var variants = new Dictionary<long, (int Count, long OldestAt)>();
        foreach (var (_, announcedAt, at) in _holders.AsSpan(0, Count))
        {
            var (count, oldest) = variants.GetValueOrDefault(at, (0, long.MaxValue));
            variants[at] = (count + 1, Math.Min(oldest, announcedAt));
        }

        var best = variants.First();
        foreach (var variant in variants)
        {
            var (a, b) = (variant.Value, best.Value);
            var isBetter = a.Count != b.Count ? a.Count > b.Count
                : a.OldestAt != b.OldestAt ? a.OldestAt < b.OldestAt
                : HashAt(variant.Key) < HashAt(best.Key);
            if (isBetter)
                best = variant;
        }

        return best.Key;
    }

    // What is gone is found out when the description is read.
    private readonly UInt128 HashAt(long location) => table.Descriptions.TryHash(location, out var hash) ? hash : default;
}
