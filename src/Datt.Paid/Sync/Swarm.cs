using System.Collections.Concurrent;
using Datt.Paid.Catalog;
using Datt.Paid.Federation;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Sync.Following;
using Datt.Paid.Sync.Store;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Sync;

/// <summary>
/// Follows the feeds of all known servers. Heads come in by <see cref="Hear"/>, from whatever stream or poll; each origin that moved is worked on, a bounded
/// number at a time. What this server shows to others stands in <see cref="Heads"/>.
/// </summary>
public sealed class Swarm : IAsyncDisposable
{
    private const int MostUnknown = 10_000;

    private readonly ContentCatalog _catalog;
    private readonly FeedStore _store;
    private readonly ServerDirectory _servers;
    private readonly OriginKeys _keys;
    private readonly FeedWork _work;
    private readonly SyncSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger<Swarm> _log;
    private readonly string _self;
    private readonly SemaphoreSlim _slots;
    private readonly ConcurrentDictionary<string, OriginWork> _works = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (string Teller, HeadNews News)> _unknown = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private string? _rules;
    private int _running;

    public Swarm(
        ContentCatalog catalog, FeedStore store, ServerDirectory servers, OriginKeys keys, FeedWork work, HeadVector heads, ServerKey self, SyncSettings settings,
        TimeProvider time, ILogger<Swarm> log)
    {
        _catalog = catalog;
        _store = store;
        _servers = servers;
        _keys = keys;
        _work = work;
        _settings = settings;
        _time = time;
        _log = log;
        _self = self.Id;
        _slots = new SemaphoreSlim(settings.ParallelFeeds);
        Heads = heads;
        _rules = work.RulesMark;
        work.Wanted += Want;
    }

    /// <summary>What this server shows to others.</summary>
    public HeadVector Heads { get; }

    /// <summary>A newer head of this server's own than the one it has, told by somebody; null where nobody did.</summary>
    public Head? OwnAhead { get; private set; }

    /// <summary>Feeds that are being worked on.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Shows what is here already and goes on with what an earlier start left. Called once, when the catalog is open.</summary>
    public void Start()
    {
        ShowOwn();
        _catalog.ManifestChanged += ShowOwn;
        foreach (var feed in _store.All)
        {
            if (feed.Conflict is { } proof)
                Heads.Accuse(feed.Origin, proof.First.Manifest.Epoch);
            if (_settings.Follow)
                Want(feed.Origin);
        }
    }

    /// <summary>Takes what a server says about where an origin stands.</summary>
    public void Hear(string teller, HeadNews news)
    {
        var origin = news.Head.Origin;
        if (!_settings.Follow || !ServerPublicKey.IsFingerprint(origin))
            return;
        if (origin == _self)
        {
            HearOwn(teller, news);
            return;
        }
        if (!_keys.IsKnown(origin))
        {
            if (_unknown.Count < MostUnknown || _unknown.ContainsKey(origin))
                _unknown[origin] = (teller, news);
            return;
        }
        var work = _works.GetOrAdd(origin, o => new OriginWork(o));
        if (work.Hear(teller, news) && IsNews(news))
            Want(origin);
    }

    /// <summary>
    /// A server is heard from again: what failed for want of it is tried at once, for after an outage every try had failed and the next one may be a minute away.
    /// </summary>
    public void Back(string server)
    {
        _work.Back(server);
        foreach (var work in _works.Values.Where(w => w.RetryAt < DateTimeOffset.MaxValue && (w.Origin == server || w.IsToldBy(server))))
            Want(work.Origin);
    }

    /// <summary>Goes on with what is due again: origins that were unknown, and work that failed. Called now and then.</summary>
    public void Retry()
    {
        foreach (var (origin, (teller, news)) in _unknown)
        {
            if (_keys.IsKnown(origin) && _unknown.TryRemove(origin, out _))
                Hear(teller, news);
        }
        var now = _time.GetUtcNow();
        foreach (var work in _works.Values.Where(w => w.RetryAt <= now))
            Want(work.Origin);
        // What the operator no longer wants goes at once, and what he wants again comes.
        if (_work.RulesMark is { } rules && Interlocked.Exchange(ref _rules, rules) is { } before && before != rules)
        {
            foreach (var feed in _store.All)
                Want(feed.Origin);
        }
    }

