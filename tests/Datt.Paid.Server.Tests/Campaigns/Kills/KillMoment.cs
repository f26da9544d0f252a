namespace Datt.Paid.Server.Tests.Campaigns.Kills;

/// <summary>When a server is killed.</summary>
internal enum KillMoment
{
    /// <summary>At a random time while clients write.</summary>
    UnderLoad,

    /// <summary>The instant a file of the data directory is created, renamed or deleted: sealing, merging, checkpoints, index commits.</summary>
    AtFileChange,

    /// <summary>While it asks its parts to stop.</summary>
    WhileStopping,

    /// <summary>Under load, and then again at a random time of the recovery from that.</summary>
    InRecovery,

    /// <summary>Under load, and then again the instant the recovery creates, renames or deletes a file.</summary>
    AtFileChangeInRecovery,
}

/// <summary>Kills at the n-th change of a file name in one part of the data directory, from the thread that hears of it.</summary>
internal sealed class FileChangeTrigger : IDisposable
{
    private readonly FileSystemWatcher _watcher;
    private readonly TaskCompletionSource<string> _hit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action _kill;
    private readonly string _area;
    private int _left;

    public FileChangeTrigger(string dataDirectory, string area, int changes, Action kill)
    {
        _kill = kill;
        _area = area;
        _left = changes;
        _watcher = new FileSystemWatcher(dataDirectory) { IncludeSubdirectories = true, NotifyFilter = NotifyFilters.FileName };
        _watcher.Created += OnChange;
        _watcher.Deleted += OnChange;
        _watcher.Renamed += OnChange;
        _watcher.EnableRaisingEvents = true;
    }

    /// <summary>Ends with the file whose change it was, or with null when none came in time.</summary>
    public async Task<string?> HitAsync(TimeSpan limit, CancellationToken ct)
    {
        await Task.WhenAny(_hit.Task, Task.Delay(limit, ct));
        ct.ThrowIfCancellationRequested();
        return _hit.Task.IsCompleted ? await _hit.Task : null;
    }

    public void Dispose() => _watcher.Dispose();

    private void OnChange(object sender, FileSystemEventArgs e)
    {
        if (e.Name?.StartsWith(_area, StringComparison.Ordinal) != true || Interlocked.Decrement(ref _left) != 0)
            return;
        _kill();
        _hit.TrySetResult($"{e.ChangeType} {e.Name}");
    }
}
