namespace Datt.Paid.Catalog.Table;

/// <summary>
/// The contents with several holders. A holder or a variant is found in constant time; only when the shown description loses a holder are
/// its rivals compared. For the writer, except where it says otherwise.
/// </summary>
internal sealed class CrowdTable
{
    private readonly Chunked<Crowd> _crowds = new();
    private readonly Chunked<HolderRow> _holders = new();
    private readonly Chunked<VariantRow> _variants = new();
    private readonly HashIndex _holderIndex = new();
    private readonly HashIndex _variantIndex = new();
    private readonly Func<int, ulong> _holderHash;
    private readonly Func<int, ulong> _variantHash;

    public CrowdTable()
    {
        _holderHash = place => HashOf(_holders[place].Content, (ulong)_holders[place].Node);
        _variantHash = place => HashOf(_variants[place].Content, _variants[place].HashLow);
    }

    public int Create()
    {
        var place = _crowds.Add();
        _crowds[place] = new Crowd { FirstHolder = -1, FirstVariant = -1, Shown = -1 };
        return place;
    }

    public void Free(int crowd) => _crowds.Free(crowd);

    /// <summary>How many holders; also for readers.</summary>
    public int Count(int crowd) => _crowds[crowd].HolderCount;

    /// <summary>Where the shown description lies.</summary>
    public long Shown(int crowd) => _variants[_crowds[crowd].Shown].Location;

    /// <summary>Place of a holder's row; -1 where it does not hold the content.</summary>
    public int FindHolder(int content, int node)
    {
        var probe = _holderIndex.Find(HashOf(content, (ulong)node));
        while (probe.Next(out var place))
        {
            ref var row = ref _holders[place];
            if (row.Content == content && row.Node == node)
                return place;
        }

        return -1;
    }

    /// <summary>Place of a variant's row; -1 where no holder describes the content so.</summary>
    public int FindVariant(int content, UInt128 hash)
    {
        var probe = _variantIndex.Find(HashOf(content, (ulong)hash));
        while (probe.Next(out var place))
        {
            ref var row = ref _variants[place];
            if (row.Content == content && row.Hash == hash)
                return place;
        }

        return -1;
    }

    public long LocationOf(int variant) => _variants[variant].Location;

    public long TimeOfHolder(int holder) => _holders[holder].AnnouncedAt;

    public UInt128 HashOfHolder(int holder) => _variants[_holders[holder].Variant].Hash;

    /// <summary>Adds a holder that is not there. Returns whether <paramref name="location"/> is used from now on; else an equal description was there.</summary>
    public bool Add(int crowd, int content, int node, long announcedAt, UInt128 hash, long location)
    {
        var variant = FindVariant(content, hash);
        var isNew = variant < 0;
        if (isNew)
            variant = AddVariant(crowd, content, hash, location);
        var place = _holders.Add();
        ref var to = ref _crowds[crowd];
        _holders[place] = new HolderRow { Content = content, Node = node, AnnouncedAt = announcedAt, Variant = variant, Next = to.FirstHolder, Previous = -1 };
        if (to.FirstHolder >= 0)
            _holders[to.FirstHolder].Previous = place;
        to.FirstHolder = place;
        to.HolderCount++;
        _holderIndex.Add(_holderHash(place), place, _holderHash);

        ref var row = ref _variants[variant];
        row.OldestAt = row.Count == 0 ? announcedAt : row.OldestAt == VariantRow.Unknown ? VariantRow.Unknown : Math.Min(row.OldestAt, announcedAt);
        row.Count++;
        if (to.Shown < 0 || (variant != to.Shown && IsBetter(crowd, variant, to.Shown)))
            to.Shown = variant;
        return isNew;
    }

