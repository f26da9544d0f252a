namespace Datt.Paid.Search.Execution;

/// <summary>
/// Scores of neighbouring documents, summed up one clause after the other, which is several times faster than document by document. Used again by one search after
/// the other; clean between them.
/// </summary>
internal sealed class ScoreWindow
{
    public const int Size = 4_096;

    public float[] Scores { get; } = new float[Size];

    /// <summary>How many clauses matched.</summary>
    public byte[] Matched { get; } = new byte[Size];

    /// <summary>Bit n: the n-th document has matched.</summary>
    public ulong[] Touched { get; } = new ulong[Size / 64];

    public int Begin { get; private set; }

    public int End => Begin + Size;

    /// <summary>Makes it the window that has this document.</summary>
    public void MoveTo(int doc) => Begin = doc & ~(Size - 1);

    /// <param name="doc">A document of the window.</param>
    /// <param name="score">What is added.</param>
    /// <param name="counts">Whether a further clause matches; otherwise it is one that has been counted.</param>
    public void Add(int doc, float score, bool counts)
    {
        var at = doc - Begin;
        Scores[at] += score;
        if (!counts)
            return;
        Touched[at >> 6] |= 1UL << at;
        Matched[at]++;
    }

    /// <summary>Forgets everything, after a search that did not end.</summary>
    public void Clear()
    {
        Array.Clear(Scores);
        Array.Clear(Matched);
        Array.Clear(Touched);
    }
}
