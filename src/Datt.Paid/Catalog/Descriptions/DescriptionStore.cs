using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Datt.Paid.Catalog.Feed;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Catalog.Descriptions;

/// <summary>
/// What the contents of the table look like: entries that are only ever added, in segments of about 4 MB, the newest in memory and the others in
/// compressed, mapped files. One writer; any number of readers; <see cref="WriteFrozen"/> on a third thread. Derived from the feed.
/// </summary>
internal sealed class DescriptionStore : IDisposable
{
    /// <summary>Frozen segments that may wait to be written before the writer waits.</summary>
    public const int MaxFrozen = 8;

    private readonly Lock _gate = new();
    private readonly FeedFiles _files;
    private readonly string _directory;
    private readonly DictionarySet _dictionaries;
    private readonly List<MemorySegment> _frozen = [];
    private readonly List<string> _deletable = [];
    private DescriptionSegment?[] _segments = new DescriptionSegment?[16];
    private MemorySegment _active;
    private int _nextId = 1;

    private DescriptionStore(FeedFiles files, string directory)
    {
        _files = files;
        _directory = directory;
        _dictionaries = new(files, directory);
        _active = new(0);
    }

    public int FrozenCount
    {
        get
        {
            lock (_gate)
                return _frozen.Count;
        }
    }

    public long Bytes => Volatile.Read(ref _segments).Sum(s => s?.Bytes ?? 0);

    /// <summary>Opens the store as a snapshot knew it; null where a file of it is missing or damaged. Files it does not know are deleted.</summary>
    public static DescriptionStore? TryOpen(FeedFiles files, string directory, DescriptionStoreState state)
    {
        files.CreateDirectory(directory);
        var store = new DescriptionStore(files, directory);
        foreach (var (id, dead) in state.Mapped)
        {
            if (MappedSegment.TryOpen(store.PathOf(id), id, store._dictionaries.Find) is not { } segment)
            {
                store.Dispose();
                return null;
            }

            segment.Dead = dead;
            store.Place(segment);
        }

        foreach (var segment in state.InMemory)
        {
            store.Place(segment);
            store._frozen.Add(segment);
        }

        var known = state.Mapped.Select(m => store.PathOf(m.Id)).ToHashSet();
        foreach (var path in Directory.GetFiles(directory, "*.descriptions").Where(path => !known.Contains(path)))
            files.Delete(path);
        store.Activate();
        return store;
    }

    /// <summary>Adds a description and returns where it lies, never 0.</summary>
    public long Add(UInt128 hash, string contentId, ReadOnlySpan<byte> description)
    {
        RotateIfFull();
        return At(_active.Id, _active.Add(hash, contentId, description));
    }

    /// <summary>Moves an entry to the end, so that its segment can go.</summary>
    public long Move(long location)
    {
        RotateIfFull();
        var segment = Segment(location)!;
        return At(_active.Id, segment.Dictionary is null ? _active.Add(segment.Entry(Index(location))) : AddUnpacked(segment.Entry(Index(location)), segment.Dictionary));
    }

    /// <summary>Nothing refers to this entry any more.</summary>
    public void Discard(long location)
    {
        lock (_gate)
            Segment(location)!.Dead++;
    }

    /// <summary>Reads an entry; false when it lies elsewhere by now, so that the location must be looked up again.</summary>
    public bool TryRead(long location, [NotNullWhen(true)] out string? contentId, [NotNullWhen(true)] out Description? description)
    {
        contentId = null;
        description = null;
        if (Segment(location) is not { } segment || !segment.TryEnter())
            return false;
        try
        {
            var entry = segment.Entry(Index(location));
            contentId = DescriptionEntry.ContentId(entry);
            return DescriptionCodec.TryDecode(Unpack(entry, segment.Dictionary), out description, out var fault)
                ? true
                : throw new InvalidDataException($"A description in the catalog is damaged: {fault}. Delete the catalog folder of the data directory: it is built anew from the feed.");
        }
        finally
        {
            segment.Exit();
        }
    }

    /// <summary>Hash of a description; for the writer, which alone removes segments.</summary>
    public UInt128 HashOf(long location) => DescriptionEntry.Hash(Segment(location)!.Entry(Index(location)));

    /// <summary>Hash of a description, for readers; false when it lies elsewhere by now.</summary>
    public bool TryHash(long location, out UInt128 hash)
    {
        hash = default;
        if (Segment(location) is not { } segment || !segment.TryEnter())
            return false;
        try
        {
            hash = DescriptionEntry.Hash(segment.Entry(Index(location)));
            return true;
        }
        finally
        {
            segment.Exit();
        }
    }

    /// <summary>Content of an entry; for the writer.</summary>
    public string ContentIdOf(long location) => DescriptionEntry.ContentId(Segment(location)!.Entry(Index(location)));

