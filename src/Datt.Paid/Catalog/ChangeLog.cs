namespace Datt.Paid.Catalog;

/// <summary>
/// Which contents changed, for the one reader that tails it (the indexer). Positions count the changes since this process opened the
/// catalog; they mean nothing after a restart. A key can be offered several times: what counts is what the catalog says at the lookup.
/// </summary>
public sealed class ChangeLog
{
    /// <summary>Changes that are kept until they are acknowledged; beyond that appends wait, or without a reader <see cref="RebuildNeeded"/> is set.</summary>
    internal const int MaxUnacknowledged = 1_000_000;

    private readonly Lock _gate = new();
    private readonly PendingKeys _keys = new();
    private readonly Queue<(int Count, TaskCompletionSource Granted)> _waiting = new();
    private readonly int _maxUnread;
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _read;
    private int _reserved;
    private long _rebuildUpTo = -1;
    private bool _attached;
    private bool _closed;

    internal ChangeLog(int maxUnread) => _maxUnread = maxUnread;

    /// <summary>Position of the newest change, 0 before the first.</summary>
    public long Position
    {
        get
        {
            lock (_gate)
                return _keys.End;
        }
    }

    /// <summary>
    /// Whether the reader must index <see cref="ContentCatalog.Keys"/> from scratch, because what changed since its last acknowledgement is
    /// no longer known. It takes <see cref="Position"/> first, indexes all keys, makes that durable and acknowledges the position taken;
    /// that clears the flag. Changes after that position are read as usual.
    /// </summary>
    public bool RebuildNeeded
    {
        get
        {
            lock (_gate)
                return _rebuildUpTo >= 0;
        }
    }

    /// <summary>Waits until there is something to read: true; false once the catalog is closed and all was read.</summary>
    public async ValueTask<bool> WaitAsync(CancellationToken cancel)
    {
        while (true)
        {
            Task arrived;
            lock (_gate)
            {
                _attached = true;
                if (_read < _keys.End)
                    return true;
                if (_closed)
                    return false;
                arrived = _arrived.Task;
            }

            await arrived.WaitAsync(cancel);
        }
    }

    /// <summary>
    /// Moves unread keys, oldest first, to the end of a list, without waiting. The first call of this or of <see cref="WaitAsync"/> attaches
    /// the reader: from then on appends wait when it is too far behind.
    /// </summary>
    /// <param name="into">Where the keys go.</param>
    /// <param name="max">Most keys to add.</param>
    /// <param name="position">Position of the last key read; everything up to there has been read.</param>
    /// <returns>How many keys were added.</returns>
    public int Read(List<ContentKey> into, int max, out long position)
    {
        lock (_gate)
        {
            _attached = true;
            var count = (int)Math.Min(max, _keys.End - _read);
            _keys.CopyTo(into, _read, count);
            _read += count;
            position = _read;
            Grant();
            return count;
        }
    }

    /// <summary>
    /// The reader has made everything up to here durable. What is not acknowledged is offered again after a restart; so is a little more than
    /// that, since acknowledgements are only saved with the table.
    /// </summary>
    public void Acknowledge(long position)
    {
        lock (_gate)
        {
            position = Math.Min(position, _keys.End);
            _read = Math.Max(_read, position);
            _keys.RemoveUpTo(position);
            if (_rebuildUpTo >= 0 && position >= _rebuildUpTo)
                _rebuildUpTo = -1;
            Grant();
        }
    }

    /// <summary>Waits until the reader is near enough for so many changes more; they then count as unread until published.</summary>
    internal async Task ReserveAsync(int count, CancellationToken cancel)
    {
        TaskCompletionSource waiting;
        lock (_gate)
        {
            Grant();
            if (_waiting.Count == 0 && HasRoom(count))
            {
                _reserved += count;
                return;
            }

            var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue((count, source));
            waiting = source;
        }

        await using var registration = cancel.UnsafeRegister(static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), waiting);
        await waiting.Task;
    }

    /// <summary>Gives back what was reserved and not, or already, published.</summary>
    internal void Release(int count)
    {
        lock (_gate)
        {
            _reserved -= count;
            Grant();
        }
    }

    /// <summary>Adds changes and returns the position of the last.</summary>
    internal long Publish(ReadOnlySpan<ContentKey> keys)
    {
        lock (_gate)
        {
            if (keys.Length > 0)
            {
                _keys.Add(keys);
                if (!_attached && _keys.Count > MaxUnacknowledged)
                    RequireRebuildLocked();
                Signal();
            }

            return _keys.End;
        }
    }

    /// <summary>Forgets what is pending: the reader has to start from scratch.</summary>
    internal void RequireRebuild()
    {
        lock (_gate)
            RequireRebuildLocked();
    }

    /// <summary>Everything up to this position is acknowledged.</summary>
    internal long Acknowledged
    {
        get
        {
            lock (_gate)
                return _keys.Start;
        }
    }

    /// <summary>What a restart must offer again, oldest first.</summary>
    internal (ContentKey[] Pending, bool RebuildNeeded) Save()
    {
        lock (_gate)
            return (_keys.ToArray(), _rebuildUpTo >= 0);
    }

    internal void Close()
    {
        lock (_gate)
        {
            _closed = true;
            _attached = false;
            Grant();
            Signal();
        }
    }

    private void RequireRebuildLocked()
    {
        _keys.RemoveUpTo(_keys.End);
        _read = _rebuildUpTo = _keys.End;
    }

    private bool HasRoom(int count)
    {
        var ahead = _keys.End - _read + _reserved;
        return !_attached || ((ahead == 0 || ahead + count <= _maxUnread) && _keys.Count + _reserved + count <= MaxUnacknowledged);
    }

    private void Grant()
    {
        while (_waiting.TryPeek(out var first) && (first.Granted.Task.IsCompleted || HasRoom(first.Count)))
        {
            _waiting.Dequeue();
            if (first.Granted.TrySetResult())
                _reserved += first.Count;
        }
    }

    private void Signal()
    {
        var arrived = _arrived;
        _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        arrived.SetResult();
    }
}
