using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Catalog.Feed;
using Datt.Paid.Catalog.Following;
using Datt.Paid.Catalog.Snapshots;
using Datt.Paid.Catalog.Table;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Protocol.Runs;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Catalog;

/// <summary>
/// All contents this server knows: the own feed (write-ahead log, runs, manifest) as the truth, and the table derived from it that lookups
/// are answered from. Thread-safe; one process per directory.
/// </summary>
public sealed class ContentCatalog : IAsyncDisposable
{
    /// <summary>Most statements in one call of <see cref="AppendAsync"/>.</summary>
    public const int MaxBatch = 10_000;

    /// <summary>Above so many bytes that are in no run yet appends wait for the sealing.</summary>
    private const long MaxUnsealedBytes = 64 << 20;

    [ThreadStatic]
    private static (int Node, long AnnouncedAt, long Location)[]? _holders;

    private readonly FileStream _lock;
    private readonly ContentTable _table;
    private readonly SealedFeed _feed;
    private readonly FeedWriter _writer;
    private readonly Sealer _sealer;
    private readonly Keeper _keeper;
    private readonly FollowedFeeds _followed;
    private readonly FeedFollower _follower;

    /// <summary>Beats when less waits to be written, or when it is known why it does not get less.</summary>
    private readonly Pulse _relief = new();
    private readonly string _origin;
    private readonly CancellationTokenSource _closing = new();

    private ContentCatalog(
        FileStream directoryLock, CatalogOpening opened, FeedFiles files, CatalogSettings settings, ServerKey key, TimeProvider time, ILogger log)
    {
        _lock = directoryLock;
        _table = opened.Table;
        _feed = opened.Feed;
        _origin = key.Id;
        Changes = opened.Changes;
        _writer = new(opened.Wal, _table, Changes, opened.Open, _origin, opened.NextSeq, time, log);
        _sealer = new(_writer, _feed, settings.SealAfter, !opened.Open.IsEmpty, _relief, time, log);
        _keeper = new(
            files, CatalogOpening.SnapshotPath(settings), _writer, opened.Wal, _feed, _table, Changes, opened.Followed, settings, opened.SavedSeq, _relief, time, log);
        _followed = opened.Followed;
        _follower = new(_writer, _table, Changes, _followed, RelievedAsync);
    }

    /// <summary>Opens or creates the catalog and brings it to where the feed stands.</summary>
    /// <exception cref="CatalogDamagedException">The feed on disk is damaged in a way no crash leaves behind.</exception>
    /// <exception cref="IOException">A file cannot be read or written, or another process has the directory open.</exception>
    public static Task<ContentCatalog> OpenAsync(
        CatalogSettings settings, ServerKey key, TimeProvider time, ILogger<ContentCatalog> log, CancellationToken cancel) =>
        OpenAsync(settings, key, time, FeedFiles.Disk, log, cancel);

    /// <summary>The same with other file operations underneath.</summary>
    public static Task<ContentCatalog> OpenAsync(
        CatalogSettings settings, ServerKey key, TimeProvider time, FeedFiles files, ILogger<ContentCatalog> log, CancellationToken cancel)
    {
        if (settings.Errors() is { Count: > 0 } errors)
            throw new ArgumentException(string.Join(" ", errors), nameof(settings));
        return Task.Run(
            () =>
            {
                var held = DirectoryLock.Take(settings.Directory);
                try
                {
                    return new ContentCatalog(held, CatalogOpening.Run(files, settings, key, time, log, cancel), files, settings, key, time, log);
                }
                catch
                {
                    held.Dispose();
                    throw;
                }
            },
            cancel);
    }

    /// <summary>Changed contents, for the indexer.</summary>
    public ChangeLog Changes { get; }

    /// <summary>The newest manifest of the own feed; null before the first run was sealed.</summary>
    public SignedManifest? Manifest => _feed.Manifest;

    /// <summary>Runs that were merged away and are still served.</summary>
    public Retired Retired => _feed.Retired;

    /// <summary>Raised after each new manifest of the own feed, on the thread that made it.</summary>
    public event Action? ManifestChanged
    {
        add => _feed.Published += value;
        remove => _feed.Published -= value;
    }

    /// <summary>
    /// Makes no further manifest, because others have a newer state of the own feed than this disk; a start sets that right. Records are taken until the log has as much as may wait.
    /// </summary>
    /// <param name="reason">For people.</param>
    public void HoldFeed(string reason) => _sealer.Hold(reason);

