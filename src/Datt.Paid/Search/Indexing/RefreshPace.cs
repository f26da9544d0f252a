namespace Datt.Paid.Search.Indexing;

/// <summary>
/// When changes that were written to the index are to become searchable: soon after the first of them; while they come in bulk, where each refresh costs a
/// segment, once they pause or after a while. Whoever uses it holds the lock under which the index is written.
/// </summary>
internal sealed class RefreshPace(SearchSettings settings, TimeProvider time)
{
    /// <summary>From so many changes on they come in bulk.</summary>
    public const int BulkSize = 1_000;

    private long _first;
    private long _last;
    private int _pending;

    /// <summary>Whether anything waits for a refresh.</summary>
    public bool IsPending => _pending > 0;

    public bool IsInBulk => _pending >= BulkSize;

    /// <summary>So many changes were written.</summary>
    public void Applied(int count)
    {
        _last = time.GetTimestamp();
        if (_pending == 0)
            _first = _last;
        _pending += Math.Max(1, count);
    }

    /// <summary>A refresh takes everything that waits.</summary>
    public void Take() => _pending = 0;

    /// <summary>How long the refresh can wait yet; null where nothing waits for it.</summary>
    public TimeSpan? Wait()
    {
        if (!IsPending)
            return null;
        var wait = settings.RefreshAfter - time.GetElapsedTime(IsInBulk ? _last : _first);
        if (!IsInBulk)
            return wait;
        var most = settings.RefreshInBulk - time.GetElapsedTime(_first);
        return wait < most ? wait : most;
    }
}
