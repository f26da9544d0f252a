using System.Security.Cryptography;
using Datt.Paid.Catalog.Descriptions;

namespace Datt.Paid.Catalog.Table;

/// <summary>
/// Which nodes hold which content, and where its description lies: about 60 bytes a content, no object each. One writer; readers never
/// wait for it but read again when a change of the same stripe came between.
/// </summary>
internal sealed class ContentTable(DescriptionStore descriptions)
{
    private const int Stripes = 1_024;

    /// <summary>Keeps those who can choose contentIds from choosing places.</summary>
    private readonly ulong _seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
    private readonly int[] _versions = new int[Stripes];
    private readonly Chunked<ContentRow> _rows = new();
    private readonly HashIndex _index = new();
    private readonly CrowdTable _crowds = new();
    private Func<int, ulong>? _hashOfPlace;
    private long _records;
    private long _contents;

    public NodeTable Nodes { get; } = new();

    public DescriptionStore Descriptions => descriptions;

    /// <summary>Held by the writer while it changes anything, so that a long look (a snapshot of a large crowd) can shut it out.</summary>
    public Lock WriteGate { get; } = new();

    public long Records => Volatile.Read(ref _records);

    public long Contents => Volatile.Read(ref _contents);

    /// <summary>Places of contents are below this; some are vacant.</summary>
    public int Places => _rows.Length;

    /// <summary>Where an equal description of the content already lies; 0 where none does. For the writer.</summary>
    public long FindDescription(ContentKey key, UInt128 hash)
    {
        if (Find(key) is var place && place < 0)
            return 0;
        ref var row = ref _rows[place];
        if (row.Holder < 0)
            return _crowds.FindVariant(place, hash) is >= 0 and var variant ? _crowds.LocationOf(variant) : 0;
        return descriptions.HashOf(row.Location) == hash ? row.Location : 0;
    }

    /// <summary>Whether a node holds a content. For the writer.</summary>
    public bool Holds(ContentKey key, int node) => Find(key) is >= 0 and var place && Holds(place, node);

    /// <summary>Whether a node holds a content and describes it just so. For the writer.</summary>
    public bool Holds(ContentKey key, int node, UInt128 hash)
    {
        if (Find(key) is var place && place < 0)
            return false;
        ref var row = ref _rows[place];
        return row.Holder < 0
            ? _crowds.FindHolder(place, node) is >= 0 and var holder && _crowds.HashOfHolder(holder) == hash
            : row.Holder == node && descriptions.HashOf(row.Location) == hash;
    }

    /// <summary>Whether a node holds a content, describes it just so, and said so at that time. For the writer.</summary>
    public bool Holds(ContentKey key, int node, UInt128 hash, long announcedAt)
    {
        if (!Holds(key, node, hash))
            return false;
        var place = Find(key);
        ref var row = ref _rows[place];
        return (row.Holder < 0 ? _crowds.TimeOfHolder(_crowds.FindHolder(place, node)) : row.AnnouncedAt) == announcedAt;
    }

    /// <summary>
    /// A node holds a content, described by what lies at <paramref name="location"/>: an entry of its own, or what <see cref="FindDescription"/> found just now.
    /// </summary>
    public void Announce(ContentKey key, int node, long announcedAt, UInt128 hash, long location)
    {
        var place = Find(key);
        Enter(key);
        if (place < 0)
        {
            place = _rows.Add();
            _rows[place] = new ContentRow
            {
                KeyHigh = (ulong)(key.Value >> 64),
                KeyLow = (ulong)key.Value,
                Holder = node,
                AnnouncedAt = announcedAt,
                Location = location,
            };
            _index.Add(HashOfPlace(place), place, _hashOfPlace ??= HashOfPlace);
            _contents++;
            Count(node, 1);
        }
        else if (_rows[place].Holder == node)
        {
            ref var row = ref _rows[place];
            if (row.Location != location)
                descriptions.Discard(row.Location);
            row.Location = location;
            row.AnnouncedAt = announcedAt;
        }
        else
        {
            AnnounceInCrowd(place, node, announcedAt, hash, location);
        }

        Leave(key);
    }

    /// <summary>A node holds a content no more; nothing happens where it does not.</summary>
    public void Withdraw(ContentKey key, int node)
    {
        if (Find(key) is var place && (place < 0 || !Holds(place, node)))
            return;
        Enter(key);
        ref var row = ref _rows[place];
        if (row.Holder >= 0)
        {
            descriptions.Discard(row.Location);
            Vacate(place);
        }
        else
        {
            var crowd = ~row.Holder;
            if (_crowds.Remove(crowd, _crowds.FindHolder(place, node)) is > 0 and var unused)
                descriptions.Discard(unused);
            if (_crowds.Count(crowd) > 0)
            {
                row.Location = _crowds.Shown(crowd);
            }
            else
            {
                _crowds.Free(crowd);
                Vacate(place);
            }
        }

        Count(node, -1);
        Leave(key);
    }

