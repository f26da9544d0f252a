namespace Datt.Paid.Catalog.Descriptions;

/// <summary>
/// Part of the store: entries numbered from 0. Readers go in with <see cref="TryEnter"/> and out with <see cref="Exit"/>; memory behind it is freed when it was
/// given up and the last of them left.
/// </summary>
internal abstract class DescriptionSegment(int id)
{
    private int _users = 1;
    private bool _givenUp;

    public int Id { get; } = id;

    public abstract int Count { get; }

    /// <summary>Bytes of all entries.</summary>
    public abstract long Bytes { get; }

    /// <summary>Entries that nothing refers to any more; changed under the store's lock.</summary>
    public int Dead { get; set; }

    /// <summary>What decompresses the entries; null where they are as written.</summary>
    public virtual ZstdDictionary? Dictionary => null;

    public bool TryEnter()
    {
        var users = Volatile.Read(ref _users);
        while (users > 0)
        {
            var seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
                return true;
            users = seen;
        }

        return false;
    }

    public void Exit()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            Free();
    }

    /// <summary>Lets nobody in any more; called by the one who owns the store.</summary>
    public void GiveUp()
    {
        if (_givenUp)
            return;
        _givenUp = true;
        Exit();
    }

    /// <summary>An entry; valid between <see cref="TryEnter"/> and <see cref="Exit"/>.</summary>
    public abstract ReadOnlySpan<byte> Entry(int index);

    protected abstract void Free();
}
