using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Catalog.Feed;

/// <summary>
/// Puts a newer state of the own feed, which came back from other servers, in the place of the one on the disk, in a new epoch. What was taken here after
/// that state was made follows as a run of its own, with new sequence numbers. The directory is not open meanwhile.
/// </summary>
internal sealed class FeedAdoption(FeedFiles files, FeedDirectory directory, ServerKey key)
{
    /// <summary>Adopts a state; everything in the WAL must be in runs.</summary>
    /// <param name="newer">The own manifest that others have.</param>
    /// <param name="pathOf">Where its runs lie, verified.</param>
    /// <param name="epoch">Greater than any epoch that was seen.</param>
    /// <param name="now">Time of the new manifest.</param>
    /// <param name="cancel">Stops before anything is replaced.</param>
    public SignedManifest Adopt(SignedManifest newer, Func<RunInfo, string> pathOf, long epoch, DateTimeOffset now, CancellationToken cancel)
    {
        directory.Create(files);
        foreach (var run in newer.Manifest.Runs)
        {
            cancel.ThrowIfCancellationRequested();
            Copy(pathOf(run), directory.Run(run.Id));
        }

        var runs = newer.Manifest.Runs.ToList();
        var last = runs.Count == 0 ? 0 : runs[^1].MaxSeq;
        if (OwnSince(newer.Manifest.CreatedAt, last, cancel) is { } since)
            runs.Add(since);
        files.SyncDirectory(directory.Runs);
        var live = CountLive(runs, cancel);
        var former = directory.ManifestFiles();
        var signed = ManifestCodec.Sign(
            new Manifest
            {
                Origin = key.Id,
                Epoch = epoch,
                Version = 1,
                Previous = null,
                Runs = runs,
                Live = live,
                Retired = Retired.None.Hash,
                CreatedAt = now.ToUnixTimeMilliseconds(),
            },
            key);
        // From here on the new epoch stands, whatever happens: what is left of the former one is swept at the next opening.
        ManifestFile.Write(files, directory, signed, Retired.None, retiredIsNew: true);
        foreach (var path in former)
            files.Delete(path);
        foreach (var path in WriteAheadLog.Segments(directory.Wal))
            files.Delete(path);
        return signed;
    }

    /// <summary>The own records that were taken after a time, as a run of level 0 that follows <paramref name="last"/>; null where there are none.</summary>
    private RunInfo? OwnSince(long since, long last, CancellationToken cancel)
    {
        if (directory.ManifestFiles() is not [.., var newest] || ManifestFile.Decode(newest).Manifest is not { Runs.Count: > 0 } own)
            return null;
        var kept = new List<ContentRecord>();
        Read(own.Runs, dropTombstones: false, record =>
        {
            cancel.ThrowIfCancellationRequested();
            if (record.AnnouncedAt > since)
                kept.Add(record.ToRecord());
        });
        if (kept.Count == 0)
            return null;
        var temporary = Path.Combine(directory.Runs, Path.GetRandomFileName() + ".tmp");
        RunInfo run;
        using (var file = files.Create(temporary))
        {
            using var buffered = new BufferedStream(file, 1 << 16);
            using var writer = new RunWriter(buffered, new RunScope(0, last + 1, last + kept.Count));
            for (var i = 0; i < kept.Count; i++)
                writer.Add(kept[i] with { Seq = last + 1 + i });
            run = writer.Complete();
            buffered.Flush();
            file.Sync();
        }

        files.Move(temporary, directory.Run(run.Id));
        return run;
    }

    private long CountLive(IReadOnlyList<RunInfo> runs, CancellationToken cancel)
    {
        long live = 0;
        Read(runs, dropTombstones: true, _ =>
        {
            cancel.ThrowIfCancellationRequested();
            live++;
        });
        return live;
    }

    private void Read(IReadOnlyList<RunInfo> runs, bool dropTombstones, RecordReader read)
    {
        if (runs.Count == 0)
            return;
        var opened = runs.Select(r => new RunFile(directory.Run(r.Id))).ToList();
        try
        {
            var readers = opened.Select(f => RunReader.TryOpen(f, out var reader, out var fault) ? reader : throw new CatalogDamagedException($"A run of the own feed is damaged: {fault}.")).ToList();
            using var cursor = new MergeCursor(readers, dropTombstones);
            while (cursor.MoveNext())
                read(cursor.Current);
            if (cursor.Fault != RunFault.None)
                throw new CatalogDamagedException($"The runs of the own feed do not go together: {cursor.Fault}.");
        }
        finally
        {
            opened.ForEach(f => f.Dispose());
        }
    }

    private void Copy(string from, string to)
    {
        using var source = File.OpenRead(from);
        using (var file = files.Create(to + ".tmp"))
        {
            source.CopyTo(file);
            file.Sync();
        }

        files.Move(to + ".tmp", to);
    }

    private delegate void RecordReader(RecordView record);
}
