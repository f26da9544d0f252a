using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Catalog.Feed;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Sync.Store;

/// <summary>
/// One followed feed on disk: the manifest that it is to become, the runs held, the runs on their way, and a proof of cheating where there is
/// one. Nothing here needs syncing: whatever a power cut spoils is found by hashing and fetched again. Only the proof is written durably.
/// </summary>
public sealed class FollowedFeed
{
    /// <summary>Manifests remembered, to tell differences and to notice contradictions.</summary>
    public const int KeptManifests = 16;

    private readonly Lock _gate = new();
    private readonly string _directory;
    private readonly HeldRunIndex _index;
    private readonly Dictionary<RunId, HeldRun> _held = [];
    private readonly Dictionary<RunId, HeldRun> _coming = [];
    private readonly List<SignedManifest> _recent = [];

    private SignedManifest? _listed;

    private FollowedFeed(string origin, string directory, HeldRunIndex index)
    {
        Origin = origin;
        _index = index;
        _directory = directory;
    }

    public string Origin { get; }

    /// <summary>The newest verified manifest; null before the first.</summary>
    public SignedManifest? Target { get; private set; }

    /// <summary>The newest verified manifest, also where the feed is too large to be followed; null before the first.</summary>
    public SignedManifest? Known => _listed is { } listed && (Target is not { } target || listed.Head.IsNewerThan(target.Head)) ? listed : Target;

    /// <summary>The newest manifest whose records are all here: what is shown to others. Null before the first.</summary>
    public SignedManifest? Shown { get; private set; }

    /// <summary>Proof that the origin cheated; null where there is none.</summary>
    public EquivocationProof? Conflict { get; private set; }

    /// <summary>Retired runs of the target, where they were fetched.</summary>
    public Retired? Retired { get; private set; }

