using Lucene.Net.Index;

namespace Datt.Paid.Search.Execution;

/// <summary>The documents of one segment that match a clause, in ascending order.</summary>
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
}

/// <summary>What a word earns besides for standing in the title. Documents are asked for in ascending order.</summary>
internal sealed class TitleScore(DocsEnum docs, float weight, float[] normTable, byte[] norms)
{
    private int _doc = -1;

    public float At(int doc)
    {
        if (_doc < doc)
            _doc = docs.Advance(doc);
        if (_doc != doc)
            return 0;
        float frequency = docs.Freq;
        return weight * frequency / (frequency + normTable[norms[doc]]);
    }
}

/// <summary>One term, scored by BM25.</summary>
internal sealed class TermPosting(DocsEnum docs, long docFreq, float weight, float[] normTable, byte[] norms, TitleScore? title) : Posting
{
    public override long Cost => docFreq;

    public override int Next() => Doc = docs.NextDoc();

    public override int Advance(int target) => Doc = docs.Advance(target);

    public override float Score()
    {
        float frequency = docs.Freq;
        var score = weight * frequency / (frequency + normTable[norms[Doc]]);
        return title is null ? score : score + title.At(Doc);
    }
}

/// <summary>One term that only admits.</summary>
internal sealed class FilterPosting(DocsEnum docs, long docFreq) : Posting
{
    public override long Cost => docFreq;

    public override int Next() => Doc = docs.NextDoc();

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
