using Lucene.Net.Index;

namespace Datt.Paid.Search.Execution;

/// <summary>
/// The index as it was at one refresh. Held by whoever searches in it and by the cursors issued on it; the files are closed when the last one lets go.
/// </summary>
internal sealed class Snapshot
{
    private readonly DirectoryReader _reader;
    private int _holders = 1;

    private Snapshot(DirectoryReader reader, Segment[] segments, uint generation)
    {
        _reader = reader;
        Segments = segments;
        Generation = generation;
        Count = Math.Max(1, reader.MaxDoc);
        foreach (var segment in segments)
            LanguageMask |= segment.Core.LanguageMask;
        NormTable = NormTableOf(segments.Sum(s => s.Core.TextLength));
        TitleNormTable = NormTableOf(segments.Sum(s => s.Core.TitleLength));
    }

    public IReadOnlyList<Segment> Segments { get; }

    public uint Generation { get; }

    /// <summary>Documents, deleted ones that are still in their segment included, as Lucene counts for BM25.</summary>
    public int Count { get; }

    /// <summary>Bit n: a document of the language with id n may be here.</summary>
    public ulong LanguageMask { get; }

    public float[] NormTable { get; }

    public float[] TitleNormTable { get; }

    public DirectoryReader Reader => _reader;

    /// <summary>Takes over the reader.</summary>
    /// <param name="reader">An open reader.</param>
    /// <param name="previous">A snapshot whose loaded segments can be shared, held during the call.</param>
    /// <param name="generation">Its number.</param>
    public static Snapshot Open(DirectoryReader reader, Snapshot? previous, uint generation)
    {
        var loaded = new Dictionary<object, SegmentCore>(ReferenceEqualityComparer.Instance);
        foreach (var segment in previous?.Segments ?? [])
            loaded[segment.Reader.CoreCacheKey] = segment.Core;
        var segments = reader.Leaves.Select((leaf, index) =>
        {
            var atomic = (AtomicReader)leaf.Reader;
            var core = loaded.GetValueOrDefault(atomic.CoreCacheKey) ?? SegmentCore.Load(atomic);
            return new Segment(index, atomic, core);
        }).ToArray();
        return new Snapshot(reader, segments, generation);
    }

    /// <summary>Looks a term up in all segments.</summary>
    public Term Find(TermField field, byte[] term)
    {
        var hash = new HashCode();
        hash.AddBytes(term);
        var place = hash.ToHashCode();
        var states = new TermPlace?[Segments.Count];
        foreach (var segment in Segments)
        {
            var core = segment.Core;
            if (field != TermField.Facet && (core.LanguageMask & (1UL << term[0])) == 0)
                continue;
            if (!core.States.TryGet(field, term, place, out states[segment.Index]))
            {
                var enumerators = core.Rent();
                states[segment.Index] = enumerators.Find(field, term);
                core.Return(enumerators);
                core.States.Set(field, term, place, states[segment.Index]);
            }
        }

        return new Term(term, states);
    }

    private float[] NormTableOf(long words) => Bm25.NormTable(words == 0 ? 1f : (float)(words / (double)Count));

    /// <returns>False when it is closed already.</returns>
    public bool TryHold()
    {
        for (var holders = Volatile.Read(ref _holders); holders > 0; holders = Volatile.Read(ref _holders))
        {
            if (Interlocked.CompareExchange(ref _holders, holders + 1, holders) == holders)
                return true;
        }

        return false;
    }

    public void LetGo()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
            _reader.Dispose();
    }
}