    /// <summary>Bytes of runs on disk.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
                return _held.Values.Sum(r => r.Info.Bytes) + _coming.Values.Sum(r => r.Info.Bytes);
        }
    }

    /// <summary>When its newest manifest came.</summary>
    public DateTimeOffset HeardAt => File.Exists(ManifestPath) ? File.GetLastWriteTimeUtc(ManifestPath) : DateTimeOffset.MaxValue;

    /// <summary>Opens what an earlier start left, or begins anew.</summary>
    public static FollowedFeed Open(string directory, string origin) => Open(directory, origin, new HeldRunIndex());

    /// <summary>The same; its runs are entered in the index as long as they are here.</summary>
    internal static FollowedFeed Open(string directory, string origin, HeldRunIndex index)
    {
        var feed = new FollowedFeed(origin, directory, index);
        Directory.CreateDirectory(feed.Runs);
        if (Read(feed.ManifestPath, b => ManifestCodec.TryDecode(b, out var manifest, out _) ? manifest : null) is { } target && target.Manifest.Origin == origin)
            feed.Remember(target);
        feed.Conflict = Read(feed.ConflictPath, b => EquivocationProof.TryDecode(b, out var proof, out _) ? proof : null);
        foreach (var path in Directory.GetFiles(feed.Runs))
        {
            // A run in parts stays for whoever goes on with it.
            if (Path.GetExtension(path) == ".run" && RunId.TryParse(Path.GetFileNameWithoutExtension(path), out var id) && InfoOf(path, id) is { } info)
                feed.Enter(HeldRun.Found(info, path));
            else if (Path.GetExtension(path) != ".part")
                File.Delete(path);
        }
        return feed;
    }

    /// <summary>Takes a verified manifest as what the feed is to become.</summary>
    public void Aim(SignedManifest target)
    {
        lock (_gate)
        {
            if (Target?.Manifest.Retired != target.Manifest.Retired)
                Retired = null;
            Remember(target);
        }
        Write(ManifestPath, ManifestCodec.Encode(target));
    }

    /// <summary>Notes a verified manifest that is not followed.</summary>
    public void List(SignedManifest manifest) => _listed = manifest;

    /// <summary>Everything of this manifest is here; it may be shown.</summary>
    public void Show(SignedManifest manifest) => Shown = manifest;

    /// <summary>Takes the list of merged-away runs that the target names.</summary>
    public bool TakeRetired(Retired retired)
    {
        if (Target?.Manifest.Retired != retired.Hash)
            return false;
        Retired = retired;
        return true;
    }

    /// <summary>Keeps a verified proof; the first one counts.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Accuse(EquivocationProof proof)
    {
        FeedFiles.Disk.WriteDurably(ConflictPath, WithHash(proof.Encode()));
        Conflict = proof;
        Shown = null;
    }

    /// <summary>The origin began a new epoch: what it did in the one before no longer counts.</summary>
    public void Acquit()
    {
        Conflict = null;
        File.Delete(ConflictPath);
    }

    /// <summary>A manifest seen lately, of which others may hold another one.</summary>
    public SignedManifest? Recent(long epoch, long version)
    {
        lock (_gate)
            return _recent.FirstOrDefault(m => m.Manifest.Epoch == epoch && m.Manifest.Version == version);
    }

    /// <summary>All manifests seen lately.</summary>
    public IReadOnlyList<SignedManifest> RecentManifests
    {
        get
        {
            lock (_gate)
                return [.. _recent];
        }
    }

    /// <summary>The whole runs that are here, damaged ones left out.</summary>
    public IReadOnlyList<HeldRun> Held
    {
        get
        {
            lock (_gate)
                return [.. _held.Values.Where(r => !r.IsDamaged)];
        }
    }

    /// <summary>The runs that are on their way.</summary>
    public IReadOnlyList<HeldRun> Coming
    {
        get
        {
            lock (_gate)
                return [.. _coming.Values];
        }
    }

    /// <summary>A run that is here, whole or in part.</summary>
    public bool TryFind(RunId id, [NotNullWhen(true)] out HeldRun? run)
    {
        lock (_gate)
            return _held.TryGetValue(id, out run) || _coming.TryGetValue(id, out run);
    }

    /// <summary>Begins or resumes the download of a run.</summary>
    public HeldRun Begin(RunInfo info, Hash256[] leaves)
    {
        lock (_gate)
        {
            if (!_coming.TryGetValue(info.Id, out var run))
                _coming[info.Id] = run = HeldRun.Begin(info, PathOf(info.Id, ".part"), leaves);
            _index.Add(info.Id, this);
            return run;
        }
    }

    /// <summary>A run is whole and its records are right: it gets its name.</summary>
    public HeldRun Complete(HeldRun run)
    {
        var path = PathOf(run.Info.Id, ".run");
        File.Move(run.Path, path, overwrite: true);
        lock (_gate)
        {
            _coming.Remove(run.Info.Id);
            return Enter(run.At(path));
        }
    }

    /// <summary>A name for a run that is being made here.</summary>
    public string NewPath() => Path.Combine(Runs, Path.GetRandomFileName() + ".tmp");

    /// <summary>Forgets a run and its file.</summary>
    public void Drop(RunId id)
    {
        HeldRun? run;
        lock (_gate)
        {
            if (!_held.Remove(id, out run))
                _coming.Remove(id, out run);
            if (!_held.ContainsKey(id) && !_coming.ContainsKey(id))
                _index.Remove(id, this);
        }
        if (run is not null)
            File.Delete(run.Path);
    }

    /// <summary>Drops all runs that are not wanted any more.</summary>
    public void Keep(IReadOnlySet<RunId> wanted)
    {
        RunId[] gone;
        lock (_gate)
            gone = [.. _held.Keys.Concat(_coming.Keys).Where(id => !wanted.Contains(id))];
        foreach (var id in gone)
            Drop(id);
        foreach (var part in Directory.GetFiles(Runs, "*.part"))
        {
            if (!RunId.TryParse(Path.GetFileNameWithoutExtension(part), out var id) || !wanted.Contains(id))
                File.Delete(part);
        }
    }

    /// <summary>Deletes everything of the feed.</summary>
    public void Delete()
    {
        lock (_gate)
        {
            foreach (var id in _held.Keys.Concat(_coming.Keys))
                _index.Remove(id, this);
            _held.Clear();
            _coming.Clear();
            _recent.Clear();
            (Target, Shown, Conflict, Retired, _listed) = (null, null, null, null, null);
        }
        if (Directory.Exists(_directory))
            Directory.Delete(_directory, recursive: true);
        Directory.CreateDirectory(Runs);
    }

    private HeldRun Enter(HeldRun run)
    {
        _index.Add(run.Info.Id, this);
        return _held[run.Info.Id] = run;
    }

    private string Runs => Path.Combine(_directory, "runs");

    private string ManifestPath => Path.Combine(_directory, "manifest");

    private string ConflictPath => Path.Combine(_directory, "conflict");

    private string PathOf(RunId id, string extension) => Path.Combine(Runs, id + extension);

    private void Remember(SignedManifest target)
    {
        Target = target;
        _recent.RemoveAll(m => m.Manifest.Epoch < target.Manifest.Epoch || m.Manifest.Version == target.Manifest.Version);
        _recent.Add(target);
        if (_recent.Count > KeptManifests)
            _recent.RemoveAt(0);
    }

    private static RunInfo? InfoOf(string path, RunId id)
    {
        using var file = new OpenRun(File.OpenHandle(path), new FileInfo(path).Length);
        return file.Length > 0 && RunReader.TryOpen(file, out var reader, out _)
            ? new RunInfo(id, file.Length, reader.Count, reader.Scope.Level, reader.Scope.MinSeq, reader.Scope.MaxSeq)
            : null;
    }

    /// <summary>Reads what a file says; null where there is none, or its bytes are not those that were written.</summary>
    private static T? Read<T>(string path, Func<byte[], T?> decode) where T : class
    {
        if (!File.Exists(path) || File.ReadAllBytes(path) is not { Length: > Hash256.Size } bytes)
            return null;
        var content = bytes[..^Hash256.Size];
        return bytes.AsSpan().SequenceEqual(WithHash(content)) ? decode(content) : null;
    }

    /// <summary>A changed bit in a signed object would still decode, and nobody else would take it.</summary>
    private static byte[] WithHash(byte[] content) => [.. content, .. Hash256.Of(content).ToArray()];

    private static void Write(string path, byte[] bytes)
    {
        File.WriteAllBytes(path + ".tmp", WithHash(bytes));
        File.Move(path + ".tmp", path, overwrite: true);
    }
}
