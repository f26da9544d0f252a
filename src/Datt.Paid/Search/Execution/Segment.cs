using Datt.Paid.Search.Indexing;
using Lucene.Net.Index;
using Lucene.Net.Util;

namespace Datt.Paid.Search.Execution;

/// <summary>One segment of a snapshot: what is common to all snapshots that contain it, and which documents this one takes as deleted.</summary>
internal sealed class Segment(int index, AtomicReader reader, SegmentCore core)
{
    /// <summary>Place among the snapshot's segments.</summary>
    public int Index => index;

    public AtomicReader Reader => reader;

    public SegmentCore Core => core;

    /// <summary>Null when nothing is deleted.</summary>
    public IBits? Live { get; } = reader.LiveDocs;
}

/// <summary>What never changes in a segment, with the columns that are needed for every match in plain arrays: 27 bytes a document.</summary>
internal sealed class SegmentCore
{
    private readonly Lock _poolLock = new();
    private readonly Stack<Enumerators> _pool = new();
    private readonly Terms? _text;
    private readonly Terms? _title;
    private readonly Terms? _facet;
    private readonly Terms? _surface;

    private SegmentCore(AtomicReader reader)
    {
        _text = reader.GetTerms(IndexSchema.Text);
        _title = reader.GetTerms(IndexSchema.Title);
        _facet = reader.GetTerms(IndexSchema.Facet);
        _surface = reader.GetTerms(IndexSchema.Surface);
        TextLength = Math.Max(0, _text?.SumTotalTermFreq ?? 0);
        TitleLength = Math.Max(0, _title?.SumTotalTermFreq ?? 0);
        States = new TermStateCache(reader.MaxDoc);
        Postings = PostingFile.Open(reader);
        var count = reader.MaxDoc;
        Keys = new UInt128[count];
        Dates = new long[count];
        Languages = new byte[count];
        Norms = new byte[count];
        TitleNorms = new byte[count];
    }

    /// <summary>Words in all texts.</summary>
    public long TextLength { get; }

    /// <summary>Words in all titles.</summary>
    public long TitleLength { get; }

    public TermStateCache States { get; }

    /// <summary>Null where there is no term.</summary>
    public PostingFile? Postings { get; }

    public UInt128[] Keys { get; }

    public long[] Dates { get; }

    public byte[] Languages { get; }

    /// <summary>Length of each text, as one byte.</summary>
    public byte[] Norms { get; }

    /// <summary>Length of each title, as one byte.</summary>
    public byte[] TitleNorms { get; }

    public ulong LanguageMask { get; private set; }

    public static SegmentCore Load(AtomicReader reader)
    {
        var core = new SegmentCore(reader);
        var rows = reader.GetBinaryDocValues(IndexSchema.RowField);
        var norms = reader.GetNormValues(IndexSchema.Text);
        var titleNorms = reader.GetNormValues(IndexSchema.Title);
        var bytes = new BytesRef(Row.Size);
        for (var doc = 0; doc < core.Keys.Length; doc++)
        {
            rows.Get(doc, bytes);
            var row = Row.Read(bytes.Bytes.AsSpan(bytes.Offset, bytes.Length));
            core.Keys[doc] = row.Key.Value;
            core.Dates[doc] = row.Date;
            core.Languages[doc] = row.Language;
            core.Norms[doc] = norms is null ? (byte)0 : (byte)norms.Get(doc);
            core.TitleNorms[doc] = titleNorms is null ? (byte)0 : (byte)titleNorms.Get(doc);
            core.LanguageMask |= 1UL << row.Language;
        }

        return core;
    }

    public TermsEnum? NewTermsEnum(TermField field) => (field switch
    {
        TermField.Text => _text,
        TermField.Title => _title,
        TermField.Facet => _facet,
        _ => _surface,
    })?.GetEnumerator();

    public Enumerators Rent()
    {
        lock (_poolLock)
        {
            if (_pool.TryPop(out var pooled))
                return pooled;
        }

        return new Enumerators(this);
    }

    public void Return(Enumerators enumerators)
    {
        enumerators.Reset();
        lock (_poolLock)
        {
            if (_pool.Count < Environment.ProcessorCount * 2)
                _pool.Push(enumerators);
        }
    }
}