    /// <summary>How far the followed feeds are in here, by origin.</summary>
    public IReadOnlyDictionary<string, FollowedPosition> Followed => _followed.All;

    /// <summary>Live records of an origin.</summary>
    public long RecordsOfOrigin(string origin) => _table.Nodes.RecordsOf(origin);

    /// <summary>An older manifest of the own feed's epoch; null where it is not kept any more.</summary>
    public SignedManifest? ManifestOf(long epoch, long version) => _feed.ManifestOf(epoch, version);

    /// <summary>Opens a run of the own feed, a listed one or one that was merged away; null where it is not here.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public OwnRun? TryOpenRun(RunId id) => _feed.TryOpenRun(id);

    /// <summary>Where a run of the own feed lies, a listed one or one that was merged away; null where it is not here.</summary>
    public (RunInfo Info, string Path)? FindRun(RunId id) => _feed.FindRun(id);

    /// <summary>
    /// Brings the contents to where another server's feed stands. Appends go on beside it; it waits where they would. After a crash in the middle the next
    /// call repairs what it left.
    /// </summary>
    /// <exception cref="ArgumentException">The feed is this server's own.</exception>
    /// <exception cref="CatalogDamagedException">A run is damaged.</exception>
    public Task FollowAsync(FollowedRuns feed, CancellationToken cancel) => feed.Origin == _origin
        ? throw new ArgumentException("The own feed is not followed.", nameof(feed))
        : Task.Run(() => _follower.FollowAsync(feed, cancel), cancel);

    /// <summary>Why appends are refused now, for people; null while they are taken.</summary>
    public string? Trouble => _writer.Trouble ?? _sealer.Trouble ?? _keeper.Trouble;

    /// <summary>Counts as of now.</summary>
    public CatalogFigures Figures => new(
        _table.Records, _table.Contents, _table.Nodes.Origins, _table.Nodes.Active, _table.Nodes.RecordsOf(_origin), _writer.AppliedSeq,
        _feed.SealedSeq, _feed.Manifest?.Head, _table.Descriptions.Bytes);

    /// <summary>
    /// Takes statements of own nodes, in order. Completes when they are durable and can be looked up. Waits while too many appends or unread
    /// changes are waiting. A withdrawal of what is not there, and a statement that already stands word for word, write nothing.
    /// </summary>
    /// <exception cref="ArgumentException">More than <see cref="MaxBatch"/> statements.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before the batch was queued; nothing of it is written.</exception>
    public async Task<AppendOutcome> AppendAsync(IReadOnlyList<Announcement> batch, CancellationToken cancel)
    {
        if (batch.Count > MaxBatch)
            throw new ArgumentException($"A batch has at most {MaxBatch} statements, not {batch.Count}.", nameof(batch));
        while (true)
        {
            var relief = _relief.Next;
            if (!IsBehind(out var trouble))
                break;
            if (trouble is not null)
                return new AppendOutcome.Unavailable(trouble);
            await relief.WaitAsync(cancel);
        }

        await Changes.ReserveAsync(batch.Count, cancel);
        try
        {
            return await _writer.AppendAsync(batch, cancel);
        }
        catch (Exception error) when (error is OperationCanceledException or System.Threading.Channels.ChannelClosedException)
        {
            Changes.Release(batch.Count);
            if (error is OperationCanceledException)
                throw;
            return new AppendOutcome.Unavailable("shutting down");
        }
    }

    /// <summary>Looks a content up: about two microseconds, never waits for a writer.</summary>
    public bool TryGet(ContentKey key, [MaybeNullWhen(false)] out CatalogEntry entry)
    {
        var holders = _holders ??= new (int, long, long)[CatalogEntry.MaxHolders];
        while (_table.TryRead(key, holders, out var view) && !_closing.IsCancellationRequested)
        {
            // A location that is not there any more was moved between the two reads.
            if (!_table.Descriptions.TryRead(view.Location, out var contentId, out var description))
                continue;
            var shown = new Holder[view.Copied];
            for (var i = 0; i < shown.Length; i++)
                shown[i] = new(_table.Nodes[holders[i].Node], DateTimeOffset.FromUnixTimeMilliseconds(holders[i].AnnouncedAt));
            entry = new(key, contentId, description, shown, view.HolderCount);
            return true;
        }

        entry = null;
        return false;
    }

