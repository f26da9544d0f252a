using Lucene.Net.Index;

namespace Datt.Paid.Search.Execution;

/// <summary>
/// Terms at given distances from each other, and below a position: a phrase, or a phrase of the title. Scored like Lucene's exact phrase: the
/// number of places is the frequency, the weight comes from the sum of the terms' idf.
/// </summary>
internal sealed class PositionPosting : Posting
{
    private readonly DocsAndPositionsEnum[] _docs;
    private readonly int[] _offsets;
    private readonly int _limit;
    private readonly float _weight;
    private readonly float[] _normTable;
    private readonly byte[] _norms;
    private readonly int[] _next;
    private int _frequency;

    /// <param name="docs">One for each term, the rarest first.</param>
    /// <param name="offsets">Distance of each term from the beginning of the phrase.</param>
    /// <param name="limit">All positions lie below this.</param>
    /// <param name="cost">Documents of the rarest term.</param>
    /// <param name="weight">What the similarity multiplies by.</param>
    /// <param name="normTable">See <see cref="Bm25.NormTable"/>.</param>
    /// <param name="norms">Norm byte of each document.</param>
    public PositionPosting(DocsAndPositionsEnum[] docs, int[] offsets, int limit, long cost, float weight, float[] normTable, byte[] norms)
    {
        _docs = docs;
        _offsets = offsets;
        _limit = limit;
        _weight = weight;
        _normTable = normTable;
        _norms = norms;
        _next = new int[docs.Length];
        Cost = cost;
    }

    public override long Cost { get; }

    public override int Next() => Align(_docs[0].NextDoc());

    public override int Advance(int target) => Align(_docs[0].Advance(target));

    public override float Score() => _weight * _frequency / (_frequency + _normTable[_norms[Doc]]);

    private int Align(int doc)
    {
        while (doc != End)
        {
            var other = doc;
            for (var i = 1; i < _docs.Length && other == doc; i++)
                other = _docs[i].DocID < doc ? _docs[i].Advance(doc) : _docs[i].DocID;
            if (other != doc)
            {
                doc = _docs[0].Advance(other);
                continue;
            }

            _frequency = CountPlaces();
            if (_frequency > 0)
                break;
            doc = _docs[0].NextDoc();
        }

        return Doc = doc;
    }

    private int CountPlaces()
    {
        var count = 0;
        var left = _docs[0].Freq;
        for (var i = 1; i < _docs.Length; i++)
            _next[i] = _docs[i].NextPosition() - _offsets[i];
        Span<int> remaining = stackalloc int[_docs.Length];
        for (var i = 1; i < _docs.Length; i++)
            remaining[i] = _docs[i].Freq - 1;

        while (left-- > 0)
        {
            var start = _docs[0].NextPosition() - _offsets[0];
            if (start + _offsets[0] >= _limit)
                break;
            var matches = start >= 0;
            for (var i = 1; i < _docs.Length && matches; i++)
            {
                while (_next[i] < start && remaining[i] > 0)
                {
                    _next[i] = _docs[i].NextPosition() - _offsets[i];
                    remaining[i]--;
                }

                matches = _next[i] == start && start + _offsets[i] < _limit;
            }

            if (matches)
                count++;
        }

        return count;
    }
}
