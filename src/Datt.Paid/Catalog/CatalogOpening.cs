using Datt.Paid.Catalog.Descriptions;
using Datt.Paid.Catalog.Feed;
using Datt.Paid.Catalog.Following;
using Datt.Paid.Catalog.Snapshots;
using Datt.Paid.Catalog.Table;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Protocol.Runs;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Catalog;

/// <summary>Brings table, change log and open part to where the feed on disk stands.</summary>
internal sealed class CatalogOpening
{
    private readonly FeedFiles _files;
    private readonly CatalogSettings _settings;
    private readonly ServerKey _key;
    private readonly CancellationToken _cancel;
    private ContentTable _table = null!;

    private CatalogOpening(FeedFiles files, CatalogSettings settings, ServerKey key, CancellationToken cancel)
    {
        _files = files;
        _settings = settings;
        _key = key;
        _cancel = cancel;
        Changes = new(settings.MaxPendingChanges);
        FeedDirectory = new(Path.Combine(settings.Directory, "feed"));
    }

    public FeedDirectory FeedDirectory { get; }

    public ChangeLog Changes { get; }

    public OpenPart Open { get; } = new();

    /// <summary>How far the table has the followed feeds.</summary>
    public FollowedFeeds Followed { get; private set; } = new();

    public SealedFeed Feed { get; private set; } = null!;

    public ContentTable Table => _table;

    public WriteAheadLog Wal { get; private set; } = null!;

    /// <summary>Sequence number that the snapshot on disk stands for; -1 without a usable one.</summary>
    public long SavedSeq { get; private set; } = -1;

    public long NextSeq { get; private set; }

    /// <summary>Folder of everything that can be rebuilt from the feed.</summary>
    public static string DerivedDirectory(CatalogSettings settings) => Path.Combine(settings.Directory, "catalog");

    public static string SnapshotPath(CatalogSettings settings) => Path.Combine(DerivedDirectory(settings), "table");

    public static CatalogOpening Run(
        FeedFiles files, CatalogSettings settings, ServerKey key, TimeProvider time, ILogger log, CancellationToken cancel)
    {
        var opening = new CatalogOpening(files, settings, key, cancel);
        try
        {
            opening.Run(time, log);
            if (!opening.IsAheadOfFeed)
                return opening;
        }
        catch
        {
            opening.Close();
            throw;
        }

        // The saved table knows more than the feed: only the feed counts.
        opening.Close();
        files.Delete(SnapshotPath(settings));
        return Run(files, settings, key, time, log, cancel);
    }

    private bool IsAheadOfFeed => SavedSeq > Math.Max(Feed.SealedSeq, Wal.LastSeq);

    private void Close()
    {
        _table?.Descriptions.Dispose();
        Wal?.Dispose();
    }

    private void Run(TimeProvider time, ILogger log)
    {
        // The epoch of a new feed is the time it was begun in milliseconds: greater than that of a feed lost before it.
        var epoch = WriteAheadLog.EpochOf(FeedDirectory.Wal) is > 0 and var begun ? begun : time.GetUtcNow().ToUnixTimeMilliseconds();
        Feed = SealedFeed.Open(_files, FeedDirectory, _key, epoch);
        _files.CreateDirectory(DerivedDirectory(_settings));
        var replayAfter = Load(log);
        var sealedSeq = Feed.SealedSeq;
        var keys = new List<ContentKey>();
        Wal = WriteAheadLog.Open(_files, FeedDirectory.Wal, Feed.Epoch, Math.Max(sealedSeq, replayAfter) + 1, (in RecordView record) =>
        {
            if (record.Seq > replayAfter)
                keys.Add(Apply(in record));
            if (record.Seq > sealedSeq)
                Open.Add(in record);
        });
        Changes.Publish(keys.ToArray());
        NextSeq = Math.Max(Math.Max(sealedSeq, replayAfter), Wal.LastSeq) + 1;
    }

    /// <summary>Loads the snapshot or builds the table from the runs; returns the sequence number to replay the log behind.</summary>
    private long Load(ILogger log)
    {
        var descriptions = Path.Combine(DerivedDirectory(_settings), "descriptions");
        var loaded = SnapshotReader.TryRead(_files, SnapshotPath(_settings), descriptions, Feed.Epoch);
        if (loaded is not null && IsCovered(loaded.Seq))
        {
            _table = loaded.Table;
            Followed = loaded.Followed;
            SavedSeq = loaded.Seq;
            if (loaded.RebuildNeeded)
                Changes.RequireRebuild();
            Changes.Publish(loaded.Pending);
            return loaded.Seq;
        }

        loaded?.Table.Descriptions.Dispose();
        if (Feed.SealedSeq > 0)
            log.LogWarning("The table is built anew from {Runs} runs of the feed.", Feed.Manifest!.Manifest.Runs.Count);
        _table = new(DescriptionStore.TryOpen(_files, descriptions, DescriptionStoreState.Empty)!);
        Changes.RequireRebuild();
        foreach (var run in Feed.Manifest?.Manifest.Runs ?? [])
            ApplyRun(run);
        return Feed.SealedSeq;
    }

    /// <summary>Whether the log still holds what is newer than a snapshot.</summary>
    private bool IsCovered(long seq)
    {
        var oldest = WriteAheadLog.OldestSeq(FeedDirectory.Wal);
        return oldest > 0 ? oldest <= seq + 1 : seq == Feed.SealedSeq;
    }

    private void ApplyRun(RunInfo run)
    {
        _cancel.ThrowIfCancellationRequested();
        var path = FeedDirectory.Run(run.Id);
        using var file = new RunFile(path);
        if (!RunReader.TryOpen(file, out var reader, out var fault))
            throw Damaged(path, fault);
        using var cursor = reader.Records();
        while (cursor.MoveNext())
            Apply(cursor.Current);
        if (cursor.Fault != RunFault.None)
            throw Damaged(path, cursor.Fault);
        _table.Descriptions.WriteFrozen();
    }

    private ContentKey Apply(in RecordView record)
    {
        var contentId = System.Text.Encoding.ASCII.GetString(record.ContentId);
        var key = ContentKey.Of(contentId);
        var node = _table.Nodes.NumberOf(_key.Id, System.Text.Encoding.ASCII.GetString(record.NodeId));
        if (record.IsTombstone)
        {
            _table.Withdraw(key, node);
            return key;
        }

        var hash = DescriptionEntry.HashOf(record.Description);
        var location = _table.FindDescription(key, hash);
        if (location == 0)
            location = _table.Descriptions.Add(hash, contentId, record.Description);
        _table.Announce(key, node, record.AnnouncedAt, hash, location);
        return key;
    }

    private static CatalogDamagedException Damaged(string path, RunFault fault) =>
        new($"{path} is damaged: {fault}. Restore the data directory from a backup.");
}
