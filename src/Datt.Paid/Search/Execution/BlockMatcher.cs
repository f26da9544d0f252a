namespace Datt.Paid.Search.Execution;

/// <summary>What <see cref="BlockMatcher"/> writes into; used again by one search after the other.</summary>
internal sealed class BlockScratch
{
    /// <summary>Widest stretch of documents that a block of the rarest term may cover to be matched by places.</summary>
    public const int Places = 1 << 15;

    private readonly List<int[]> _frequencies = [];
    private ulong[] _seen = [];

    /// <summary>For each document of a stretch its place in the block, counted from 1; 0 elsewhere. All zero between blocks.</summary>
    public byte[] Place { get; } = new byte[Places];

    /// <summary>Places of the block that still match, counted from 0.</summary>
    public int[] Alive { get; } = new int[PostingCursor.BlockSize];

    public float[] TextScore { get; } = new float[PostingCursor.BlockSize];

    public ScoreWindow Window { get; } = new();

    /// <summary>A bit for each document of the segment. All zero between searches: whoever sets some clears them.</summary>
    public ulong[] Seen(int documents) => _seen.Length > 0 ? _seen : _seen = new ulong[(documents + 63) / 64];

    /// <summary>Frequencies by place, counted from 1; place 0 takes what matches nothing.</summary>
    public int[] Frequencies(int part)
    {
        while (_frequencies.Count <= part)
            _frequencies.Add(new int[PostingCursor.BlockSize + 1]);
        return _frequencies[part];
    }
}

