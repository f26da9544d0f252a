using System.Threading.Channels;
using Datt.Paid.Catalog.Table;
using Datt.Paid.Protocol.Records;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Catalog.Feed;

/// <summary>
/// The one thread that changes log and table. All appends that wait are written as one group, synced once, applied, put on the change log, and then
/// answered. After a failed write nothing is taken until the log was opened and read anew, which is tried again and again by itself.
/// </summary>
internal sealed class FeedWriter : IAsyncDisposable
{
    /// <summary>Requests that may wait in the queue.</summary>
    private const int MaxQueued = 256;

    /// <summary>A group ends with the request that brings it to so many statements.</summary>
    private const int GroupStatements = 16_384;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(5);

    private readonly Channel<Request> _queue = Channel.CreateBounded<Request>(new BoundedChannelOptions(MaxQueued) { SingleReader = true });
    private readonly WriteAheadLog _wal;
    private readonly GroupBuilder _group;
    private readonly ContentTable _table;
    private readonly ChangeLog _changes;
    private readonly string _origin;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ITimer _retry;
    private readonly Thread _thread;

    /// <summary>Released after each request that was queued, and at the end: the thread waits for it without a task.</summary>
    private readonly SemaphoreSlim _queued = new(0);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TimeSpan _retryAfter = FirstRetry;
    private OpenPart _open;
    private string? _trouble;
    private long _appliedSeq;
    private long _openBytes;

