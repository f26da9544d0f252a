namespace Datt.Paid.Benchmarks.Corpus;

/// <summary>Distinct queries of one kind, in an order that no prefix of it is heavier than another, and how many records each matches.</summary>
internal sealed record QuerySet(string Name, string[] Queries, double MeanMatches)
{
    private const int MostMatchesOfLight = 1_000;
    private const int Page = 10;

    /// <summary>
    /// One to three distinct words of one record each, function words aside, so that every candidate matches something; the surface forms, as a
    /// person would type them.
    /// </summary>
    public static string[] Candidates(RecordGenerator records, ulong seed, int recordCount, int count)
    {
        var random = new SplitMix(seed ^ 0x9e51);
        var distinct = new HashSet<string>(StringComparer.Ordinal);
        while (distinct.Count < count)
        {
            var words = records.At(random.Below(recordCount)).Text.ToLowerInvariant()
                .Split([' ', ',', '.'], StringSplitOptions.RemoveEmptyEntries)
                .Where(w => w.Length > 2 && !Vocabulary.FunctionWords.Contains(w)).Distinct().ToArray();
            if (words.Length < 3)
                continue;
            var chosen = new string[WordsOf(random.Below(10))];
            for (var i = 0; i < chosen.Length; i++)
            {
                do
                    chosen[i] = words[random.Below(words.Length)];
                while (Array.IndexOf(chosen, chosen[i]) < i);
            }
            distinct.Add(string.Join(' ', chosen));
        }
        return [.. distinct];
    }

    /// <summary>
    /// Heavy: over 1,000 matches, mean about 10,000. Light: 10 to 1,000, mean about 180, so that a page fills without relaxing. Rare: fewer
    /// than a page, where the server adds records that match any of the words and the peers do not.
    /// </summary>
    public static (QuerySet Heavy, QuerySet Light, QuerySet Rare) Choose(
        string[] candidates, int[] matches, int recordCount, int heavySize, int size)
    {
        var scale = recordCount / 300_000.0;
        var all = candidates.Zip(matches).ToArray();
        return (
            Take("heavy", all.Where(c => c.Second > MostMatchesOfLight), 10_000 * scale, heavySize),
            Take("light", all.Where(c => c.Second is >= Page and <= MostMatchesOfLight), 180 * Math.Min(1, scale), size),
            Take("rare", all.Where(c => c.Second is > 0 and < Page), Page / 2, size));
    }

    private static int WordsOf(int tenth) => tenth switch { < 2 => 1, < 7 => 2, _ => 3 };

    // Keeps the running mean near the target by taking from whichever side of it is due, as long as there is something on it.
    private static QuerySet Take(string name, IEnumerable<(string Query, int Matches)> from, double mean, int size)
    {
        var above = new Queue<(string Query, int Matches)>(from.Where(c => c.Matches >= mean));
        var below = new Queue<(string Query, int Matches)>(from.Where(c => c.Matches < mean));
        var taken = new List<string>(size);
        var sum = 0.0;
        while (taken.Count < size && ((sum <= mean * taken.Count ? above : below).TryDequeue(out var next) || below.TryDequeue(out next)))
        {
            taken.Add(next.Query);
            sum += next.Matches;
        }
        var order = new SplitMix((ulong)taken.Count);
        return new QuerySet(name, [.. taken.OrderBy(_ => order.Next())], taken.Count == 0 ? 0 : sum / taken.Count);
    }

    public override string ToString() => FormattableString.Invariant(
        $"{Name}: {Queries.Length} queries, {MeanMatches:F0} matches on the mean, for example '{string.Join("', '", Queries.Take(3))}'");
}
