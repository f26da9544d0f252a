using System.Numerics;

namespace Datt.Paid.Search.Execution;

/// <summary>
/// At least one of some terms must match: carried out one term after the other, the rarest first, each time for the documents that no rarer term has. Once so many good
/// hits are known that the terms which are left cannot earn a place among them even together, their documents are only counted. Totals, hits and scores
/// are those of adding everything up, to the bit.
/// </summary>
internal ref struct UnionMatcher
{
    /// <summary>So many times more frequent than what was seen, a term is asked for each document seen instead of read whole.</summary>
    private const int Sparser = 16;

    private readonly SegmentCore _core;
    private readonly TopHits _top;
    private readonly BlockScratch _scratch;
    private readonly SearchBudget _budget;
    private readonly Func<int, bool>? _admits;
    private readonly int _all;
    private readonly byte _group;
    private readonly Part[] _parts;
    private readonly ulong[] _seen;
    private readonly float[] _earned;
    private int _full;
    private int _seenCount;

    private UnionMatcher(
        SegmentCore core, Part[] parts, int all, Func<int, bool>? admits, TopHits top, BlockScratch scratch, SearchBudget budget)
    {
        (_core, _parts, _all, _admits, _top, _scratch, _budget) = (core, parts, all, admits, top, scratch, budget);
        _group = all == 1 ? (byte)0 : (byte)1;
        _seen = scratch.Seen(core.Keys.Length);
        _earned = new float[2 * parts.Length];
    }

    /// <param name="text">The term in texts.</param>
    /// <param name="title">The term in titles.</param>
    /// <param name="order">Place in the query, so that sums are the same everywhere.</param>
    private sealed class Part(TermScore text, TermScore? title, int order)
    {
        public TermScore Text => text;

        public TermScore? Title => title;

        public int Order => order;

        public float MostOfTitle { get; } = title?.Most() ?? 0;

        /// <summary>What no document earns more than by this term and those after it.</summary>
        public float MostFromHere { get; set; } = text.Most();

        public void Rewind()
        {
            text.Docs.Rewind();
            title?.Docs.Rewind();
        }
    }

    /// <summary>False where a clause is more than a term; then nothing was done.</summary>
    /// <param name="core">The segment.</param>
    /// <param name="scoring">Clauses in the order of the query.</param>
    /// <param name="all">How many matching clauses make a full match: one, or as many as there are in the query.</param>
    /// <param name="admits">Which documents count, asked in no order; null for all.</param>
    /// <param name="top">Where the hits go.</param>
    /// <param name="scratch">Room to work in.</param>
    /// <param name="budget">Time and cancellation.</param>
    public static bool TryMatch(
        SegmentCore core, Posting[] scoring, int all, Func<int, bool>? admits, TopHits top, BlockScratch scratch, SearchBudget budget)
    {
        if (!Array.TrueForAll(scoring, posting => posting is TermPosting))
            return false;
        var parts = new Part[scoring.Length];
        for (var i = 0; i < parts.Length; i++)
            parts[i] = new Part(((TermPosting)scoring[i]).Text, ((TermPosting)scoring[i]).Title, i);
        Array.Sort(parts, (a, b) =>
            a.Text.Docs.DocFreq != b.Text.Docs.DocFreq ? a.Text.Docs.DocFreq.CompareTo(b.Text.Docs.DocFreq) : a.Order.CompareTo(b.Order));
        var most = 0f;
        for (var p = parts.Length - 1; p >= 0; p--)
            parts[p].MostFromHere = most += parts[p].MostFromHere + parts[p].MostOfTitle;
        var matcher = new UnionMatcher(core, parts, all, admits, top, scratch, budget);
        matcher.Run();
        Array.Clear(matcher._seen);
        return true;
    }

    private void Run()
    {
        for (var p = 0; p < _parts.Length; p++)
        {
            for (var q = p; q < _parts.Length && p > 0; q++)
                _parts[q].Rewind();
            var mayBeFull = _all > 1 && p == 0 && _parts.Length == _all;
            if (!(mayBeFull || MayKeep(_parts[p].MostFromHere) ? Score(p, mayBeFull) : Count(p)))
                return;
        }
    }

    /// <summary>The bound is wider than what additions in another order can differ by.</summary>
    private readonly bool MayKeep(float most) => _top.MayKeep(_group, HitRank.OfScore(most * 1.00001f));

    /// <summary>Offers the term's documents that were not seen before.</summary>
    /// <returns>False when the time is over.</returns>
    private bool Score(int p, bool mayBeFull)
    {
        var part = _parts[p];
        var cursor = part.Text.Docs;
        var besides = part.MostOfTitle + MostAfter(p);
        var places = _scratch.Alive;
        var scores = _scratch.TextScore;
        while (cursor.NextBlock() != Posting.End)
        {
            if (_budget.Spend(cursor.Count * (_parts.Length - p)))
                return false;
            var count = See(cursor, places);
            _top.Total += count;
            var docs = cursor.Docs;
            scores.AsSpan(0, count).Clear();
            part.Text.AddTo(scores, docs, places.AsSpan(0, count), cursor.Freqs());
            for (var i = 0; i < count; i++)
            {
                if (mayBeFull || MayKeep(scores[i] + besides))
                    Offer(p, docs[places[i]], scores[i], mayBeFull);
            }
        }

        return true;
    }

    private readonly float MostAfter(int p) => p + 1 < _parts.Length ? _parts[p + 1].MostFromHere : 0;

    /// <summary>Notes the documents of a block as seen, and the places of those that were not and that count.</summary>
    /// <returns>How many places.</returns>
    private int See(PostingCursor cursor, int[] places)
    {
        var docs = cursor.Docs;
        var count = cursor.Count;
        var seen = _seen;
        var kept = 0;
        for (var i = 0; i < count; i++)
        {
            var doc = docs[i];
            ref var word = ref seen[doc >> 6];
            places[kept] = i;
            kept += (int)(~word >> (doc & 63) & 1);
            word |= 1UL << (doc & 63);
        }

        _seenCount += kept;
        if (_admits is null)
            return kept;
        var admitted = 0;
        for (var i = 0; i < kept; i++)
        {
            if (_admits(docs[places[i]]))
                places[admitted++] = places[i];
        }

        return admitted;
    }

    /// <param name="p">The rarest term that the document has.</param>
    /// <param name="doc">The document.</param>
    /// <param name="textScore">What it earns by that term in the text.</param>
    /// <param name="mayBeFull">Whether it is wanted, whatever it earns, if it has all terms.</param>
    private void Offer(int p, int doc, float textScore, bool mayBeFull)
    {
        var earned = _earned;
        Array.Clear(earned);
        var sum = Earn(_parts[p], doc, textScore);
        var matched = 1;
        for (var q = p + 1; q < _parts.Length; q++)
        {
            var part = _parts[q];
            mayBeFull &= matched == q - p;
            if (!mayBeFull && !MayKeep(sum + part.MostFromHere))
                return;
            var cursor = part.Text.Docs;
            if ((cursor.Doc < doc ? cursor.Advance(doc) : cursor.Doc) != doc)
                continue;
            matched++;
            sum += Earn(part, doc, part.Text.Of(doc, cursor.Freq()));
        }

        _full += matched == _parts.Length ? 1 : 0;
        var group = matched >= _all ? (byte)0 : (byte)1;
        var score = 0f;
        foreach (var share in earned)
            score += share;
        var rank = HitRank.OfScore(score);
        if (_top.MayKeep(group, rank))
            _top.Offer(_core, doc, group, rank, score);
    }

    private readonly float Earn(Part part, int doc, float textScore)
    {
        var title = part.Title?.At(doc) ?? 0;
        _earned[2 * part.Order] = textScore;
        _earned[(2 * part.Order) + 1] = title;
        return textScore + title;
    }

    /// <summary>Counts the term's documents that were not seen before.</summary>
    /// <returns>False when the time is over.</returns>
    private bool Count(int p)
    {
        var cursor = _parts[p].Text.Docs;
        var isLast = p == _parts.Length - 1;
        if (_admits is null && isLast && p == 1 && _all == 2)
        {
            // Each document of the rarer term was asked for this one.
            _top.Total += cursor.DocFreq - _full;
            return true;
        }

        if (_admits is null && isLast && cursor.DocFreq / Sparser >= _seenCount)
            return CountSeen(cursor);
        while (cursor.NextBlock() != Posting.End)
        {
            if (_budget.Spend(cursor.Count))
                return false;
            _top.Total += See(cursor, _scratch.Alive);
        }

        return true;
    }

    private readonly bool CountSeen(PostingCursor cursor)
    {
        var both = 0;
        for (var word = 0; word < _seen.Length; word++)
        {
            for (var bits = _seen[word]; bits != 0; bits &= bits - 1)
            {
                if (_budget.Spend(1))
                    return false;
                var doc = (word << 6) + BitOperations.TrailingZeroCount(bits);
                both += (cursor.Doc < doc ? cursor.Advance(doc) : cursor.Doc) == doc ? 1 : 0;
            }
        }

        _top.Total += cursor.DocFreq - both;
        return true;
    }
}
