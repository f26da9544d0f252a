using System.Collections.Concurrent;
using System.Globalization;
using Datt.Paid.Catalog.Feed;

namespace Datt.Paid.Catalog.Descriptions;

/// <summary>The dictionaries of the store, one file each. Number 0 is the empty one. A new one is trained now and then, from the segment at hand.</summary>
internal sealed class DictionarySet(FeedFiles files, string directory) : IDisposable
{
    /// <summary>Segments that one dictionary serves.</summary>
    private const int SegmentsPerDictionary = 64;

    /// <summary>Samples are taken from all over the segment, so many bytes of them.</summary>
    private const int SampleBytes = 1 << 20;

    private readonly ConcurrentDictionary<int, ZstdDictionary> _known = new() { [0] = new([]) };

    /// <summary>The dictionary of a number; null where its file is missing or damaged.</summary>
    public ZstdDictionary? Find(int number)
    {
        if (_known.TryGetValue(number, out var known))
            return known;
        var path = PathOf(number);
        if (!File.Exists(path))
            return null;
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length < sizeof(uint) || BitConverter.ToUInt32(bytes.AsSpan(bytes.Length - sizeof(uint))) != Crc32C.Of(bytes.AsSpan(0, bytes.Length - sizeof(uint))))
            return null;
        return _known.GetOrAdd(number, new ZstdDictionary(bytes[..^sizeof(uint)]));
    }

    /// <summary>The dictionary to write a segment with: number 1 serves the first segments, number 2 the next ones.</summary>
    public (int Number, ZstdDictionary Dictionary) For(MemorySegment segment)
    {
        var number = 1 + (segment.Id / SegmentsPerDictionary);
        if (Find(number) is { } found)
            return (number, found);
        var trained = ZstdDictionary.Train(Samples(segment));
        if (trained.Bytes.Length == 0)
        {
            trained.Dispose();
            return (0, _known[0]);
        }

        files.WriteDurably(PathOf(number), [.. trained.Bytes, .. BitConverter.GetBytes(Crc32C.Of(trained.Bytes))]);
        _known[number] = trained;
        return (number, trained);
    }

    public void Dispose()
    {
        foreach (var dictionary in _known.Values)
            dictionary.Dispose();
    }

    private static IEnumerable<byte[]> Samples(MemorySegment segment)
    {
        var step = (int)Math.Max(1, segment.Bytes / SampleBytes);
        for (var i = 0; i < segment.Count; i += step)
        {
            var entry = segment.Entry(i);
            yield return entry[DescriptionEntry.PrefixLength(entry)..].ToArray();
        }
    }

    private string PathOf(int number) => Path.Combine(directory, number.ToString("x8", CultureInfo.InvariantCulture) + ".dictionary");
}
