using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Sync.Following;
using Datt.Paid.Sync.Store;

namespace Datt.Paid.Torrents;

/// <summary>
/// Copies of runs that torrents made here name. A torrent is loaded for longer than a feed shows what it merged away: while somebody announces without a pause, a
/// run of the lowest level is gone in less than a minute. The copies are bounded in bytes; those of torrents made long ago go first. Thread-safe.
/// </summary>
public sealed class KeptRuns
{
    /// <summary>
    /// A run takes at most one part in so many of the room: then all runs of a feed that are short enough fit together, seven of each level. Longer ones are merged away seldom.
    /// </summary>
    private const int LeastRuns = 16;

    private const string Unfinished = ".part";
    private const int Piece = 1 << 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<RunId, LinkedListNode<Kept>> _byId = [];
    private readonly LinkedList<Kept> _oldestFirst = [];
    private readonly TorrentSettings _settings;
    private readonly OriginRules _rules;
    private long _bytes;

    private KeptRuns(TorrentSettings settings, OriginRules rules) => (_settings, _rules) = (settings, rules);

    /// <summary>Bytes of all copies.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
                return _bytes;
        }
    }

    /// <summary>Takes up what an earlier start kept.</summary>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    public static KeptRuns Open(TorrentSettings settings, OriginRules rules)
    {
        var kept = new KeptRuns(settings, rules);
        Directory.CreateDirectory(settings.Directory);
        foreach (var file in new DirectoryInfo(settings.Directory).EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(f => f.LastWriteTimeUtc))
        {
            if (file.Extension == Unfinished || file.Length == 0)
                file.Delete();
            else if (RunId.TryParse(file.Name, out var id) && file.Directory!.Name is var origin && ServerPublicKey.IsFingerprint(origin))
                // Of what a manifest says of a run only its id and length matter here.
                kept.Add(new Kept(origin, HeldRun.Found(new RunInfo(id, file.Length, 0, 0, 1, 1), file.FullName)));
        }
        kept.MakeRoom();
        return kept;
    }

    /// <summary>The copy of a run. What is read from it is checked first.</summary>
    public bool TryFind(RunId id, [NotNullWhen(true)] out HeldRun? run)
    {
        lock (_gate)
        {
            run = _byId.TryGetValue(id, out var kept) && !_rules.IsDropped(kept.Value.Origin) ? kept.Value.Run : null;
            return run is not null;
        }
    }

    /// <summary>Keeps a copy of a whole run, unless it is too long for that; a copy that is there counts as new. For one thread at a time.</summary>
    /// <param name="origin">Whose run it is.</param>
    /// <param name="run">The run as the feed holds it.</param>
    /// <exception cref="IOException">The disk takes no more; nothing was kept.</exception>
    public void Keep(string origin, HeldRun run, CancellationToken ct)
    {
        if (run.Info.Bytes > _settings.KeepBytes / LeastRuns || TryRenew(run.Info.Id))
            return;
        var path = Path.Combine(_settings.Directory, origin, run.Info.Id.ToString());
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (!TryCopy(run, path + Unfinished, ct))
            return;
        File.Move(path + Unfinished, path, overwrite: true);
        lock (_gate)
            Add(new Kept(origin, HeldRun.Found(run.Info, path)));
        MakeRoom();
    }

    /// <summary>Gives up a copy from which nothing could be read.</summary>
    public void Remove(RunId id)
    {
        lock (_gate)
        {
            if (_byId.TryGetValue(id, out var kept))
                Delete(kept);
        }
    }

    /// <summary>Deletes copies beyond the bound, and all of origins that the operator dropped.</summary>
    public void MakeRoom()
    {
        lock (_gate)
        {
            for (var kept = _oldestFirst.First; kept is not null;)
            {
                var next = kept.Next;
                if (_bytes > _settings.KeepBytes || _rules.IsDropped(kept.Value.Origin))
                    Delete(kept);
                kept = next;
            }
        }
    }

    private bool TryRenew(RunId id)
    {
        lock (_gate)
        {
            if (!_byId.TryGetValue(id, out var kept))
                return false;
            _oldestFirst.Remove(kept);
            _oldestFirst.AddLast(kept);
            return true;
        }
    }

    private static bool TryCopy(HeldRun run, string path, CancellationToken ct)
    {
        var isWhole = false;
        try
        {
            using var to = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
            var buffer = new byte[Math.Min(Piece, run.Info.Bytes)];
            for (long at = 0; at < run.Info.Bytes; at += buffer.Length)
            {
                ct.ThrowIfCancellationRequested();
                var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, run.Info.Bytes - at));
                if (!run.TryRead(at, part))
                    return false;
                RandomAccess.Write(to, part, at);
            }
            return isWhole = true;
        }
        finally
        {
            if (!isWhole)
                File.Delete(path);
        }
    }

    private void Add(Kept kept)
    {
        if (_byId.TryAdd(kept.Run.Info.Id, new LinkedListNode<Kept>(kept)))
        {
            _oldestFirst.AddLast(_byId[kept.Run.Info.Id]);
            _bytes += kept.Run.Info.Bytes;
        }
    }

    private void Delete(LinkedListNode<Kept> kept)
    {
        _oldestFirst.Remove(kept);
        _byId.Remove(kept.Value.Run.Info.Id);
        _bytes -= kept.Value.Run.Info.Bytes;
        File.Delete(kept.Value.Run.Path);
    }

    private sealed record Kept(string Origin, HeldRun Run);
}
