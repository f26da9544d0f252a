using Microsoft.Extensions.Logging;

namespace Datt.Paid.Catalog.Feed;

/// <summary>Makes runs of the open part, soon after it got its first record, and merges runs when there are enough of them.</summary>
internal sealed class Sealer : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly FeedWriter _writer;
    private readonly SealedFeed _feed;
    private readonly TimeSpan _sealAfter;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Pulse _relief;
    private readonly SemaphoreSlim _opened = new(0, int.MaxValue);
    private readonly SemaphoreSlim _sealed = new(0, int.MaxValue);
    private readonly SemaphoreSlim _sealing = new(1);
    private readonly SemaphoreSlim _merging = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loops;
    private OpenPart? _cut;
    private string? _trouble;
    private string? _held;

    public Sealer(FeedWriter writer, SealedFeed feed, TimeSpan sealAfter, bool openPartWaits, Pulse relief, TimeProvider time, ILogger log)
    {
        _writer = writer;
        _feed = feed;
        _sealAfter = sealAfter;
        _time = time;
        _log = log;
        _relief = relief;
        writer.Opened += () => _opened.Release();
        if (openPartWaits)
            _opened.Release();
        _sealed.Release();
        _loops = Task.WhenAll(
            Task.Run(() => LoopAsync(_opened, () => Task.Delay(_sealAfter, _time, _stop.Token), SealAsync, sealing: true)),
            Task.Run(() => LoopAsync(_sealed, () => Task.CompletedTask, MergeAsync, sealing: false)));
    }

    /// <summary>Why runs cannot be written; null while they can.</summary>
    public string? Trouble => Volatile.Read(ref _held) ?? Volatile.Read(ref _trouble);

    /// <summary>From now on no run and no manifest is made; what is taken stays in the log.</summary>
    public void Hold(string reason)
    {
        Volatile.Write(ref _held, reason);
        _relief.Beat();
    }

    /// <summary>Bytes of records that are in no run yet.</summary>
    public long UnsealedBytes => _writer.OpenBytes + (Volatile.Read(ref _cut)?.Bytes ?? 0);

    /// <summary>Seals what is open now.</summary>
    /// <exception cref="IOException">The run or the manifest could not be written; nothing is lost, it is tried again.</exception>
    public async Task SealAsync()
    {
        if (Volatile.Read(ref _held) is not null)
            return;
        await _sealing.WaitAsync();
        try
        {
            if (_cut is null)
                await _writer.RunAsync(() => Volatile.Write(ref _cut, _writer.Cut()));
            if (_cut is { IsEmpty: false } part)
            {
                _feed.Seal(part, _time.GetUtcNow());
                _sealed.Release();
            }

            Volatile.Write(ref _cut, null);
            _relief.Beat();
        }
        finally
        {
            _sealing.Release();
        }
    }

    /// <summary>Merges until no level has enough runs for it.</summary>
    public async Task MergeAsync()
    {
        if (Volatile.Read(ref _held) is not null)
            return;
        await _merging.WaitAsync();
        try
        {
            // A long computation: on a thread of its own.
            await Task.Factory.StartNew(
                () =>
                {
                    while (_feed.MergeOnce(_time, _stop.Token))
                    {
                    }
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            _merging.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loops;
    }

    private async Task LoopAsync(SemaphoreSlim signal, Func<Task> before, Func<Task> work, bool sealing)
    {
        while (true)
        {
            try
            {
                await signal.WaitAsync(_stop.Token);
                await before();
                await work();
                if (sealing)
                    Volatile.Write(ref _trouble, null);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                if (sealing)
                {
                    Volatile.Write(ref _trouble, FeedFiles.Describe(error));
                    _relief.Beat();
                }

                _log.LogError(error, "Runs cannot be written, which is tried again in {Seconds} s.", RetryAfter.TotalSeconds);
                signal.Release();
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
