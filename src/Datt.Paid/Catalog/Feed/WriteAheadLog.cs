using System.Globalization;

namespace Datt.Paid.Catalog.Feed;

/// <summary>
/// The segments of the write-ahead log of one epoch. Whoever calls is the only writer. After a failed write or sync nothing may be written
/// before <see cref="Reopen"/> succeeded.
/// </summary>
internal sealed class WriteAheadLog : IDisposable
{
    public const long SegmentBytes = 16 << 20;

    private readonly FeedFiles _files;
    private readonly string _directory;
    private readonly List<(string Path, long LastSeq)> _closed = [];
    private readonly long _epoch;
    private string _path;
    private FeedFile _file;
    private long _durable;
    private long _lastSeq;

    private WriteAheadLog(FeedFiles files, string directory, long epoch, string path, FeedFile file, long durable, long lastSeq)
    {
        _files = files;
        _directory = directory;
        _epoch = epoch;
        _path = path;
        _file = file;
        _durable = durable;
        _lastSeq = lastSeq;
    }

    /// <summary>Where the next group will begin in its segment.</summary>
    public long GroupStart => _durable;

    /// <summary>Newest sequence number that is durable here; 0 before the first.</summary>
    public long LastSeq => _lastSeq;

    /// <summary>Epoch of the log on disk; 0 where there is none.</summary>
    public static long EpochOf(string directory)
    {
        foreach (var path in Segments(directory))
        {
            var header = new byte[WalFormat.HeaderSize];
            using var file = File.OpenHandle(path);
            if (RandomAccess.Read(file, header, 0) == header.Length && WalFormat.TryReadHeader(header, out var epoch))
                return epoch;
        }

        return 0;
    }

    /// <summary>Opens the log, showing every record of it in order; makes it where it is not there yet.</summary>
    /// <exception cref="CatalogDamagedException">Something that was once durable cannot be read.</exception>
    public static WriteAheadLog Open(FeedFiles files, string directory, long epoch, long nextSeq, WalVisitor visit)
    {
        files.CreateDirectory(directory);
        var paths = Segments(directory);
        List<(string Path, long LastSeq)> read = [];
        var last = default(WalContent);
        for (var i = 0; i < paths.Count; i++)
        {
            last = WalReader.Read(paths[i], isLast: i == paths.Count - 1, visit);
            if (last.Epoch != 0 && last.Epoch != epoch)
                throw new CatalogDamagedException($"{paths[i]} belongs to epoch {last.Epoch}, the feed to {epoch}. Move the segment away.");
            if (last.FirstSeq != 0 && read.Count > 0 && last.FirstSeq <= read[^1].LastSeq)
                throw new CatalogDamagedException($"{paths[i]} repeats sequence number {last.FirstSeq}. Restore the data directory from a backup.");
            read.Add((paths[i], last.LastSeq));
        }

        var lastSeq = read.Count == 0 ? 0 : read.Max(r => r.LastSeq);
        if (last.Epoch == 0)
        {
            // No segment, or one whose header a crash cut off: nothing in it was ever acknowledged.
            if (read.Count > 0)
            {
                files.Delete(read[^1].Path);
                read.RemoveAt(read.Count - 1);
            }

            var (path, file) = Start(files, directory, epoch, Math.Max(nextSeq, lastSeq + 1));
            return new WriteAheadLog(files, directory, epoch, path, file, WalFormat.HeaderSize, lastSeq).WithClosed(read);
        }

        var tail = files.Open(read[^1].Path);
        try
        {
            // What was read may sit in the cache only; from here on it counts as durable.
            tail.SetLength(last.Length);
            tail.Sync();
            files.SyncDirectory(directory);
        }
        catch
        {
            tail.Dispose();
            throw;
        }

        return new WriteAheadLog(files, directory, epoch, read[^1].Path, tail, last.Length, lastSeq).WithClosed(read[..^1]);
    }

    /// <summary>Writes a group of frames made with <see cref="GroupStart"/>; it is durable when this returns.</summary>
    public void Commit(ReadOnlySpan<byte> group, long lastSeq)
    {
        _file.Write(group);
        _file.Sync();
        _durable += group.Length;
        _lastSeq = lastSeq;
    }

    /// <summary>Goes on in a new segment when this one is full.</summary>
    public void RollIfFull()
    {
        if (_durable < SegmentBytes)
            return;
        var (path, file) = Start(_files, _directory, _epoch, _lastSeq + 1);
        _file.Dispose();
        _closed.Add((_path, _lastSeq));
        (_path, _file, _durable) = (path, file, WalFormat.HeaderSize);
    }

    /// <summary>After a failure: opens the segment anew, reads it, and cuts it back to what is known to be durable.</summary>
    /// <exception cref="CatalogDamagedException">Something durable cannot be read any more.</exception>
    public void Reopen()
    {
        _file.Dispose();
        var content = WalReader.Read(_path, isLast: true, static (in _) => { });
        if (content.Length < _durable)
            throw new CatalogDamagedException($"{_path} was good up to byte {_durable} and now only up to {content.Length}. Check the disk.");
        _file = _files.Open(_path);
        _file.SetLength(_durable);
        _file.Sync();
    }

    /// <summary>Deletes segments that hold nothing newer than a sequence number.</summary>
    public void DeleteUpTo(long seq)
    {
        var deleted = false;
        while (_closed.Count > 0 && _closed[0].LastSeq <= seq)
        {
            _files.Delete(_closed[0].Path);
            _closed.RemoveAt(0);
            deleted = true;
        }

        if (deleted)
            _files.SyncDirectory(_directory);
    }

    public void Dispose() => _file.Dispose();

    /// <summary>The sequence number that the oldest segment was begun for; 0 without segments.</summary>
    public static long OldestSeq(string directory) => Segments(directory) is [var oldest, ..]
        && long.TryParse(Path.GetFileNameWithoutExtension(oldest), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var seq) ? seq : 0;

    public static List<string> Segments(string directory)
    {
        if (!Directory.Exists(directory))
            return [];
        var paths = Directory.GetFiles(directory, "*.wal").ToList();
        paths.Sort(StringComparer.Ordinal);
        return paths;
    }

    private static (string Path, FeedFile File) Start(FeedFiles files, string directory, long epoch, long firstSeq)
    {
        var path = Path.Combine(directory, firstSeq.ToString("x16", CultureInfo.InvariantCulture) + ".wal");
        var file = files.Create(path);
        try
        {
            file.Write(WalFormat.Header(epoch));
            file.Sync();
            files.SyncDirectory(directory);
            return (path, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private WriteAheadLog WithClosed(IEnumerable<(string Path, long LastSeq)> closed)
    {
        _closed.AddRange(closed);
        return this;
    }
}
