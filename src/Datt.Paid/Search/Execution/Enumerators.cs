using Lucene.Net.Codecs;
using Lucene.Net.Index;
using Lucene.Net.Util;

namespace Datt.Paid.Search.Execution;

/// <summary>Lucene's enumerators over one segment, used again by one search after the other: making them is most of the garbage of a query.</summary>
internal sealed class Enumerators(SegmentCore core)
{
    private readonly TermsEnum?[] _terms = new TermsEnum?[4];
    private readonly List<PostingCursor> _docs = [];
    private readonly List<DocsAndPositionsEnum> _positions = [];
    private readonly BytesRef _term = new();
    private int _docsUsed;
    private int _positionsUsed;

    /// <summary>Looks a term up in the segment's dictionary; null where it is absent.</summary>
    public TermPlace? Find(TermField field, byte[] term)
    {
        var terms = _terms[(int)field] ??= core.NewTermsEnum(field);
        return terms is not null && terms.SeekExact(Ref(term)) ? new TermPlace((BlockTermState)terms.GetTermState()) : null;
    }

    /// <summary>What loops over blocks write into.</summary>
    public BlockScratch Scratch { get; } = new();

    /// <summary>The documents of a term, deleted ones too.</summary>
    public PostingCursor Docs(TermField field, TermPlace place)
    {
        var used = _docsUsed++;
        var docs = used < _docs.Count ? _docs[used] : new PostingCursor();
        Keep(_docs, used, docs);
        docs.Bind(core.Postings!, place, field);
        return docs;
    }

    public DocsAndPositionsEnum Positions(byte[] term, TermPlace place, IBits? live)
    {
        var terms = At(TermField.Text, term, place);
        var used = _positionsUsed++;
        var docs = terms.DocsAndPositions(live, used < _positions.Count ? _positions[used] : null, DocsAndPositionsFlags.NONE);
        Keep(_positions, used, docs);
        return docs;
    }

    /// <summary>Makes everything handed out so far available again.</summary>
    public void Reset()
    {
        _docsUsed = 0;
        _positionsUsed = 0;
    }

    private TermsEnum At(TermField field, byte[] term, TermPlace place)
    {
        var terms = _terms[(int)field] ??= core.NewTermsEnum(field) ?? throw new InvalidOperationException("A term state of a field that is not there.");
        terms.SeekExact(Ref(term), place.State);
        return terms;
    }

    private BytesRef Ref(byte[] term)
    {
        _term.Bytes = term;
        _term.Offset = 0;
        _term.Length = term.Length;
        return _term;
    }

    private static void Keep<T>(List<T> pool, int used, T docs)
    {
        if (used < pool.Count)
            pool[used] = docs;
        else if (used < 16)
            pool.Add(docs);
    }
}
