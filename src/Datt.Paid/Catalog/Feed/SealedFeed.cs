using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Catalog.Feed;

/// <summary>
/// The part of the own feed that others may see: runs, and the signed manifest that lists them. Sealing and merging may go on at once, each
/// on one thread; manifests are made one after the other. A manifest is shown only after it and all it names are durable.
/// </summary>
internal sealed class SealedFeed
{
    /// <summary>Older manifests stay for differences between versions.</summary>
    public const int KeptManifests = 64;

    private readonly Lock _gate = new();
    private readonly FeedFiles _files;
    private readonly FeedDirectory _directory;
    private readonly ServerKey _key;
    private State _state;

    private SealedFeed(FeedFiles files, FeedDirectory directory, ServerKey key, long epoch, State state)
    {
        _files = files;
        _directory = directory;
        _key = key;
        Epoch = epoch;
        _state = state;
    }

    public long Epoch { get; }

    /// <summary>The newest manifest, null before the first.</summary>
    public SignedManifest? Manifest => Volatile.Read(ref _state).Signed;

    /// <summary>Runs merged away that are still served.</summary>
    public Retired Retired => Volatile.Read(ref _state).Retired;

    /// <summary>Newest sequence number that is in a run, 0 before the first.</summary>
    public long SealedSeq => Manifest is { Manifest.Runs: { Count: > 0 } runs } ? runs[^1].MaxSeq : 0;

    /// <summary>Raised after each new manifest.</summary>
    public event Action? Published;

    /// <summary>An older manifest of this epoch, while it is kept.</summary>
    public SignedManifest? ManifestOf(long epoch, long version)
    {
        if (Manifest is { } newest && newest.Manifest.Epoch == epoch && newest.Manifest.Version == version)
            return newest;
        try
        {
            return epoch == Epoch ? ManifestFile.Decode(_directory.Manifest(epoch, version)) : null;
        }
        catch (Exception error) when (error is IOException or CatalogDamagedException)
        {
            return null; // deleted by now
        }
    }

    /// <summary>A listed or retired run and where it lies; null where it is neither.</summary>
    public (RunInfo Info, string Path)? FindRun(RunId id)
    {
        var state = Volatile.Read(ref _state);
        var info = state.Signed?.Manifest.Runs.FirstOrDefault(r => r.Id == id) ?? state.Retired.Runs.FirstOrDefault(r => r.Id == id);
        return info is null ? null : (info, _directory.Run(id));
    }

    /// <summary>A listed or retired run; null where it is neither.</summary>
    public OwnRun? TryOpenRun(RunId id)
    {
        try
        {
            return FindRun(id) is var (info, path) ? new OwnRun(info, new RunFile(path)) : null;
        }
        catch (FileNotFoundException)
        {
            return null; // deleted between the look and the opening
        }
    }

    /// <summary>Reads the newest manifest and removes what a crash left behind unlisted. <paramref name="epoch"/> is the one to begin with where there is none.</summary>
    /// <exception cref="CatalogDamagedException">The manifest, or something it lists, is missing or damaged.</exception>
    public static SealedFeed Open(FeedFiles files, FeedDirectory directory, ServerKey key, long epoch)
    {
        directory.Create(files);
        var state = new State(null, Retired.None);
        if (directory.ManifestFiles() is [.., var newest])
        {
            state = ManifestFile.Read(directory, newest);
            var manifest = state.Signed!.Manifest;
            if (manifest.Origin != key.Id)
                throw new CatalogDamagedException($"{newest} is of server {manifest.Origin}, the key here of {key.Id}. Use the data directory with its own key.");
            if (!state.Signed.IsOwnOf(key))
                throw new CatalogDamagedException($"{newest} is not signed by this server's key. Restore the data directory from a backup.");
            epoch = manifest.Epoch;
            foreach (var run in manifest.Runs)
            {
                if (new FileInfo(directory.Run(run.Id)) is not { Exists: true } file || file.Length != run.Bytes)
                    throw new CatalogDamagedException($"{directory.Run(run.Id)} is missing or not {run.Bytes} bytes long. Restore the data directory from a backup.");
            }
        }

        var feed = new SealedFeed(files, directory, key, epoch, state);
        feed.Sweep();
        // After a rotation the same state is signed anew, so that the key on the card checks the newest manifest.
        if (state.Signed is { } former && !former.IsSignedBy(key.PublicKey))
            feed.Publish(former.Manifest.Runs, state.Retired, former.Manifest.Live, DateTimeOffset.FromUnixTimeMilliseconds(former.Manifest.CreatedAt));
        return feed;
    }

    /// <summary>Writes the newest records of an open part as a run of level 0, durably, and lists it.</summary>
    public void Seal(OpenPart part, DateTimeOffset now)
    {
        var scope = new RunScope(0, SealedSeq + 1, part.LastSeq);
        var run = WriteRun(output =>
        {
            using var writer = new RunWriter(output, scope);
            foreach (var bytes in part.NewestByKey())
            {
                if (!Protocol.Records.RecordCodec.TryRead(bytes.Span, out var record, out var fault))
                    throw new InvalidOperationException($"A record to seal is not readable: {fault}.");
                writer.Add(in record);
            }

            return writer.Complete();
        });
        lock (_gate)
            Publish([.. Listed, run], _state.Retired, part.LiveAfter, now);
    }

