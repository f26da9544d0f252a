using Datt.Paid.Catalog.Descriptions;
using Datt.Paid.Catalog.Feed;
using Datt.Paid.Catalog.Following;
using Datt.Paid.Catalog.Table;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Catalog.Snapshots;

/// <summary>
/// Keeps what is derived from the feed small and quick to load: writes full description segments to files, empties those that are mostly dead, saves the
/// table now and then, and deletes what of the log is in runs and in the saved table.
/// </summary>
internal sealed class Keeper : IAsyncDisposable
{
    /// <summary>Entries looked at between two groups of the writer.</summary>
    private const int MoveAtOnce = 256;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly FeedFiles _files;
    private readonly string _path;
    private readonly FeedWriter _writer;
    private readonly WriteAheadLog _wal;
    private readonly SealedFeed _feed;
    private readonly ContentTable _table;
    private readonly ChangeLog _changes;
    private readonly FollowedFeeds _followed;
    private readonly CatalogSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Pulse _relief;
    private readonly SemaphoreSlim _due = new(0, int.MaxValue);
    private readonly SemaphoreSlim _keeping = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _timer;
    private readonly Task _loop;
    private (long Seq, long Acknowledged, bool Rebuild, long Followed, long Entered) _saved;
    private long _begunSeq;
    private long _begunEntered;
    private int _frozenSeen;
    private int _checkpointDue;
    private string? _trouble;

    public Keeper(
        FeedFiles files, string path, FeedWriter writer, WriteAheadLog wal, SealedFeed feed, ContentTable table, ChangeLog changes,
        FollowedFeeds followed, CatalogSettings settings, long savedSeq, Pulse relief, TimeProvider time, ILogger log)
    {
        _files = files;
        _path = path;
        _writer = writer;
        _wal = wal;
        _feed = feed;
        _table = table;
        _changes = changes;
        _followed = followed;
        _settings = settings;
        _time = time;
        _log = log;
        _relief = relief;
        _saved = (savedSeq, -1, false, 0, 0);
        _begunSeq = savedSeq;
        writer.Committed += Look;
        _timer = time.CreateTimer(_ => Checkpoint(), null, settings.CheckpointEvery, settings.CheckpointEvery);
        _loop = Task.Run(LoopAsync);
    }

    /// <summary>Why the derived files cannot be written; null while they can.</summary>
    public string? Trouble => Volatile.Read(ref _trouble);

    /// <summary>Writes full segments, then the table, if anything changed since the last time.</summary>
    /// <exception cref="IOException">A file could not be written; the one before stays.</exception>
    public async Task CheckpointAsync()
    {
        await _keeping.WaitAsync();
        try
        {
            WriteFrozen();
            var removed = _table.Descriptions.Removed();
            var state = (Seq: _writer.AppliedSeq, _changes.Acknowledged, _changes.RebuildNeeded, _followed.Changes, Entered: _followed.Records);
            // From here on only what comes later is a reason for the next one.
            Volatile.Write(ref _begunSeq, state.Seq);
            Volatile.Write(ref _begunEntered, state.Entered);
            if (state != _saved || removed.Length > 0)
            {
                TableSnapshot.Write(_files, _path, _feed.Epoch, state.Seq, _table, _changes, _followed);
                _saved = state;
                _table.Descriptions.DeleteRemoved(removed);
            }

            await _writer.RunAsync(() => _wal.DeleteUpTo(Math.Min(_feed.SealedSeq, _saved.Seq)));
        }
        finally
        {
            _keeping.Release();
        }
    }

    /// <summary>Moves what lives out of segments that are mostly dead.</summary>
    public async Task CompactAsync()
    {
        await _keeping.WaitAsync();
        try
        {
            WriteFrozen();
            while (_table.Descriptions.TryFindWasteful(out var segment, out var count))
            {
                for (var from = 0; from < count; from += MoveAtOnce)
                {
                    var (first, end) = (from, Math.Min(count, from + MoveAtOnce));
                    await _writer.RunAsync(() => Move(segment, first, end));
                }

                await _writer.RunAsync(() => _table.Descriptions.Remove(segment));
                WriteFrozen();
            }
        }
        finally
        {
            _keeping.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await _stop.CancelAsync();
        await _loop;
    }

    private void Move(int segment, int first, int end)
    {
        var store = _table.Descriptions;
        lock (_table.WriteGate)
        {
            for (var index = first; index < end; index++)
            {
                var location = DescriptionStore.At(segment, index);
                _table.Relocate(ContentKey.Of(store.ContentIdOf(location)), location, () => store.Move(location));
            }
        }
    }

    /// <summary>On the writer's thread after each group: whether there is something to do.</summary>
    private void Look()
    {
        if (_writer.AppliedSeq - Volatile.Read(ref _begunSeq) + _followed.Records - Volatile.Read(ref _begunEntered) >= _settings.CheckpointAfterRecords)
            Checkpoint();
        var frozen = _table.Descriptions.FrozenCount;
        if (frozen > _frozenSeen)
            _due.Release();
        _frozenSeen = frozen;
    }

    private void Checkpoint()
    {
        if (Interlocked.Exchange(ref _checkpointDue, 1) == 0)
            _due.Release();
    }

    private void WriteFrozen()
    {
        _table.Descriptions.WriteFrozen();
        _relief.Beat();
    }

    private async Task LoopAsync()
    {
        var isCheckpoint = false;
        while (true)
        {
            try
            {
                await _due.WaitAsync(_stop.Token);
                await CompactAsync();
                // Taken before, so that what is asked for meanwhile is done afterwards.
                isCheckpoint |= Interlocked.Exchange(ref _checkpointDue, 0) == 1;
                if (isCheckpoint)
                    await CheckpointAsync();
                isCheckpoint = false;

                Volatile.Write(ref _trouble, null);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                Volatile.Write(ref _trouble, FeedFiles.Describe(error));
                _relief.Beat();
                _log.LogError(error, "The catalog's derived files cannot be written, which is tried again in {Seconds} s.", RetryAfter.TotalSeconds);
                _due.Release();
                try
                {
                    await Task.Delay(RetryAfter, _time, _stop.Token);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }
}
