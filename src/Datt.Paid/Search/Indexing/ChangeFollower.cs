using Datt.Paid.Catalog;
using Datt.Paid.Search.Analysis;
using Datt.Paid.Search.Execution;
using Datt.Paid.Search.Live;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Search.Indexing;

/// <summary>
/// Tails the catalog's change log into the index. Changes become searchable by a refresh shortly after the first of them, durable by a commit now and then; only
/// then are they acknowledged. After a fault (a full disk) the index goes back to its last commit and everything since is applied again, while searches go on in
/// the newest snapshot.
/// </summary>
internal sealed class ChangeFollower : IAsyncDisposable
{
    private const int BatchSize = 2_048;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BetweenMerges = TimeSpan.FromSeconds(20);

    private readonly SearchSettings _settings;
    private readonly ContentCatalog _catalog;
    private readonly IContentView _view;
    private readonly Snapshots _snapshots;
    private readonly SnapshotPublisher _publisher;
    private readonly RefreshPace _pace;
    private readonly WordAnalyzer _words;
    private readonly LiveSearches _live;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wake = new(0, 1);

    /// <summary>Held while documents are written, and while the index is replaced after a fault.</summary>
    private readonly Lock _writing = new();
    private Indexer _indexer;
    private List<ContentKey> _uncommitted = [];
    private string _mark;
    private bool _isMarked;
    private long _applied = -1;

    private readonly Task _following;
    private readonly Task _refreshing;
    private long _committedAt;
    private long _quietSince;
    private long _consolidatedAt;
    private bool _isMerged;

    public ChangeFollower(
        SearchSettings settings, ContentCatalog catalog, IContentView view, Snapshots snapshots, WordAnalyzer words, LiveSearches live, TimeProvider time,
        ILogger log)
    {
        _settings = settings;
        _catalog = catalog;
        _view = view;
        _snapshots = snapshots;
        _publisher = new(snapshots, settings, time);
        _pace = new(settings, time);
        _words = words;
        _live = live;
        _time = time;
        _log = log;
        _indexer = Indexer.Open(settings, Find, words, log);
        // An index that is to be built agrees with what the view shows now or later.
        _mark = _indexer.Mark ?? view.Mark;
        _committedAt = _quietSince = time.GetTimestamp();
        _consolidatedAt = _committedAt - (long)(BetweenMerges.TotalSeconds * time.TimestampFrequency);
        _publisher.Open(_indexer);
        _following = Task.Run(FollowAsync);
        _refreshing = Task.Run(RefreshAsync);
    }

    /// <summary>Up to where changes can be found.</summary>
    public SearchablePosition Searchable { get; } = new();

    /// <summary>The state of the view that the whole index agrees with.</summary>
    public string Mark
    {
        get
        {
            lock (_writing)
                return _mark;
        }
    }

    /// <summary>Brings documents up to date that no change of the catalog names. They are no news to live searches.</summary>
    public async Task ReindexAsync(List<ContentKey> keys)
    {
        try
        {
            lock (_writing)
            {
                // Building the whole index reads everything anyway, and commits it at the end.
                if (_indexer.IsComplete)
                    _uncommitted.AddRange(keys);
                _indexer.Apply(keys);
                if (_applied >= 0)
                    Applied(_applied, keys.Count);
            }
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            await RecoverAsync(fault);
        }
    }

    /// <summary>Says that the index agrees with this state of the view; the next commit keeps it.</summary>
    public void Agree(string mark)
    {
        lock (_writing)
        {
            _isMarked |= mark != _mark;
            _mark = mark;
        }
    }

    /// <summary>Stops following, commits and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_following, _refreshing);
        lock (_writing)
        {
            try
            {
                if (_indexer.IsComplete && (_uncommitted.Count > 0 || _isMarked))
                {
                    _indexer.Commit(complete: true, _mark);
                    _catalog.Changes.Acknowledge(_applied);
                }
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                _log.LogError(fault, "The last commit of the search index failed; what it would have held is indexed again at the next start");
            }

            _indexer.Dispose();
        }