    /// <summary>Writes full segments to files and frees their memory; not for two threads at once.</summary>
    public void WriteFrozen()
    {
        while (true)
        {
            MemorySegment segment;
            lock (_gate)
            {
                if (_frozen.Count == 0)
                    return;
                segment = _frozen[0];
            }

            var (number, dictionary) = _dictionaries.For(segment);
            SegmentFile.Write(_files, PathOf(segment.Id), segment, dictionary, number);
            var mapped = MappedSegment.TryOpen(PathOf(segment.Id), segment.Id, _dictionaries.Find)
                ?? throw new IOException($"{PathOf(segment.Id)} cannot be read back.");
            lock (_gate)
            {
                mapped.Dead = segment.Dead;
                _segments[segment.Id] = mapped;
                _frozen.RemoveAt(0);
            }

            segment.GiveUp();
        }
    }

    /// <summary>A segment in a file of which more than half is dead, and how many entries it has.</summary>
    public bool TryFindWasteful(out int segment, out int count)
    {
        var found = Volatile.Read(ref _segments).FirstOrDefault(s => s is MappedSegment && s.Dead * 2 > s.Count);
        segment = found?.Id ?? 0;
        count = found?.Count ?? 0;
        return found is not null;
    }

    /// <summary>Removes a segment nothing refers to any more. Its file stays until <see cref="DeleteRemoved"/>, since a snapshot may name it.</summary>
    public void Remove(int id)
    {
        lock (_gate)
        {
            _segments[id]?.GiveUp();
            _segments[id] = null;
            _deletable.Add(PathOf(id));
        }
    }

    /// <summary>Names of removed files, taken before a snapshot is made; <see cref="DeleteRemoved"/> deletes them after it.</summary>
    public string[] Removed()
    {
        lock (_gate)
            return [.. _deletable];
    }

    public void DeleteRemoved(string[] paths)
    {
        foreach (var path in paths)
        {
            _files.Delete(path);
            lock (_gate)
                _deletable.Remove(path);
        }
    }

    /// <summary>What a snapshot has to know.</summary>
    public DescriptionStoreState Save()
    {
        lock (_gate)
        {
            return new(
                [.. _segments.OfType<MappedSegment>().Select(s => (s.Id, s.Dead))],
                [.. _segments.OfType<MemorySegment>().Where(s => s.Count > 0)]);
        }
    }

    public static long At(int segment, int index) => ((long)segment << 32) | (uint)index;

    public void Dispose()
    {
        foreach (var segment in _segments)
            segment?.GiveUp();
        _dictionaries.Dispose();
    }

    private static int Index(long location) => (int)location;

    private static ReadOnlySpan<byte> Unpack(ReadOnlySpan<byte> entry, ZstdDictionary? dictionary)
    {
        var packed = entry[DescriptionEntry.PrefixLength(entry)..];
        var length = DescriptionEntry.DescriptionLength(entry);
        if (dictionary is null || packed.Length == length)
            return packed;
        var into = ZstdDecoder.OfThread.Scratch.AsSpan(0, length);
        dictionary.Decompress(packed, into);
        return into;
    }

    private DescriptionSegment? Segment(long location)
    {
        var segments = Volatile.Read(ref _segments);
        var id = (int)(location >> 32);
        return (uint)id < (uint)segments.Length ? Volatile.Read(ref segments[id]) : null;
    }

    private int AddUnpacked(ReadOnlySpan<byte> entry, ZstdDictionary dictionary) =>
        _active.Add(DescriptionEntry.Hash(entry), DescriptionEntry.ContentId(entry), Unpack(entry, dictionary));

    private void RotateIfFull()
    {
        if (!_active.IsFull)
            return;
        lock (_gate)
            _frozen.Add(_active);
        Activate();
    }

    private void Activate()
    {
        _active = new(_nextId);
        Place(_active);
    }

    private void Place(DescriptionSegment segment)
    {
        lock (_gate)
        {
            var segments = _segments;
            if (segment.Id >= segments.Length)
                Array.Resize(ref segments, Math.Max(segment.Id + 1, segments.Length * 2));
            segments[segment.Id] = segment;
            Volatile.Write(ref _segments, segments);
            _nextId = Math.Max(_nextId, segment.Id + 1);
        }
    }

    private string PathOf(int id) => Path.Combine(_directory, id.ToString("x8", CultureInfo.InvariantCulture) + ".descriptions");
}

/// <summary>The store as a snapshot names it.</summary>
/// <param name="Mapped">Segments in files, and how many of their entries are dead.</param>
/// <param name="InMemory">Segments that are in no file yet, oldest first.</param>
internal sealed record DescriptionStoreState(IReadOnlyList<(int Id, int Dead)> Mapped, IReadOnlyList<MemorySegment> InMemory)
{
    public static readonly DescriptionStoreState Empty = new([], []);
}
