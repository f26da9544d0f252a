namespace Datt.Paid.Search.Execution;

/// <summary>Documents that match every one of some clauses and none of others; inside a larger query.</summary>
internal sealed class AllPosting : Posting
{
    private readonly Posting[] _parts;
    private readonly Posting[] _driving;
    private readonly Posting[] _excluded;

    public AllPosting(Posting[] parts, Posting[] excluded)
    {
        _parts = parts;
        _excluded = excluded;
        _driving = [.. parts.OrderBy(p => p.Cost)];
    }

    public override long Cost => _driving[0].Cost;

    public override int Next() => Align(_driving[0].Next());

    public override int Advance(int target) => Align(_driving[0].Advance(target));

    public override float Score()
    {
        var score = 0f;
        foreach (var part in _parts)
            score += part.Score();
        return score;
    }

    private int Align(int doc)
    {
        while (doc != End)
        {
            var other = Conjunction.Align(_driving, doc);
            if (other != doc)
                doc = _driving[0].Advance(other);
            else if (Conjunction.IsExcluded(_excluded, doc))
                doc = _driving[0].Next();
            else
                break;
        }

        return Doc = doc;
    }
}

/// <summary>Documents that match at least one of some clauses; inside a larger query.</summary>
internal sealed class AnyPosting(Posting[] parts) : Posting
{
    public override long Cost { get; } = parts.Sum(p => p.Cost);

    public override int Next() => Advance(Doc + 1);

    public override int Advance(int target)
    {
        var least = End;
        foreach (var part in parts)
            least = Math.Min(least, part.Doc < target ? part.Advance(target) : part.Doc);
        return Doc = least;
    }

    public override float Score()
    {
        var score = 0f;
        foreach (var part in parts)
        {
            if (part.Doc == Doc)
                score += part.Score();
        }

        return score;
    }
}

/// <summary>Steps that conjunctions share.</summary>
internal static class Conjunction
{
    /// <summary>Moves all but the first to <paramref name="doc"/>.</summary>
    /// <returns>The same if all are there, else the first document beyond it that may match.</returns>
    public static int Align(Posting[] driving, int doc)
    {
        for (var i = 1; i < driving.Length; i++)
        {
            var other = driving[i].Doc < doc ? driving[i].Advance(doc) : driving[i].Doc;
            if (other != doc)
                return other;
        }

        return doc;
    }

    public static bool IsExcluded(Posting[] excluded, int doc)
    {
        foreach (var posting in excluded)
        {
            if ((posting.Doc < doc ? posting.Advance(doc) : posting.Doc) == doc)
                return true;
        }

        return false;
    }
}
