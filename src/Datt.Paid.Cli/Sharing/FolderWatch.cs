namespace Datt.Paid.Cli.Sharing;

/// <summary>
/// Says when a folder should be looked at again: a moment after changes have come to rest, and from time to time in any case, since
/// notifications may be lost and some file systems send none.
/// </summary>
public sealed class FolderWatch : IDisposable
{
    private readonly FileSystemWatcher? _watcher;
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly TimeSpan _rest;
    private readonly TimeSpan _atMost;
    private readonly TimeSpan _every;
    private readonly TimeProvider _time;

    /// <param name="folder">Looked at with everything below it.</param>
    /// <param name="rest">How long nothing must have changed.</param>
    /// <param name="every">When to look without a notification.</param>
    /// <param name="time">Clock of the pauses.</param>
    public FolderWatch(SharedFolder folder, TimeSpan rest, TimeSpan every, TimeProvider time)
    {
        (_rest, _atMost, _every, _time) = (rest, rest * 10, every, time);
        try
        {
            _watcher = new FileSystemWatcher(folder.Root)
            {
                IncludeSubdirectories = true,
                NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size,
            };
            _watcher.Changed += (_, _) => Signal();
            _watcher.Created += (_, _) => Signal();
            _watcher.Deleted += (_, _) => Signal();
            _watcher.Renamed += (_, _) => Signal();
            _watcher.Error += (_, _) => Signal();
            _watcher.EnableRaisingEvents = true;
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            // No notifications to be had (often: no inotify instances left): looking from time to time remains.
            _watcher?.Dispose();
            _watcher = null;
        }
    }

    /// <summary>Whether changes are noticed at once, and not only from time to time.</summary>
    public bool IsNotified => _watcher is not null;

    /// <summary>Look again.</summary>
    public void Signal()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // Already said.
        }
    }

    /// <summary>Returns when it is time to look.</summary>
    public async Task WaitAsync(CancellationToken ct)
    {
        if (!await ChangedWithinAsync(_every, ct).ConfigureAwait(false))
        {
            return;
        }

        var start = _time.GetTimestamp();
        while (_time.GetElapsedTime(start) < _atMost && await ChangedWithinAsync(_rest, ct).ConfigureAwait(false))
        {
        }
    }

    public void Dispose()
    {
        _watcher?.Dispose();
        _changed.Dispose();
    }

    private async Task<bool> ChangedWithinAsync(TimeSpan span, CancellationToken ct)
    {
        using var timer = new CancellationTokenSource(span, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, ct);
        try
        {
            await _changed.WaitAsync(either.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return false;
        }
    }
}