/// <summary>
/// All of some terms must match: the commonest kind of query, carried out a block of the rarest term at a time. Where another term is not much more frequent, its documents
/// are looked up in a table of the block's; where it is, it is asked for each document of the block. What a word earns for the title is
/// read only for documents that can still come among the first.
/// </summary>
internal ref struct BlockMatcher
{
    /// <summary>Up to so many times more frequent, reading a term's documents one by one is faster than looking for some.</summary>
    private const int Denser = 12;

    private readonly SegmentCore _core;
    private readonly TopHits _top;
    private readonly BlockScratch _scratch;
    private readonly Part[] _parts;
    private readonly PostingCursor _lead;
    private readonly float _mostOfTitles;
    private int _first;
    private int _last;
    private bool _hasPlaces;

    private BlockMatcher(SegmentCore core, TopHits top, BlockScratch scratch, Part[] parts)
    {
        (_core, _top, _scratch, _parts) = (core, top, scratch, parts);
        _lead = parts[0].Docs;
        foreach (var part in parts)
            _mostOfTitles += part.Title?.Most() ?? 0;
    }

    /// <param name="Docs">Where it occurs.</param>
    /// <param name="Text">What a document earns; null for a filter.</param>
    /// <param name="Title">What it earns besides.</param>
    /// <param name="Order">Place in the query, so that sums are the same everywhere.</param>
    private sealed record Part(PostingCursor Docs, TermScore? Text, TermScore? Title, int Order);

    /// <summary>False where a clause is more than a term; then nothing was done.</summary>
    /// <param name="core">The segment.</param>
    /// <param name="scoring">Clauses that score, in the order of the query.</param>
    /// <param name="filters">Clauses that do not.</param>
    /// <param name="admits">Which documents count; null for all.</param>
    /// <param name="top">Where the hits go.</param>
    /// <param name="scratch">Room to work in.</param>
    /// <param name="budget">Time and cancellation.</param>
    public static bool TryMatch(
        SegmentCore core, Posting[] scoring, Posting[] filters, Func<int, bool>? admits, TopHits top, BlockScratch scratch, SearchBudget budget)
    {
        var parts = new Part[scoring.Length + filters.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            switch (i < scoring.Length ? scoring[i] : filters[i - scoring.Length])
            {
                case TermPosting term:
                    parts[i] = new Part(term.Text.Docs, term.Text, term.Title, i);
                    break;
                case FilterPosting filter:
                    parts[i] = new Part(filter.Docs, null, null, i);
                    break;
                default:
                    return false;
            }
        }

        if (parts.Length == 0)
            return false;
        if (parts.Length > 1)
            Array.Sort(parts, (a, b) => a.Docs.DocFreq != b.Docs.DocFreq ? a.Docs.DocFreq.CompareTo(b.Docs.DocFreq) : a.Order.CompareTo(b.Order));
        new BlockMatcher(core, top, scratch, parts).Run(admits, budget);
        return true;
    }

    private void Run(Func<int, bool>? admits, SearchBudget budget)
    {
        while (_lead.NextBlock() != Posting.End)
        {
            if (budget.Spend(_lead.Count * _parts.Length))
                return;
            var alive = Match(out var isOver);
            if (admits is not null)
                alive = Admit(admits, alive);
            if (alive > 0)
                Score(alive);
            if (isOver)
                return;
        }
    }

    /// <summary>Finds which documents of the block match every term.</summary>
    /// <returns>How many they are.</returns>
    private int Match(out bool isOver)
    {
        var docs = _lead.Docs;
        var count = _lead.Count;
        var alive = _scratch.Alive;
        for (var i = 0; i < count; i++)
            alive[i] = i;
        isOver = false;
        if (_parts.Length == 1)
            return count;
        _first = docs[0];
        _last = docs[count - 1];
        _hasPlaces = _last - _first < BlockScratch.Places && _parts[1].Docs.DocFreq <= (long)Denser * _lead.DocFreq;
        var place = _scratch.Place;
        if (_hasPlaces)
        {
            for (var i = 0; i < count; i++)
                place[docs[i] - _first] = (byte)(i + 1);
        }

        var left = count;
        for (var p = 1; p < _parts.Length && left > 0; p++)
        {
            left = MatchPart(p, docs, alive, left);
            isOver |= _parts[p].Docs.Doc == Posting.End;
        }

        if (_hasPlaces)
        {
            for (var i = 0; i < count; i++)
                place[docs[i] - _first] = 0;
        }

        return left;
    }

    private readonly int MatchPart(int p, int[] docs, int[] alive, int left)
    {
        var part = _parts[p];
        var cursor = part.Docs;
        var into = _scratch.Frequencies(p);
        var kept = 0;
        if (_hasPlaces && cursor.DocFreq <= (long)Denser * _lead.DocFreq)
        {
            Array.Clear(into);
            cursor.Scatter(_scratch.Place, _first, _last, into);
            for (var i = 0; i < left; i++)
            {
                var at = alive[i];
                alive[kept] = at;
                kept += into[at + 1] > 0 ? 1 : 0;
            }

            return kept;
        }

        for (var i = 0; i < left; i++)
        {
            var at = alive[i];
            var doc = docs[at];
            if ((cursor.Doc < doc ? cursor.Advance(doc) : cursor.Doc) != doc)
                continue;
            into[at + 1] = part.Text is null ? 1 : cursor.Freq();
            alive[kept++] = at;
        }

        return kept;
    }

    private readonly int Admit(Func<int, bool> admits, int count)
    {
        var alive = _scratch.Alive;
        var kept = 0;
        for (var i = 0; i < count; i++)
        {
            if (admits(_lead.Docs[alive[i]]))
                alive[kept++] = alive[i];
        }

        return kept;
    }

    private readonly void Score(int count)
    {
        _top.Total += count;
        var docs = _lead.Docs;
        var alive = _scratch.Alive;
        var scores = _scratch.TextScore;
        scores.AsSpan(0, count).Clear();
        for (var p = 0; p < _parts.Length; p++)
        {
            if (_parts[p].Text is not { } text)
                continue;
            if (p == 0)
                text.AddTo(scores, docs, alive.AsSpan(0, count), _lead.Freqs());
            else
                text.AddTo(scores, docs, alive.AsSpan(0, count), _scratch.Frequencies(p).AsSpan(1));
        }

        for (var i = 0; i < count; i++)
        {
            // The bound is wider than what additions in another order can differ by.
            if (!_top.MayKeep(0, HitRank.OfScore((scores[i] + _mostOfTitles) * 1.00001f)))
                continue;
            var doc = docs[alive[i]];
            var score = Exact(doc, alive[i]);
            var rank = HitRank.OfScore(score);
            if (_top.MayKeep(0, rank))
                _top.Offer(_core, doc, 0, rank, score);
        }
    }

    /// <summary>The sum in the order of the query.</summary>
    private readonly float Exact(int doc, int at)
    {
        var sum = 0f;
        for (var order = 0; order < _parts.Length; order++)
        {
            for (var p = 0; p < _parts.Length; p++)
            {
                if (_parts[p].Order != order || _parts[p].Text is not { } text)
                    continue;
                var score = text.Of(doc, p == 0 ? _lead.Freqs()[at] : _scratch.Frequencies(p)[at + 1]);
                sum += _parts[p].Title is { } title ? score + title.At(doc) : score;
            }
        }

        return sum;
    }
}
