using Lucene.Net.Codecs;
using Lucene.Net.Index;
using Lucene.Net.Util;

namespace Datt.Paid.Search.Execution;

/// <summary>Lucene's enumerators over one segment, used again by one search after the other: making them is most of the garbage of a query.</summary>
internal sealed class Enumerators(SegmentCore core)
{
    private readonly TermsEnum?[] _terms = new TermsEnum?[4];
    private readonly List<DocsEnum>[] _docs = [[], [], [], []];
    private readonly List<DocsAndPositionsEnum> _positions = [];
    private readonly int[] _docsUsed = new int[4];
    private readonly BytesRef _term = new();
    private int _positionsUsed;

    /// <summary>Looks a term up in the segment's dictionary; null where it is absent.</summary>
    public BlockTermState? Find(TermField field, byte[] term)
    {
        var terms = _terms[(int)field] ??= core.NewTermsEnum(field);
        return terms is not null && terms.SeekExact(Ref(term)) ? (BlockTermState)terms.GetTermState() : null;
    }

    public DocsEnum Docs(TermField field, byte[] term, BlockTermState state, IBits? live, bool frequencies)
    {
        var terms = At(field, term, state);
        var pool = _docs[(int)field];
        var used = _docsUsed[(int)field]++;
        var docs = terms.Docs(live, used < pool.Count ? pool[used] : null, frequencies ? DocsFlags.FREQS : DocsFlags.NONE);
        Keep(pool, used, docs);
        return docs;
    }

    public DocsAndPositionsEnum Positions(byte[] term, BlockTermState state, IBits? live)
    {
        var terms = At(TermField.Text, term, state);
        var used = _positionsUsed++;
        var docs = terms.DocsAndPositions(live, used < _positions.Count ? _positions[used] : null, DocsAndPositionsFlags.NONE);
        Keep(_positions, used, docs);
        return docs;
    }

    /// <summary>Makes everything handed out so far available again.</summary>
    public void Reset()
    {
        Array.Clear(_docsUsed);
        _positionsUsed = 0;
    }

    private TermsEnum At(TermField field, byte[] term, BlockTermState state)
    {
        var terms = _terms[(int)field] ??= core.NewTermsEnum(field) ?? throw new InvalidOperationException("A term state of a field that is not there.");
        terms.SeekExact(Ref(term), state);
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
