using System.Numerics;
using Lucene.Net.Index;
using Lucene.Net.Search;
using Lucene.Net.Util;

namespace Datt.Paid.Search.Execution;

/// <summary>Where a clause is carried out.</summary>
internal readonly record struct Binding(Snapshot Snapshot, Segment Segment, Enumerators Enumerators, SearchBudget Budget);

/// <summary>A part of a query as one language reads it, its terms looked up in a snapshot.</summary>
internal abstract class Clause
{
    /// <summary>Whether each document that matches has a word of the language, so that nothing else need check its language.</summary>
    public abstract bool IsTextBound { get; }

    /// <summary>No more documents match, as far as is known without looking.</summary>
    public virtual long MostMatches => long.MaxValue;

    /// <summary>The documents of one segment; null if there are none.</summary>
    public abstract Posting? Bind(Binding binding);
}

/// <summary>A term looked up in all segments of a snapshot.</summary>
internal sealed class Term(byte[] bytes, TermPlace?[] states)
{
    public byte[] Bytes => bytes;

    public TermPlace?[] States => states;

    public long DocFreq { get; } = states.Sum(s => (long)(s?.DocFreq ?? 0));
}

/// <summary>
/// How often a word of the query occurs, in all languages together: in a language of few contents every word is rare, which must not put all of them in front.
/// </summary>
internal sealed class WordStatistics
{
    public long DocFreq { get; set; }

    public long TitleDocFreq { get; set; }

    public void Add(Term term, Term title)
    {
        DocFreq += term.DocFreq;
        TitleDocFreq += title.DocFreq;
    }
}

/// <summary>A word, worth its BM25 in the whole text and, where it is in the title, a part of its BM25 there.</summary>
/// <param name="term">The word in texts.</param>
/// <param name="title">The word in titles.</param>
/// <param name="statistics">How often it occurs.</param>
/// <param name="inTitle">Only documents that have it in the title.</param>
internal sealed class TermClause(Term term, Term title, WordStatistics statistics, bool inTitle) : Clause
{
    /// <summary>How much BM25 in the title counts beside BM25 in the text. Measured on the Cranfield collection.</summary>
    public const float TitleShare = 0.5f;

    public override bool IsTextBound => true;

    public override long MostMatches => term.DocFreq;

    public override Posting? Bind(Binding binding)
    {
        var segment = binding.Segment;
        if (term.States[segment.Index] is not { } state)
            return null;
        var snapshot = binding.Snapshot;
        var titleState = title.States[segment.Index];
        var titleWeight = Weight(statistics.TitleDocFreq, snapshot);
        if (inTitle)
        {
            return titleState is null ? null : new TermPosting(
                new TermScore(binding.Enumerators.Docs(TermField.Title, titleState), titleWeight, snapshot.TitleNormTable, segment.Core.TitleNorms), null);
        }

        var titleScore = titleState is null ? null : new TermScore(
            binding.Enumerators.Docs(TermField.Title, titleState), TitleShare * titleWeight, snapshot.TitleNormTable, segment.Core.TitleNorms);
        return new TermPosting(
            new TermScore(binding.Enumerators.Docs(TermField.Text, state), Weight(statistics.DocFreq, snapshot), snapshot.NormTable, segment.Core.Norms), titleScore);
    }

    private static float Weight(long docFreq, Snapshot snapshot) => Bm25.Idf(Math.Min(docFreq, snapshot.Count), snapshot.Count) * (Bm25.K1 + 1);
}

/// <summary>An exact value: admits, scores nothing.</summary>
internal sealed class FacetClause(Term term) : Clause
{
    public override bool IsTextBound => false;

    public override Posting? Bind(Binding binding) =>
        term.States[binding.Segment.Index] is { } state
            ? new FilterPosting(binding.Enumerators.Docs(TermField.Facet, state))
            : null;
}

/// <summary>See <see cref="PositionPosting"/>.</summary>
internal sealed class PositionClause(Term[] terms, int[] offsets, int limit) : Clause
{
    public override bool IsTextBound => true;

    public override Posting? Bind(Binding binding)
    {
        var segment = binding.Segment;
        var order = Enumerable.Range(0, terms.Length).ToArray();
        if (Array.Exists(terms, t => t.States[segment.Index] is null))
            return null;
        Array.Sort(order, (a, b) => terms[a].States[segment.Index]!.DocFreq.CompareTo(terms[b].States[segment.Index]!.DocFreq));
        var docs = Array.ConvertAll(order, i => binding.Enumerators.Positions(terms[i].Bytes, terms[i].States[segment.Index]!, segment.Live));
        var weight = terms.Sum(t => Bm25.Idf(t.DocFreq, binding.Snapshot.Count)) * (Bm25.K1 + 1);
        var cost = terms[order[0]].States[segment.Index]!.DocFreq;
        return new PositionPosting(docs, Array.ConvertAll(order, i => offsets[i]), limit, cost, weight, binding.Snapshot.NormTable, segment.Core.Norms);
    }
}

/// <summary>
/// All words that begin so, each worth 1 however often it occurs. Looks at no more than <see cref="MaxTerms"/> words of a segment, in alphabetical order; where there are
/// more, the total is a lower bound and the search says so.
/// </summary>
internal sealed class PrefixClause(TermField field, byte[] prefix) : Clause
{
    public const int MaxTerms = 4_096;

    public override bool IsTextBound => true;

    public override Posting? Bind(Binding binding)
    {
        var segment = binding.Segment;
        var terms = segment.Core.NewTermsEnum(field);
        var wanted = new BytesRef(prefix);
        if (terms is null || terms.SeekCeil(wanted) == TermsEnum.SeekStatus.END)
            return null;
        var bits = new ulong[(segment.Core.Keys.Length + 63) / 64];
        DocsEnum? docs = null;
        var seen = 0;
        do
        {
            if (!StringHelper.StartsWith(terms.Term, wanted))
                break;
            if (seen++ == MaxTerms)
            {
                binding.Budget.IsCut = true;
                break;
            }

            docs = terms.Docs(segment.Live, docs, DocsFlags.NONE);
            for (var doc = docs.NextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.NextDoc())
                bits[doc >> 6] |= 1UL << (doc & 63);
            if (binding.Budget.Spend(64 + terms.DocFreq))
                break;
        }
        while (terms.MoveNext());

        var count = bits.Sum(word => (long)BitOperations.PopCount(word));
        return count == 0 ? null : new BitSetPosting(bits, count, 1f);
    }
}

internal sealed class AnyClause(Clause[] parts) : Clause
{
    public IReadOnlyList<Clause> Parts => parts;

    public override bool IsTextBound { get; } = parts.All(p => p.IsTextBound);

    public override Posting? Bind(Binding binding) => parts.Select(p => p.Bind(binding)).OfType<Posting>().ToArray() switch
    {
        [] => null,
        [var only] => only,
        var several => new AnyPosting(several),
    };
}

internal sealed class AllClause(Clause[] parts, Clause[] excluded) : Clause
{
    public override bool IsTextBound { get; } = parts.Any(p => p.IsTextBound);

    public override Posting? Bind(Binding binding)
    {
        var bound = new Posting[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].Bind(binding) is not { } posting)
                return null;
            bound[i] = posting;
        }

        return new AllPosting(bound, [.. excluded.Select(e => e.Bind(binding)).OfType<Posting>()]);
    }
}
