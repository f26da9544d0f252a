namespace Datt.Paid.Catalog.Following;

/// <summary>
/// Holders that a feed says are live, to find those in the table that it no longer has. It holds a share of all contents at a time, so
/// that its memory is bounded whatever a feed has.
/// </summary>
internal sealed class LiveSet(int share, int shares)
{
    private readonly HashSet<(ContentKey Key, int Node)> _live = [];

    /// <summary>How many shares keep each below a million holders or so.</summary>
    public static int SharesFor(long records) => (int)Math.Clamp((records / 1_000_000) + 1, 1, 4_096);

    public bool IsMine(ContentKey key) => (int)((ulong)(key.Value >> 64) % (ulong)shares) == share;

    public void Add(ContentKey key, int node)
    {
        if (IsMine(key))
            _live.Add((key, node));
    }

    public bool Contains(ContentKey key, int node) => _live.Contains((key, node));
}