        _stop.Dispose();
        _wake.Dispose();
    }

    private CatalogEntry? Find(ContentKey key) => _view.TryGet(key, out var entry) ? entry : null;

    private async Task FollowAsync()
    {
        var keys = new List<ContentKey>(BatchSize);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (!_indexer.IsComplete || _catalog.Changes.RebuildNeeded)
                    Rebuild();
                else if (Volatile.Read(ref _applied) < 0)
                    Applied(0, 0);
                while (await _catalog.Changes.WaitAsync(_stop.Token))
                {
                    keys.Clear();
                    var count = _catalog.Changes.Read(keys, BatchSize, out var position);
                    if (count == 0)
                        continue;
                    var seen = _live.IsEmpty ? null : new List<CatalogEntry>(count);
                    lock (_writing)
                    {
                        _uncommitted.AddRange(keys);
                        _indexer.Apply(keys, seen);
                        Applied(position, count);
                    }

                    if (seen is not null)
                        _live.Offer(seen);
                }

                return;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                await RecoverAsync(fault);
            }
        }
    }

    private void Applied(long position, int count)
    {
        _pace.Applied(count);
        Volatile.Write(ref _applied, position);
        Wake();
    }

    /// <summary>Indexes every content there is. The index counts as whole only once all of it is committed.</summary>
    private void Rebuild()
    {
        var position = _catalog.Changes.Position;
        lock (_writing)
        {
            _mark = _view.Mark;
            _indexer.Clear();
        }

        var progress = new RebuildProgress(_catalog.Figures.Contents, _time, _log);
        foreach (var keys in _catalog.Keys().Chunk(BatchSize))
        {
            _stop.Token.ThrowIfCancellationRequested();
            lock (_writing)
                _indexer.Apply([.. keys]);
            progress.Add(keys.Length);
        }

        lock (_writing)
        {
            _indexer.Commit(complete: true, _mark);
            _uncommitted.Clear();
            Applied(position, RefreshPace.BulkSize);
        }

        _catalog.Changes.Acknowledge(position);
        progress.End();
    }

    private async Task RefreshAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var woken = await _wake.WaitAsync(Idle, _stop.Token);
                await WaitUntilDueAsync();
                Refresh();
                if (!woken)
                    Consolidate();
                if (IsCommitDue())
                    await Task.Run(Commit);
                _snapshots.Sweep(_time.GetUtcNow());
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                await RecoverAsync(fault);
            }
        }
    }

    private async Task WaitUntilDueAsync()
    {
        while (true)
        {
            TimeSpan? pending;
            lock (_writing)
                pending = _pace.Wait();
            if (pending is not { } wait)
                return;
            var stays = _publisher.Stays;
            wait = wait > stays ? wait : stays;
            if (wait <= TimeSpan.Zero)
                return;
            await Task.Delay(wait, _time, _stop.Token);
        }
    }

    private void Refresh()
    {
        long position;
        Indexer indexer;
        bool changed, inBulk;
        lock (_writing)
        {
            (changed, inBulk) = (_pace.IsPending, _pace.IsInBulk);
            _pace.Take();
            position = _applied;
            indexer = _indexer;
        }

        _publisher.Refresh(indexer, inBulk);
        if (!changed)
            return;
        _quietSince = _time.GetTimestamp();
        Searchable.Reach(position);
    }

    /// <summary>Merges once nothing has changed for a while, and never while the index is being built or a former merge may still run.</summary>
    private void Consolidate()
    {
        if (_time.GetElapsedTime(_quietSince) < Quiet || _time.GetElapsedTime(_consolidatedAt) < BetweenMerges || !_indexer.IsComplete)
            return;
        var newest = _snapshots.Hold();
        try
        {
            if (!_indexer.Consolidate(newest))
                return;
            _consolidatedAt = _time.GetTimestamp();
            _isMerged = true;
        }
        finally
        {
            newest.LetGo();
        }
    }

    private bool IsCommitDue()
    {
        lock (_writing)
        {
            return _uncommitted.Count >= _settings.CommitAfterChanges
                || ((_uncommitted.Count > 0 || _isMerged || _isMarked) && _indexer.IsComplete && _time.GetElapsedTime(_committedAt) >= _settings.CommitInterval);
        }
    }

    private void Commit()
    {
        long position;
        List<ContentKey> committing;
        Indexer indexer;
        string mark;
        lock (_writing)
        {
            position = _applied;
            committing = _uncommitted;
            indexer = _indexer;
            _uncommitted = [];
            mark = _mark;
            _isMerged = _isMarked = false;
        }

        try
        {
            indexer.Commit(complete: true, mark);
        }
        catch
        {
            lock (_writing)
            {
                committing.AddRange(_uncommitted);
                _uncommitted = committing;
                _isMarked = true;
            }

            throw;
        }

        _committedAt = _time.GetTimestamp();
        _catalog.Changes.Acknowledge(position);
    }

    private async Task RecoverAsync(Exception fault)
    {
        _log.LogError(fault, "Writing the search index failed; going back to its last commit in {Pause}. Searches go on without the newest changes", Pause);
        try
        {
            await Task.Delay(Pause, _time, _stop.Token);
            lock (_writing)
            {
                _indexer.Dispose();
                _indexer = Indexer.Open(_settings, Find, _words, _log);
                _publisher.Open(_indexer);
                if (!_indexer.IsComplete)
                    return;
                _indexer.Apply(_uncommitted);
                Applied(_applied, _uncommitted.Count);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
        catch (Exception again) when (again is not OutOfMemoryException)
        {
            _log.LogError(again, "The search index could not be opened again; the next change tries once more");
        }
    }

    private void Wake()
    {
        if (_wake.CurrentCount == 0)
        {
            try
            {
                _wake.Release();
            }
            catch (SemaphoreFullException)
            {
                // Another thread woke it between the look and the release.
            }
        }
    }
}