    /// <summary>Merges the oldest runs of the lowest level that has enough of them; false when none has.</summary>
    public bool MergeOnce(TimeProvider time, CancellationToken cancel)
    {
        var listed = Listed;
        var due = listed.GroupBy(r => r.Level).Where(l => l.Count() >= RunMerger.FanIn && l.Key < RunLimits.MaxLevel).MinBy(l => l.Key);
        if (due is null)
            return false;
        var inputs = due.Take(RunMerger.FanIn).ToArray();
        var merged = WriteRun(output => Merge(inputs, due.Key + 1, listed[0].MinSeq, output, cancel));
        State dropped;
        lock (_gate)
        {
            dropped = _state;
            var runs = Listed.ToList();
            var at = runs.IndexOf(inputs[0]);
            runs.RemoveRange(at, inputs.Length);
            runs.Insert(at, merged);
            Publish(runs, _state.Retired.With(inputs), _state.Signed!.Manifest.Live, time.GetUtcNow());
        }

        var kept = Retired.Runs.Select(r => r.Id).ToHashSet();
        foreach (var gone in dropped.Retired.Runs.Concat(inputs).Where(r => !kept.Contains(r.Id)))
            DeleteQuietly(() => _files.Delete(_directory.Run(gone.Id)));
        return true;
    }

    private IReadOnlyList<RunInfo> Listed => _state.Signed?.Manifest.Runs ?? [];

    private RunInfo Merge(RunInfo[] inputs, int level, long firstSeq, Stream output, CancellationToken cancel)
    {
        var opened = new List<RunFile>();
        try
        {
            var readers = new List<RunReader>();
            foreach (var input in inputs)
            {
                opened.Add(new RunFile(_directory.Run(input.Id)));
                if (!RunReader.TryOpen(opened[^1], out var reader, out var unreadable))
                    throw new CatalogDamagedException($"{_directory.Run(input.Id)} is damaged: {unreadable}. Restore the data directory from a backup.");
                readers.Add(reader);
            }

            return RunMerger.TryMerge(readers, level, firstSeq, output, out var merged, out var fault, cancel)
                ? merged
                : throw new CatalogDamagedException($"The runs up to {_directory.Run(inputs[^1].Id)} cannot be merged: {fault}. Run the verb verify.");
        }
        finally
        {
            opened.ForEach(f => f.Dispose());
        }
    }

    /// <summary>Writes a run under a temporary name, then durably under its own.</summary>
    private RunInfo WriteRun(Func<Stream, RunInfo> write)
    {
        var temporary = Path.Combine(_directory.Runs, Path.GetRandomFileName() + ".tmp");
        try
        {
            RunInfo run;
            using (var file = _files.Create(temporary))
            {
                using var buffered = new BufferedStream(file, 1 << 16);
                run = write(buffered);
                buffered.Flush();
                file.Sync();
            }

            _files.Move(temporary, _directory.Run(run.Id));
            _files.SyncDirectory(_directory.Runs);
            return run;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private void Publish(IReadOnlyList<RunInfo> runs, Retired retired, long live, DateTimeOffset now)
    {
        var before = _state.Signed;
        var signed = ManifestCodec.Sign(
            new Manifest
            {
                Origin = _key.Id,
                Epoch = Epoch,
                Version = (before?.Manifest.Version ?? 0) + 1,
                Previous = before?.Hash,
                Runs = runs,
                Live = live,
                Retired = retired.Hash,
                CreatedAt = now.ToUnixTimeMilliseconds(),
            },
            _key);
        ManifestFile.Write(_files, _directory, signed, retired, retiredIsNew: before is null || before.Manifest.Retired != retired.Hash);
        Volatile.Write(ref _state, new State(signed, retired));
        Published?.Invoke();
        if (signed.Manifest.Version > KeptManifests)
            DeleteQuietly(() => ManifestFile.Forget(_files, _directory, Epoch, signed.Manifest.Version - KeptManifests));
    }

    /// <summary>What cannot be deleted now is swept at the next opening.</summary>
    private static void DeleteQuietly(Action delete)
    {
        try
        {
            delete();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CatalogDamagedException)
        {
        }
    }

    private void Sweep()
    {
        var listed = Listed.Concat(Retired.Runs).Select(r => _directory.Run(r.Id)).ToHashSet();
        foreach (var path in Directory.GetFiles(_directory.Runs).Where(path => !listed.Contains(path)))
            _files.Delete(path);
        foreach (var path in Directory.GetFiles(_directory.Manifests, "*.tmp").Concat(_directory.ManifestFiles().SkipLast(KeptManifests)))
            _files.Delete(path);
        var lists = _directory.ManifestFiles().Select(path => _directory.RetiredList(ManifestFile.Decode(path).Manifest.Retired)).ToHashSet();
        foreach (var path in Directory.GetFiles(_directory.RetiredLists).Where(path => !lists.Contains(path)))
            _files.Delete(path);
    }

    /// <summary>A manifest and the retired list it names, changed together.</summary>
    internal sealed record State(SignedManifest? Signed, Retired Retired);
}
