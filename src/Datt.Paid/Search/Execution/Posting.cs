namespace Datt.Paid.Search.Execution;

/// <summary>The documents of one segment that match a clause, in ascending order; deleted ones may be among them.</summary>
internal abstract class Posting
{
    /// <summary>Beyond the last document.</summary>
    public const int End = int.MaxValue;

    /// <summary>Where it stands; -1 before the first.</summary>
    public int Doc { get; protected set; } = -1;

    /// <summary>About how many documents it has.</summary>
    public abstract long Cost { get; }

    /// <summary>Moves to the next document.</summary>
    public abstract int Next();

    /// <summary>Moves to the first document at or after <paramref name="target"/>, which lies beyond <see cref="Doc"/>.</summary>
    public abstract int Advance(int target);

    /// <summary>What the current document earns; never negative.</summary>
    public abstract float Score();

    /// <summary>Adds what each document before the window's end earns.</summary>
    /// <returns>How many documents that were.</returns>
    public virtual int AddTo(ScoreWindow window)
    {
        var seen = 0;
        for (var doc = Doc; doc < window.End; doc = Next())
        {
            window.Add(doc, Score(), counts: true);
            seen++;
        }

        return seen;
    }
}

/// <summary>BM25 of one term in one field.</summary>
/// <param name="docs">Where it occurs.</param>
/// <param name="weight">What the share of the frequency is multiplied by.</param>
/// <param name="normTable">See <see cref="Bm25.NormTable"/>.</param>
/// <param name="norms">Norm byte of each document.</param>
internal sealed class TermScore(PostingCursor docs, float weight, float[] normTable, byte[] norms)
{
    public PostingCursor Docs => docs;

    /// <summary>What no document earns more than.</summary>
    public float Most()
    {
        var best = docs.BestNorms(norms);
        var most = 0f;
        for (var frequency = 1; frequency < best.Length; frequency++)
        {
            // The last place is for all greater frequencies.
            if (best[frequency] >= 0)
                most = Math.Max(most, frequency == best.Length - 1 ? weight : weight * frequency / (frequency + normTable[best[frequency]]));
        }

        return most;
    }

    /// <summary>Adds to the scores of some documents of a block.</summary>
    /// <param name="scores">Sums, in the order of <paramref name="which"/>.</param>
    /// <param name="block">Documents.</param>
    /// <param name="which">Places in the block.</param>
    /// <param name="frequencies">Frequency at each place.</param>
    public void AddTo(Span<float> scores, ReadOnlySpan<int> block, ReadOnlySpan<int> which, ReadOnlySpan<int> frequencies)
    {
        var w = weight;
        var table = normTable;
        var lengths = norms;
        for (var i = 0; i < which.Length; i++)
        {
            var at = which[i];
            float frequency = frequencies[at];
            scores[i] += w * frequency / (frequency + table[lengths[block[at]]]);
        }
    }

    public float Of(int doc, int occurrences)
    {
        float frequency = occurrences;
        return weight * frequency / (frequency + normTable[norms[doc]]);
    }

    /// <summary>0 where it does not occur. Documents are asked for in ascending order.</summary>
    public float At(int doc) => (docs.Doc < doc ? docs.Advance(doc) : docs.Doc) == doc ? Of(doc, docs.Freq()) : 0;
}

/// <summary>One term, scored by BM25.</summary>
/// <param name="text">What decides whether a document matches.</param>
/// <param name="title">What a document earns besides for having the term in its title; those documents are all among the ones of the text.</param>
internal sealed class TermPosting(TermScore text, TermScore? title) : Posting
{
    public TermScore Text => text;

    public TermScore? Title => title;

    public override long Cost => text.Docs.DocFreq;

    public override int Next() => Doc = text.Docs.Next();

    public override int Advance(int target) => Doc = text.Docs.Advance(target);

    public override float Score()
    {
        var score = text.Of(Doc, text.Docs.Freq());
        return title is null ? score : score + title.At(Doc);
    }

    public override int AddTo(ScoreWindow window)
    {
        var seen = Add(text, window, counts: true);
        if (title is not null)
            Add(title, window, counts: false);
        Doc = text.Docs.Doc;
        return seen;
    }

    private static int Add(TermScore score, ScoreWindow window, bool counts)
    {
        var cursor = score.Docs;
        var seen = 0;
        if (cursor.Doc < window.Begin)
            cursor.Advance(window.Begin);
        while (cursor.Doc < window.End)
        {
            var docs = cursor.Docs;
            var freqs = cursor.Freqs();
            var end = cursor.FirstFrom(cursor.At, window.End);
            for (var i = cursor.At; i < end; i++)
                window.Add(docs[i], score.Of(docs[i], freqs[i]), counts);
            seen += end - cursor.At;
            cursor.MoveTo(end);
        }

        return seen;
    }
}

/// <summary>One term that only admits.</summary>
internal sealed class FilterPosting(PostingCursor docs) : Posting
{
    public PostingCursor Docs => docs;

    public override long Cost => docs.DocFreq;

    public override int Next() => Doc = docs.Next();

    public override int Advance(int target) => Doc = docs.Advance(target);

    public override float Score() => 0;
}

/// <summary>Every live document.</summary>
internal sealed class EveryPosting(Segment segment) : Posting
{
    private readonly int _count = segment.Core.Keys.Length;

    public override long Cost => _count;

    public override int Next() => Advance(Doc + 1);

    public override int Advance(int target)
    {
        var live = segment.Live;
        while (target < _count && live is not null && !live.Get(target))
            target++;
        return Doc = target < _count ? target : End;
    }

    public override float Score() => 0;
}

/// <summary>The documents of a bit set, all worth the same.</summary>
internal sealed class BitSetPosting(ulong[] bits, long count, float score) : Posting
{
    public override long Cost => count;

    public override int Next() => Advance(Doc + 1);

    public override int Advance(int target)
    {
        var word = target >> 6;
        if (word >= bits.Length)
            return Doc = End;
        var rest = bits[word] >> (target & 63);
        if (rest != 0)
            return Doc = target + System.Numerics.BitOperations.TrailingZeroCount(rest);
        while (++word < bits.Length)
        {
            if (bits[word] != 0)
                return Doc = (word << 6) + System.Numerics.BitOperations.TrailingZeroCount(bits[word]);
        }

        return Doc = End;
    }

    public override float Score() => score;
}