    /// <summary>Fetches a feed anew; what is here of it is deleted first. False where it is not followed.</summary>
    public async Task<bool> ForgetAsync(string origin, bool fetchAgain, CancellationToken ct)
    {
        if (!_store.TryGet(origin, out var feed))
            return false;
        await _work.ForgetAsync(feed, ct);
        if (fetchAgain)
        {
            var work = _works.GetOrAdd(origin, o => new OriginWork(o));
            work.Poisoned = null;
            Want(origin);
        }
        else
        {
            _works.TryRemove(origin, out _);
        }
        return true;
    }

    /// <summary>A followed run turned out damaged on the disk: it is fetched again.</summary>
    public void Repair(string origin, HeldRun run)
    {
        if (!_store.TryGet(origin, out var feed))
            return;
        feed.Drop(run.Info.Id);
        Want(origin);
    }

    /// <summary>Newest head that anybody told of an origin; null where nobody did.</summary>
    public Head? NewestHeard(string origin) => _works.TryGetValue(origin, out var work) && work.Tellers is [var first, ..] ? first.News.Head : null;

    /// <summary>Waits until nothing is worked on.</summary>
    public async Task RestAsync(CancellationToken ct)
    {
        while (Running > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(20), _time, ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
            return;
        _catalog.ManifestChanged -= ShowOwn;
        _work.Wanted -= Want;
        await _stop.CancelAsync();
        await RestAsync(CancellationToken.None);
    }

    private bool IsNews(HeadNews news)
    {
        if (!_store.TryGet(news.Head.Origin, out var feed))
            return true;
        if (news.IsConflicted)
            return feed.Conflict is null || feed.Conflict.First.Manifest.Epoch < news.Head.Epoch;
        if (feed.Target is not { } target || news.Head.IsNewerThan(target.Head))
            return true;
        // The same version under another hash: one of the two is a lie.
        return feed.Conflict is null && feed.Recent(news.Head.Epoch, news.Head.Version) is { } held && held.Hash != news.Head.Manifest;
    }

    private void ShowOwn()
    {
        if (_catalog.Manifest is { } own)
            Heads.TryAdvance(own.Head);
    }

    private void HearOwn(string teller, HeadNews news)
    {
        var own = _catalog.Manifest?.Head;
        if (news.IsConflicted || (own is not null && !news.Head.IsNewerThan(own)))
            return;
        if (OwnAhead is not null)
            return;
        // Anybody can say so; only our own signature makes it true.
        OwnAhead = news.Head;
        _ = Task.Run(() => BelieveAsync(teller, news.Head));
    }

    /// <summary>Looks at the manifest behind a head of the own feed; where it is really ours, nothing more is published before the next start has fetched it back.</summary>
    private async Task BelieveAsync(string teller, Head told)
    {
        try
        {
            if (await _work.OwnManifestAsync(teller, _stop.Token) is { } newer && (_catalog.Manifest is not { } own || newer.Head.IsNewerThan(own.Head)))
            {
                _catalog.HoldFeed("other servers have a newer state of this server's feed than its disk: restart the server, which fetches it back");
                _log.LogCritical(
                    "{Teller} has a newer state of this server's own feed (epoch {Epoch}, version {Version}) than this disk, as after a restored backup. Nothing more is published: restart the server, which fetches it back.",
                    teller, told.Epoch, told.Version);
                return;
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
        OwnAhead = null;
    }

    private void Want(string origin)
    {
        if (_stop.IsCancellationRequested)
            return;
        var work = _works.GetOrAdd(origin, o => new OriginWork(o));
        if (!work.TryBegin())
            return;
        Interlocked.Increment(ref _running);
        _ = Task.Run(() => RunAsync(work));
    }

    private async Task RunAsync(OriginWork work)
    {
        try
        {
            do
            {
                await _slots.WaitAsync(_stop.Token);
                try
                {
                    work.BeginRound();
                    await _work.RunAsync(work, _stop.Token);
                }
                finally
                {
                    _slots.Release();
                }
            }
            while (work.GoesOn());
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }
}