    /// <summary>
    /// Looks a content up as if only the holders existed that are let through: only they are shown and counted, and the description is the one that most of
    /// them gave. False where there is none of them.
    /// </summary>
    public bool TryGet(ContentKey key, Func<NodeKey, bool> isShown, [MaybeNullWhen(false)] out CatalogEntry entry)
    {
        entry = null;
        var selection = new HolderSelection(_table, isShown);
        while (!_closing.IsCancellationRequested && selection.TryTake(key, out var location))
        {
            if (!_table.Descriptions.TryRead(location, out var contentId, out var description))
                continue;
            entry = new(key, contentId, description, selection.Shown(), selection.Count);
            return true;
        }

        return false;
    }

    /// <summary>Every content that is there during the whole enumeration, and perhaps some that come or go meanwhile.</summary>
    public IEnumerable<ContentKey> Keys()
    {
        for (var place = 0; place < _table.Places; place++)
        {
            if (_table.TryGetKey(place, out var key))
                yield return key;
        }
    }

    /// <summary>Live records of a node; 0 for an unknown one.</summary>
    public long RecordsOf(NodeKey node) => _table.Nodes.RecordsOf(_table.Nodes.Find(node));

    /// <summary>Deletes all records of an own node by tombstones in the feed.</summary>
    /// <returns>How many were deleted.</returns>
    /// <exception cref="IOException">The feed cannot be written now; those deleted so far stay deleted, and the call may be repeated.</exception>
    public async Task<int> ForgetNodeAsync(string nodeId, CancellationToken cancel)
    {
        var number = _table.Nodes.Find(new(_origin, nodeId));
        if (_table.Nodes.RecordsOf(number) == 0)
            return 0;
        var deleted = 0;
        var batch = new List<Announcement>();
        foreach (var contentId in _table.ContentsOf(number))
        {
            if (!RecordVerifier.Withdraw(nodeId, contentId, out var withdrawal, out var problem))
                throw new InvalidOperationException($"A record of {nodeId} cannot be withdrawn: {problem.Detail}");
            batch.Add(withdrawal);
            if (batch.Count == 1_000)
                await FlushAsync();
        }

        await FlushAsync();
        return deleted;

        async Task FlushAsync()
        {
            if (await AppendAsync(batch.ToArray(), cancel) is AppendOutcome.Unavailable { Reason: var reason })
                throw new IOException($"The records of {nodeId} cannot be deleted now: {reason}");
            deleted += batch.Count;
            batch.Clear();
        }
    }

    /// <summary>Seals what is open and merges what is due, so that the manifest covers everything acknowledged before the call.</summary>
    /// <exception cref="IOException">A file could not be written; nothing is lost, it is tried again.</exception>
    public async Task SealAsync()
    {
        await _sealer.SealAsync();
        await _sealer.MergeAsync();
    }

    /// <summary>Saves the table, so that a restart needs not replay what came before.</summary>
    /// <exception cref="IOException">A file could not be written; the one before stays.</exception>
    public async Task CheckpointAsync()
    {
        await _keeper.CompactAsync();
        await _keeper.CheckpointAsync();
    }

    /// <summary>Finishes what is queued, seals, saves the table and closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested)
            return;
        await _closing.CancelAsync();
        Changes.Close();
        await _sealer.DisposeAsync();
        await _keeper.DisposeAsync();
        try
        {
            await _sealer.SealAsync();
            await _keeper.CheckpointAsync();
        }
        catch (IOException)
        {
            // The log has everything; the next opening does what could not be done now.
        }

        await _writer.DisposeAsync();
        _table.Descriptions.Dispose();
        await _lock.DisposeAsync();
    }

    private async Task RelievedAsync(CancellationToken cancel)
    {
        while (true)
        {
            var relief = _relief.Next;
            if (!IsBehind(out _))
                return;
            await relief.WaitAsync(cancel);
        }
    }

    private bool IsBehind(out string? trouble)
    {
        trouble = null;
        if (_sealer.UnsealedBytes > MaxUnsealedBytes)
        {
            trouble = _sealer.Trouble;
            return true;
        }

        if (_table.Descriptions.FrozenCount > Descriptions.DescriptionStore.MaxFrozen)
        {
            trouble = _keeper.Trouble;
            return true;
        }

        return false;
    }
}
