namespace Datt.Paid.Search.Execution;

/// <summary>
/// The newest snapshot and those that cursors still need. A snapshot is kept for a time after the newest cursor issued on it; their number is bounded because one
/// that has a cursor stays the newest for a least time (<see cref="SearchSettings.RefreshUnderLoad"/>), which the refresh loop respects.
/// </summary>
internal sealed class Snapshots(TimeSpan lifetime, int bound) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, Pinned> _pinned = [];
    private Snapshot? _newest;

    /// <summary>How many snapshots cursors hold.</summary>
    public int PinnedCount
    {
        get
        {
            lock (_lock)
                return _pinned.Count;
        }
    }

    /// <summary>The newest one, held for the caller.</summary>
    public Snapshot Hold()
    {
        while (true)
        {
            var newest = Volatile.Read(ref _newest) ?? throw new ObjectDisposedException(nameof(SearchEngine));
            if (newest.TryHold())
                return newest;
        }
    }

    /// <summary>The one of a cursor, held for the caller; null when it is gone.</summary>
    public Snapshot? Hold(uint generation, DateTimeOffset now)
    {
        lock (_lock)
            return _pinned.TryGetValue(generation, out var pinned) && pinned.Until > now && pinned.Snapshot.TryHold() ? pinned.Snapshot : null;
    }

    /// <summary>A cursor was issued on it.</summary>
    public void Pin(Snapshot snapshot, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (_pinned.TryGetValue(snapshot.Generation, out var pinned))
            {
                pinned.Until = now + lifetime;
                return;
            }

            if (!snapshot.TryHold())
                return;
            _pinned.Add(snapshot.Generation, new Pinned(snapshot) { Until = now + lifetime });
            while (_pinned.Count > bound)
                Drop(_pinned.MinBy(p => p.Value.Until).Key);
        }
    }

    /// <summary>Whether a cursor was issued on the newest snapshot.</summary>
    public bool IsNewestPinned
    {
        get
        {
            lock (_lock)
                return _newest is not null && _pinned.ContainsKey(_newest.Generation);
        }
    }

    /// <summary>Takes over a newer snapshot.</summary>
    public void Publish(Snapshot snapshot) => Interlocked.Exchange(ref _newest, snapshot)?.LetGo();

    /// <summary>Lets go of those whose cursors are all too old.</summary>
    public void Sweep(DateTimeOffset now)
    {
        lock (_lock)
        {
            foreach (var (generation, pinned) in _pinned)
            {
                if (pinned.Until <= now)
                    Drop(generation);
            }
        }
    }

    public void Dispose()
    {
        Interlocked.Exchange(ref _newest, null)?.LetGo();
        lock (_lock)
        {
            foreach (var generation in _pinned.Keys)
                Drop(generation);
        }
    }

    private void Drop(uint generation)
    {
        if (_pinned.Remove(generation, out var pinned))
            pinned.Snapshot.LetGo();
    }

    private sealed class Pinned(Snapshot snapshot)
    {
        public Snapshot Snapshot => snapshot;

        public DateTimeOffset Until { get; set; }
    }
}