    /// <summary>Removes a holder. Returns where a description lay that nobody gives any more, else 0.</summary>
    public long Remove(int crowd, int holder)
    {
        var gone = _holders[holder];
        _holderIndex.Remove(_holderHash(holder), holder);
        ref var from = ref _crowds[crowd];
        if (gone.Previous >= 0)
            _holders[gone.Previous].Next = gone.Next;
        else
            from.FirstHolder = gone.Next;
        if (gone.Next >= 0)
            _holders[gone.Next].Previous = gone.Previous;
        from.HolderCount--;
        _holders.Free(holder);

        ref var row = ref _variants[gone.Variant];
        row.Count--;
        if (row.OldestAt == gone.AnnouncedAt)
            row.OldestAt = VariantRow.Unknown;
        long unused = 0;
        if (row.Count == 0)
        {
            unused = row.Location;
            RemoveVariant(crowd, gone.Variant);
        }

        // Another variant that lost a holder stays behind the one shown; but it may have been shown for its age.
        if (gone.Variant == from.Shown)
            from.Shown = Best(crowd);
        return unused;
    }

    /// <summary>Changes where a description lies; false when the content has none there.</summary>
    public bool Relocate(int crowd, long from, long to)
    {
        for (var place = _crowds[crowd].FirstVariant; place >= 0; place = _variants[place].Next)
        {
            if (_variants[place].Location != from)
                continue;
            _variants[place].Location = to;
            return true;
        }

        return false;
    }

    /// <summary>Copies holders, those that came last first; also for readers, who must check afterwards that nothing changed meanwhile.</summary>
    public int Copy(int crowd, Span<(int Node, long AnnouncedAt, long Location)> into)
    {
        var count = 0;
        for (var place = _crowds[crowd].FirstHolder; place >= 0 && count < into.Length; count++)
        {
            var row = _holders[place];
            into[count] = (row.Node, row.AnnouncedAt, _variants[row.Variant].Location);
            place = row.Next;
        }

        return count;
    }

    private static ulong HashOf(int content, ulong other)
    {
        var mixed = (((ulong)(uint)content << 32) ^ other) * 0x9E3779B97F4A7C15;
        return mixed ^ (mixed >> 32);
    }

    private int AddVariant(int crowd, int content, UInt128 hash, long location)
    {
        var place = _variants.Add();
        ref var of = ref _crowds[crowd];
        _variants[place] = new VariantRow
        {
            Content = content,
            HashHigh = (ulong)(hash >> 64),
            HashLow = (ulong)hash,
            Location = location,
            Next = of.FirstVariant,
            Previous = -1,
        };
        if (of.FirstVariant >= 0)
            _variants[of.FirstVariant].Previous = place;
        of.FirstVariant = place;
        of.VariantCount++;
        _variantIndex.Add(_variantHash(place), place, _variantHash);
        return place;
    }

    private void RemoveVariant(int crowd, int place)
    {
        _variantIndex.Remove(_variantHash(place), place);
        var gone = _variants[place];
        ref var of = ref _crowds[crowd];
        if (gone.Previous >= 0)
            _variants[gone.Previous].Next = gone.Next;
        else
            of.FirstVariant = gone.Next;
        if (gone.Next >= 0)
            _variants[gone.Next].Previous = gone.Previous;
        of.VariantCount--;
        _variants.Free(place);
    }

    private int Best(int crowd)
    {
        var best = _crowds[crowd].FirstVariant;
        for (var place = best; place >= 0; place = _variants[place].Next)
        {
            if (place != best && IsBetter(crowd, place, best))
                best = place;
        }

        return best;
    }

    /// <summary>The order all servers agree on: more holders, then the older oldest announcement, then the smaller hash.</summary>
    private bool IsBetter(int crowd, int variant, int than)
    {
        ref var a = ref _variants[variant];
        ref var b = ref _variants[than];
        if (a.Count != b.Count)
            return a.Count > b.Count;
        var (ofA, ofB) = (OldestAt(crowd, variant), OldestAt(crowd, than));
        return ofA != ofB ? ofA < ofB : a.Hash < b.Hash;
    }

    /// <summary>Goes through the holders only after the oldest one left and only when the count alone does not decide.</summary>
    private long OldestAt(int crowd, int variant)
    {
        ref var row = ref _variants[variant];
        if (row.OldestAt != VariantRow.Unknown)
            return row.OldestAt;
        var oldest = long.MaxValue;
        for (var place = _crowds[crowd].FirstHolder; place >= 0; place = _holders[place].Next)
        {
            if (_holders[place].Variant == variant)
                oldest = Math.Min(oldest, _holders[place].AnnouncedAt);
        }

        return row.OldestAt = oldest;
    }
}
