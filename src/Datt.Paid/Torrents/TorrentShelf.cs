using Datt.Paid.Protocol.Runs;
using Datt.Paid.Protocol.Torrents;
using Datt.Paid.Sync;
using Datt.Paid.Sync.Following;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Torrents;

/// <summary>
/// Torrents of the feeds that this server shows, made when they are asked for: of one origin at most every ten minutes, one at a time over all, in the background. Whoever asks
/// waits a few seconds and then is told to come back. Thread-safe.
/// </summary>
public sealed class TorrentShelf(
    FeedShelf feeds, OriginRules rules, TorrentMaker maker, TorrentSettings settings, TimeProvider time, ILogger<TorrentShelf> log) : IDisposable
{
    /// <summary>A torrent younger than this is given out although the feed went on.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);

    /// <summary>How long whoever asks is kept waiting.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan ComeBack = TimeSpan.FromSeconds(10);

    /// <summary>How long after an attempt that failed the next may begin.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(20);

    /// <summary>How often a feed may go on while it is read; only what is new is read again.</summary>
    private const int Attempts = 5;

    /// <summary>Torrents that are held, one for each origin. Before one of them is ten minutes old, it does not make room for another.</summary>
    private const int MaxOrigins = 256;

    private const int MaxWaiting = 16;

    /// <summary>Torrents whose info-hashes the tracker knows.</summary>
    private const int MaxHashes = 2_048;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, Torrent> _made = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task<Torrent?>> _making = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _failed = new(StringComparer.Ordinal);
    private readonly HashSet<InfoHash> _hashes = [];
    private readonly Queue<(InfoHash, InfoHash)> _order = new();

    /// <summary>The torrent of an origin's newest manifest, or of one that was the newest less than ten minutes ago.</summary>
    public async Task<TorrentAnswer> GetAsync(string origin, CancellationToken ct)
    {
        if (!feeds.TryGet(origin, out var view) || view.Manifest is not { } newest || rules.IsDropped(origin))
            return new TorrentAnswer.Unknown();
        Task<Torrent?> making;
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (_made.TryGetValue(origin, out var made) && (made.Manifest == newest.Hash || now - made.MadeAt < Fresh))
                return new TorrentAnswer.Ready(made);
            if (newest.Manifest.Runs.Count == 0)
                return new TorrentAnswer.Empty();
            if (newest.Manifest.Runs.Sum(r => r.Bytes) is var bytes && bytes > settings.MaximumBytes)
                return new TorrentAnswer.TooLarge(bytes);
            if (!_making.TryGetValue(origin, out making!))
            {
                if (_failed.TryGetValue(origin, out var failedAt) && now - failedAt < Rest)
                    return new TorrentAnswer.NotYet(Rest - (now - failedAt));
                if (_making.Count >= MaxWaiting)
                    return new TorrentAnswer.NotYet(ComeBack);
                if (!_made.ContainsKey(origin) && _made.Count + _making.Count >= MaxOrigins && UntilRoom(now) is var wait && wait > TimeSpan.Zero)
                    return new TorrentAnswer.NotYet(wait);
                // Not begun here, so that it cannot end before it is noted.
                making = _making[origin] = Task.Run(() => MakeAsync(origin), CancellationToken.None);
            }
        }
        try
        {
            return await making.WaitAsync(Patience, time, ct) is { } torrent ? new TorrentAnswer.Ready(torrent) : new TorrentAnswer.NotYet(Rest);
        }
        catch (TimeoutException)
        {
            return new TorrentAnswer.NotYet(ComeBack);
        }
    }

    /// <summary>Whether a torrent was made here, of the last ones, that is called so in version 1 or 2.</summary>
    public bool Knows(InfoHash hash)
    {
        lock (_gate)
            return _hashes.Contains(hash);
    }

    public void Dispose() => _stop.Cancel();

    /// <summary>Makes a torrent; null where it cannot be made now.</summary>
    private async Task<Torrent?> MakeAsync(string origin)
    {
        Torrent? torrent = null;
        try
        {
            await _turn.WaitAsync(_stop.Token);
            try
            {
                return torrent = await Task.Factory.StartNew(() => Make(origin), _stop.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (OperationCanceledException)
        {
            return null; // the server stops
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            log.LogError(fault, "The torrent of {Origin} could not be made", origin);
            return null;
        }
        finally
        {
            lock (_gate)
            {
                if (torrent is null)
                    Fail(origin);
                else
                    Keep(origin, torrent);
                _making.Remove(origin);
            }
        }
    }

    /// <summary>Of the newest manifest now: it may have waited for its turn. A feed that merges while its runs are read has a newer one afterwards.</summary>
    private Torrent? Make(string origin)
    {
        Dictionary<RunId, RunPieces> known;
        lock (_gate)
            known = _made.GetValueOrDefault(origin)?.Runs.ToDictionary(run => run.Id) ?? [];
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (!feeds.TryGet(origin, out var view) || view.Manifest is not { Manifest.Runs.Count: > 0 } manifest)
                return null;
            if (maker.TryMake(manifest, known, out var torrent, _stop.Token))
                return torrent;
        }
        return null;
    }

    private TimeSpan UntilRoom(DateTimeOffset now) => _made.Count == 0 ? ComeBack : _made.Values.Min(made => made.MadeAt) + Fresh - now;

    private void Fail(string origin)
    {
        var now = time.GetUtcNow();
        foreach (var (other, at) in _failed)
        {
            if (now - at >= Rest)
                _failed.Remove(other);
        }
        _failed[origin] = now;
    }

    private void Keep(string origin, Torrent torrent)
    {
        _made[origin] = torrent;
        if (_made.Count > MaxOrigins)
            _made.Remove(_made.MinBy(m => m.Value.MadeAt).Key);
        var (one, two) = (torrent.Info.Version1, InfoHash.OfVersion2(torrent.Info.Version2));
        if (!_hashes.Add(one))
            return; // made anew of the same manifest
        _hashes.Add(two);
        _order.Enqueue((one, two));
        if (_order.Count <= MaxHashes)
            return;
        (one, two) = _order.Dequeue();
        _hashes.Remove(one);
        _hashes.Remove(two);
    }
}
