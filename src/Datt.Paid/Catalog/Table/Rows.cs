namespace Datt.Paid.Catalog.Table;

/// <summary>A content: 40 bytes. With one holder it stands here; with more (or once there were more) in a <see cref="Crowd"/>.</summary>
internal struct ContentRow
{
    /// <summary>Value of <see cref="Holder"/> where no content stands.</summary>
    public const int Vacant = int.MinValue;

    public ulong KeyHigh;
    public ulong KeyLow;

    /// <summary>Where the description lies that is shown.</summary>
    public long Location;

    /// <summary>Announcement of the one holder, milliseconds since the Unix epoch.</summary>
    public long AnnouncedAt;

    /// <summary>Number of the one holder, or the complement of the crowd's place.</summary>
    public int Holder;

    public readonly bool Is(ContentKey key) => Holder != Vacant && KeyHigh == (ulong)(key.Value >> 64) && KeyLow == (ulong)key.Value;

    public readonly ContentKey Key => new(new UInt128(KeyHigh, KeyLow));
}

/// <summary>All holders of a content.</summary>
internal struct Crowd
{
    public int FirstHolder;
    public int HolderCount;
    public int FirstVariant;
    public int VariantCount;

    /// <summary>The variant that is shown.</summary>
    public int Shown;
}

/// <summary>One of several holders.</summary>
internal struct HolderRow
{
    public long AnnouncedAt;
    public int Content;
    public int Node;
    public int Variant;
    public int Next;
    public int Previous;
}

/// <summary>One of the descriptions that the holders of a content gave.</summary>
internal struct VariantRow
{
    public ulong HashHigh;
    public ulong HashLow;
    public long Location;

    /// <summary>The smallest announcedAt of its holders, <see cref="Unknown"/> after the one it came from left.</summary>
    public long OldestAt;
    public int Content;
    public int Count;
    public int Next;
    public int Previous;

    public const long Unknown = long.MinValue;

    public readonly UInt128 Hash => new(HashHigh, HashLow);
}