    public FeedWriter(
        WriteAheadLog wal, ContentTable table, ChangeLog changes, OpenPart open, string origin, long nextSeq, TimeProvider time, ILogger log)
    {
        _wal = wal;
        _table = table;
        _changes = changes;
        _open = open;
        _openBytes = open.Bytes;
        _origin = origin;
        _time = time;
        _log = log;
        _appliedSeq = nextSeq - 1;
        _group = new(table, origin, nextSeq);
        _retry = time.CreateTimer(_ => _ = RunAsync(Recover), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _thread = new Thread(Run) { IsBackground = true, Name = "catalog writer" };
        _thread.Start();
    }

    /// <summary>Raised on the writer's thread when the open part got its first record.</summary>
    public event Action? Opened;

    /// <summary>Raised on the writer's thread after each group and each other change of the table.</summary>
    public event Action? Committed;

    /// <summary>Why appends are refused; null while they are not.</summary>
    public string? Trouble => Volatile.Read(ref _trouble);

    /// <summary>Everything up to this sequence number is in the table.</summary>
    public long AppliedSeq => Volatile.Read(ref _appliedSeq);

    /// <summary>Bytes in the open part.</summary>
    public long OpenBytes => Volatile.Read(ref _openBytes);

    /// <summary>Queues a batch for which room in the change log is reserved; the reservation is given back when it is done.</summary>
    public async Task<AppendOutcome> AppendAsync(IReadOnlyList<Announcement> batch, CancellationToken cancel)
    {
        var request = new AppendRequest(batch);
        await _queue.Writer.WriteAsync(request, cancel);
        _queued.Release();
        return await request.Done.Task;
    }

    /// <summary>Runs something on the writer's thread, between groups.</summary>
    public async Task RunAsync(Action work)
    {
        var request = new WorkRequest(work);
        try
        {
            await _queue.Writer.WriteAsync(request);
            _queued.Release();
        }
        catch (ChannelClosedException)
        {
            return;
        }

        await request.Done.Task;
    }

    /// <summary>The same for a change of the table, which whoever watches the groups hears of too.</summary>
    public Task ChangeAsync(Action change) => RunAsync(() =>
    {
        change();
        Committed?.Invoke();
    });

    /// <summary>Takes the open part away and begins a new one; for <see cref="RunAsync"/>.</summary>
    public OpenPart Cut()
    {
        var part = _open;
        part.LiveAfter = _table.Nodes.RecordsOf(_origin);
        _open = new();
        Volatile.Write(ref _openBytes, 0);
        return part;
    }

    /// <summary>Finishes what is queued.</summary>
    public async ValueTask DisposeAsync()
    {
        await _retry.DisposeAsync();
        _queue.Writer.TryComplete();
        _queued.Release();
        await _ended.Task;
        _wal.Dispose();
    }

    private void Run()
    {
        var batches = new List<AppendRequest>();
        while (true)
        {
            WorkRequest? work = null;
            var statements = 0;
            while (work is null && statements < GroupStatements && _queue.Reader.TryRead(out var request))
            {
                work = request as WorkRequest;
                if (request is AppendRequest append)
                {
                    batches.Add(append);
                    statements += append.Batch.Count;
                }
            }

            if (batches.Count == 0 && work is null)
            {
                if (_queue.Reader.Completion.IsCompleted)
                    break;
                _queued.Wait();
                continue;
            }

            Write(batches);
            batches.Clear();
            work?.Run();
        }

        _ended.SetResult();
    }

    private void Write(List<AppendRequest> batches)
    {
        if (batches.Count == 0)
            return;
        AppendOutcome outcome;
        try
        {
            outcome = Trouble is { } trouble ? new AppendOutcome.Unavailable(trouble) : Commit(batches);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _group.Abandon();
            outcome = new AppendOutcome.Unavailable(Suspend(error));
        }
        catch (Exception error)
        {
            // Table and log may disagree now; only a restart brings them together again.
            _log.LogCritical(error, "The catalog takes no more records: restart the server.");
            Volatile.Write(ref _trouble, "internal error: restart the server");
            _retry.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            outcome = new AppendOutcome.Unavailable(Trouble!);
        }

        foreach (var batch in batches)
        {
            _changes.Release(batch.Batch.Count);
            batch.Done.SetResult(outcome);
        }
    }

    private AppendOutcome.Appended Commit(List<AppendRequest> batches)
    {
        _wal.RollIfFull();
        _group.Begin(_wal.GroupStart, _time.GetUtcNow().ToUnixTimeMilliseconds(), batches.Select(b => b.Batch));
        foreach (var batch in batches)
        {
            foreach (var statement in batch.Batch)
                _group.Add(statement);
        }

        if (_group.IsEmpty)
            return new(_changes.Position);
        _wal.Commit(_group.Frames, _group.LastSeq);
        lock (_table.WriteGate)
            _group.Apply();
        Volatile.Write(ref _appliedSeq, _group.LastSeq);
        var position = _changes.Publish(_group.Keys);
        var wasEmpty = _open.IsEmpty;
        _group.MoveTo(_open);
        Volatile.Write(ref _openBytes, _open.Bytes);
        if (wasEmpty)
            Opened?.Invoke();
        Committed?.Invoke();
        return new(position);
    }

    private string Suspend(Exception error)
    {
        var reason = FeedFiles.Describe(error);
        if (Trouble != reason)
            _log.LogError(error, "Appends are refused: {Reason}", reason);
        Volatile.Write(ref _trouble, reason);
        _retry.Change(_retryAfter, Timeout.InfiniteTimeSpan);
        _retryAfter = TimeSpan.FromTicks(Math.Min(_retryAfter.Ticks * 2, LastRetry.Ticks));
        return reason;
    }

    private void Recover()
    {
        try
        {
            _wal.Reopen();
            Volatile.Write(ref _trouble, null);
            _retryAfter = FirstRetry;
            _log.LogInformation("Appends are taken again.");
        }
        catch (Exception error)
        {
            Suspend(error);
        }
    }

    private abstract class Request;

    private sealed class AppendRequest(IReadOnlyList<Announcement> batch) : Request
    {
        public IReadOnlyList<Announcement> Batch => batch;

        public TaskCompletionSource<AppendOutcome> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class WorkRequest(Action work) : Request
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Run()
        {
            try
            {
                work();
                Done.SetResult();
            }
            catch (Exception error)
            {
                Done.SetException(error);
            }
        }
    }
}
