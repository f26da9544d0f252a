using System.Numerics;

namespace Datt.Paid.Search.Execution;

/// <summary>Which of the documents that the postings name count: by columns, not by terms.</summary>
/// <param name="Since">Milliseconds since the Unix epoch, inclusive.</param>
/// <param name="Until">The same.</param>
/// <param name="Language">Id of the only language; 0 for all.</param>
internal readonly record struct Admission(long Since, long Until, byte Language)
{
    public bool AdmitsAll => Since == long.MinValue && Until == long.MaxValue && Language == 0;

    public bool Admits(SegmentCore core, int doc) =>
        (Language == 0 || core.Languages[doc] == Language) && core.Dates[doc] >= Since && core.Dates[doc] <= Until;
}

/// <summary>Carries a query out in one segment.</summary>
/// <param name="segment">The segment.</param>
/// <param name="admission">Which documents count.</param>
/// <param name="excluded">What never may match.</param>
/// <param name="top">Where the hits go.</param>
/// <param name="byDate">Whether hits rank by date, not by score.</param>
/// <param name="scratch">Room to work in.</param>
/// <param name="budget">Time and cancellation.</param>
internal sealed class Matcher(
    Segment segment, Admission admission, Posting[] excluded, TopHits top, bool byDate, BlockScratch scratch, SearchBudget budget)
{
    private readonly SegmentCore _core = segment.Core;
    private readonly bool _plain = admission.AdmitsAll && excluded.Length == 0 && segment.Live is null;

    /// <summary>All of them must match. Those that score come first among the parts, in the order of the query, so that sums are the same everywhere.</summary>
    public void MatchAll(Posting[] scoring, Posting[] filters)
    {
        if (!byDate && BlockMatcher.TryMatch(_core, scoring, filters, _plain ? null : Admits, top, scratch, budget))
            return;
        Posting[] driving = [.. scoring, .. filters];
        Array.Sort(driving, (a, b) => a.Cost.CompareTo(b.Cost));
        var lead = driving[0];
        var doc = lead.Next();
        while (doc != Posting.End)
        {
            if (budget.Spend(driving.Length))
                return;
            var other = Conjunction.Align(driving, doc);
            if (other != doc)
            {
                doc = lead.Advance(other);
                continue;
            }

            if (_plain || Admits(doc))
                Hit(doc, scoring);
            doc = lead.Next();
        }
    }

    /// <summary>
    /// At least one of them must match, and all of the filters; documents that match <paramref name="all"/> come before the others.
    /// </summary>
    /// <param name="scoring">Clauses in the order of the query.</param>
    /// <param name="all">How many matching clauses make a full match.</param>
    /// <param name="filters">What must match besides; those that score are added.</param>
    public void MatchAny(Posting[] scoring, int all, Posting[] filters)
    {
        if (!byDate && filters.Length == 0 && excluded.Length == 0
            && UnionMatcher.TryMatch(_core, scoring, all, _plain ? null : Admits, top, scratch, budget))
        {
            return;
        }

        var window = scratch.Window;
        foreach (var posting in scoring)
            posting.Next();
        while (true)
        {
            var first = Posting.End;
            foreach (var posting in scoring)
                first = Math.Min(first, posting.Doc);
            if (first == Posting.End)
                return;
            window.MoveTo(first);
            foreach (var posting in scoring)
            {
                if (!budget.Spend(posting.AddTo(window) + 1))
                    continue;
                window.Clear();
                return;
            }

            Offer(window, all, filters);
        }
    }

    private void Offer(ScoreWindow window, int all, Posting[] filters)
    {
        var (scores, matched, touched) = (window.Scores, window.Matched, window.Touched);
        for (var word = 0; word < touched.Length; word++)
        {
            for (var bits = touched[word]; bits != 0; bits &= bits - 1)
            {
                var at = (word << 6) + BitOperations.TrailingZeroCount(bits);
                Offer(window.Begin + at, scores[at], matched[at] >= all ? (byte)0 : (byte)1, filters);
                scores[at] = 0;
                matched[at] = 0;
            }

            touched[word] = 0;
        }
    }

    private bool Admits(int doc) =>
        (segment.Live is not { } live || live.Get(doc)) && admission.Admits(_core, doc) && !Conjunction.IsExcluded(excluded, doc);

    private void Hit(int doc, Posting[] scoring)
    {
        top.Total++;
        if (byDate && !top.MayKeep(0, _core.Dates[doc]))
            return;
        var score = 0f;
        foreach (var posting in scoring)
            score += posting.Score();
        var rank = byDate ? _core.Dates[doc] : HitRank.OfScore(score);
        if (top.MayKeep(0, rank))
            top.Offer(_core, doc, 0, rank, score);
    }

    private void Offer(int doc, float score, byte group, Posting[] filters)
    {
        foreach (var filter in filters)
        {
            if ((filter.Doc < doc ? filter.Advance(doc) : filter.Doc) != doc)
                return;
            score += filter.Score();
        }

        if (!_plain && !Admits(doc))
            return;
        top.Total++;
        var rank = byDate ? _core.Dates[doc] : HitRank.OfScore(score);
        if (top.MayKeep(group, rank))
            top.Offer(_core, doc, group, rank, score);
    }
}