    /// <summary>Changes where a description of a content lies; false when nothing refers to it there. For the writer.</summary>
    public bool Relocate(ContentKey key, long from, Func<long> move)
    {
        if (Find(key) is var place && place < 0)
            return false;
        ref var row = ref _rows[place];
        if (row.Holder >= 0 ? row.Location != from : !_crowds.Relocate(~row.Holder, from, from))
            return false;
        var to = move();
        Enter(key);
        if (row.Holder < 0)
            _crowds.Relocate(~row.Holder, from, to);
        if (row.Location == from)
            row.Location = to;
        Leave(key);
        return true;
    }

    /// <summary>
    /// What stands about a content, consistent in itself; safe on any thread. Holders beyond the room in <paramref name="holders"/> are left out.
    /// </summary>
    public bool TryRead(ContentKey key, Span<(int Node, long AnnouncedAt, long Location)> holders, out ContentView view)
    {
        ref var version = ref _versions[Stripe(key)];
        var spinner = default(SpinWait);
        while (true)
        {
            var before = Volatile.Read(ref version);
            if ((before & 1) == 0)
            {
                var place = Find(key);
                view = place < 0 ? default : View(place, holders);
                Volatile.ReadBarrier();
                if (Volatile.Read(ref version) == before)
                    return place >= 0;
            }

            spinner.SpinOnce();
        }
    }

    /// <summary>Key of the content at a place; false where none is. Safe on any thread.</summary>
    public bool TryGetKey(int place, out ContentKey key)
    {
        // A torn key is caught by looking it up.
        key = _rows[place].Key;
        return _rows[place].Holder != ContentRow.Vacant && TryRead(key, default, out _);
    }

    /// <summary>ContentIds that a node holds during the whole enumeration. Safe on any thread.</summary>
    public IEnumerable<string> ContentsOf(int node)
    {
        for (var place = 0; place < _rows.Length; place++)
        {
            if (!TryGetKey(place, out var key))
                continue;
            string? contentId = null;
            lock (WriteGate)
            {
                if (Holds(key, node))
                    descriptions.TryRead(_rows[Find(key)].Location, out contentId, out _);
            }

            if (contentId is not null)
                yield return contentId;
        }
    }

    private void AnnounceInCrowd(int place, int node, long announcedAt, UInt128 hash, long location)
    {
        ref var row = ref _rows[place];
        if (row.Holder >= 0)
        {
            var created = _crowds.Create();
            _crowds.Add(created, place, row.Holder, row.AnnouncedAt, descriptions.HashOf(row.Location), row.Location);
            row.Holder = ~created;
        }

        var crowd = ~row.Holder;
        if (_crowds.FindHolder(place, node) is >= 0 and var holder)
        {
            // The description it gave is dropped with it, unless it is the very one it gives again.
            if (_crowds.Remove(crowd, holder) is > 0 and var unused && unused != location)
                descriptions.Discard(unused);
        }
        else
        {
            Count(node, 1);
        }

        var lay = _crowds.FindVariant(place, hash) is >= 0 and var variant ? _crowds.LocationOf(variant) : location;
        if (!_crowds.Add(crowd, place, node, announcedAt, hash, location) && lay != location)
            descriptions.Discard(location);
        row.Location = _crowds.Shown(crowd);
    }

    private ContentView View(int place, Span<(int Node, long AnnouncedAt, long Location)> holders)
    {
        var row = _rows[place];
        if (row.Holder < 0)
            return row.Holder == ContentRow.Vacant ? default : new(row.Location, _crowds.Count(~row.Holder), _crowds.Copy(~row.Holder, holders));
        if (holders.Length > 0)
            holders[0] = (row.Holder, row.AnnouncedAt, row.Location);
        return new(row.Location, 1, Math.Min(1, holders.Length));
    }

    private bool Holds(int place, int node) =>
        _rows[place].Holder is var holder && (holder < 0 ? _crowds.FindHolder(place, node) >= 0 : holder == node);

    private int Find(ContentKey key)
    {
        var probe = _index.Find(HashOf((ulong)key.Value));
        while (probe.Next(out var place))
        {
            if (_rows[place].Is(key))
                return place;
        }

        return -1;
    }

    private ulong HashOfPlace(int place) => HashOf(_rows[place].KeyLow);

    private ulong HashOf(ulong low)
    {
        var mixed = (low ^ _seed) * 0x9E3779B97F4A7C15;
        return mixed ^ (mixed >> 32);
    }

    private void Vacate(int place)
    {
        _index.Remove(HashOfPlace(place), place);
        _rows[place].Holder = ContentRow.Vacant;
        _rows.Free(place);
        _contents--;
    }

    private void Count(int node, int change)
    {
        _records += change;
        Nodes.Tally(node, change);
    }

    private static int Stripe(ContentKey key) => (int)(ulong)key.Value & (Stripes - 1);

    private void Enter(ContentKey key) => Interlocked.Increment(ref _versions[Stripe(key)]);

    private void Leave(ContentKey key) => Interlocked.Increment(ref _versions[Stripe(key)]);
}

/// <summary>What a reader saw of a content.</summary>
/// <param name="Location">Where the description lies that is shown.</param>
/// <param name="HolderCount">All holders.</param>
/// <param name="Copied">Holders copied.</param>
internal readonly record struct ContentView(long Location, int HolderCount, int Copied);
