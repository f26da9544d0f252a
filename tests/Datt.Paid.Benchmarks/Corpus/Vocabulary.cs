using System.Text;

namespace Datt.Paid.Benchmarks.Corpus;

/// <summary>
/// Words in the order of their frequency: English function words first, then words built of syllables with English endings, so that
/// stop words, stemming and lengths of words behave as in prose.
/// </summary>
internal static class Vocabulary
{
    // Dropped by Lucene's English analysis; no query asks for them.
    private const string Stop =
        "the of and to in a is that for it as was with be by on not this are or at but an they their there if will no into then such these";

    private const string Frequent =
        "he his from which have had you were one all we can her has been more when would who so out up do any your what than its about " +
        "some could them other two may only now over also our after before most through where between how because each many very well " +
        "those must should first since under while both during without against every upon among within";

    private static readonly string[] Onsets =
        ["b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "br", "cl", "cr", "dr", "fl", "gr", "pl", "pr",
         "sc", "sh", "sl", "sp", "st", "str", "th", "tr", "ch", "", ""];

    private static readonly string[] Nuclei = ["a", "e", "i", "o", "u", "a", "e", "i", "o", "ai", "ea", "ee", "ou", "oo", "ie"];

    private static readonly string[] Codas = ["", "", "", "n", "r", "l", "t", "s", "m", "d", "ck", "nd", "nt", "st", "rt", "ll", "ng", "x"];

    private static readonly string[] Endings =
        ["", "", "", "", "", "s", "s", "ed", "ing", "er", "ly", "ness", "tion", "ment", "able", "al", "ity", "ful", "ist", "ize"];

    /// <summary>The words at the very head that no query asks for.</summary>
    public static IReadOnlySet<string> StopWords { get; } = Stop.Split(' ').ToHashSet(StringComparer.Ordinal);

    /// <summary>How many words at the head carry no topic.</summary>
    public static int FunctionWords { get; } = Stop.Split(' ').Length + Frequent.Split(' ').Length;

    /// <summary>The same words for the same seed and size.</summary>
    public static string[] Build(ulong seed, int size)
    {
        var random = new SplitMix(seed);
        // Alternately, so that some words that can be asked for are in nearly half of all records, as in prose.
        string[] stop = Stop.Split(' '), frequent = Frequent.Split(' ');
        string[] head = [.. stop.Zip(frequent, (s, f) => new[] { s, f }).SelectMany(pair => pair), .. frequent.Skip(stop.Length)];
        var seen = new HashSet<string>(head, StringComparer.Ordinal);
        var built = new List<(double Order, string Word)>(size);
        while (built.Count < size - head.Length)
        {
            var word = Word(ref random);
            // Frequent words are short, with exceptions.
            if (word.Length > 2 && seen.Add(word))
                built.Add((word.Length + 8 * random.Fraction(), word));
        }
        built.Sort((a, b) => a.Order != b.Order ? a.Order.CompareTo(b.Order) : string.CompareOrdinal(a.Word, b.Word));
        return [.. head, .. built.Select(b => b.Word)];
    }

    private static string Word(ref SplitMix random)
    {
        var word = new StringBuilder();
        var syllables = 1 + random.Below(6) / 2;
        for (var i = 0; i < syllables; i++)
            word.Append(Onsets[random.Below(Onsets.Length)]).Append(Nuclei[random.Below(Nuclei.Length)]);
        word.Append(Codas[random.Below(Codas.Length)]);
        return word.Append(Endings[random.Below(Endings.Length)]).ToString();
    }
}
