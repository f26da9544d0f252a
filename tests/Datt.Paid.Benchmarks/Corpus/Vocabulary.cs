using System.Text;

namespace Datt.Paid.Benchmarks.Corpus;

/// <summary>
/// Words in the order of their frequency: English function words first, then words built of syllables with English endings, so that
/// stop words, stemming and lengths of words behave as in prose.
/// </summary>
internal static class Vocabulary
{
    private const string Function =
        "the of and to in a is that for it as was with be by on not he i this are or his from at which but have an had they you were " +
        "their one all we can her has there been if more when will would who so no out up into do any your what than its about then " +
        "some could them other these two may only now over such our also after before most through where between how because each " +
        "many very well those must should first since under while both during without against every upon among within";

    // Function words that the texts do without; a built word must not look like one either.
    private const string OtherFunction =
        "me my myself ours ourselves yours yourself yourselves him himself she hers herself itself theirs themselves whom am being having " +
        "does did doing ought until above below down off again further once here why few nor own same too don shan won ain aren couldn " +
        "didn doesn hadn hasn haven isn ma mightn mustn needn shouldn wasn weren wouldn";

    private static readonly string[] Onsets =
        ["b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "br", "cl", "cr", "dr", "fl", "gr", "pl", "pr",
         "sc", "sh", "sl", "sp", "st", "str", "th", "tr", "ch", "", ""];

    private static readonly string[] Nuclei = ["a", "e", "i", "o", "u", "a", "e", "i", "o", "ai", "ea", "ee", "ou", "oo", "ie"];

    private static readonly string[] Codas = ["", "", "", "n", "r", "l", "t", "s", "m", "d", "ck", "nd", "nt", "st", "rt", "ll", "ng", "x"];

    private static readonly string[] Endings =
        ["", "", "", "", "", "s", "s", "ed", "ing", "er", "ly", "ness", "tion", "ment", "able", "al", "ity", "ful", "ist", "ize"];

    /// <summary>Words that no query asks for, because one engine or another drops them.</summary>
    public static IReadOnlySet<string> FunctionWords { get; } = Function.Split(' ').ToHashSet(StringComparer.Ordinal);

    /// <summary>How many words at the head are of every topic: function words and others by turns.</summary>
    public static int CommonWords => 2 * FunctionWords.Count;

    /// <summary>The same words for the same seed and size.</summary>
    public static string[] Build(ulong seed, int size)
    {
        var random = new SplitMix(seed);
        var function = Function.Split(' ');
        var seen = function.Concat(OtherFunction.Split(' ')).ToHashSet(StringComparer.Ordinal);
        var built = new List<(double Order, string Word)>(size);
        while (built.Count < size - function.Length)
        {
            var word = Word(ref random);
            // Frequent words are short, with exceptions.
            if (word.Length > 2 && seen.Add(word))
                built.Add((word.Length + 8 * random.Fraction(), word));
        }
        built.Sort((a, b) => a.Order != b.Order ? a.Order.CompareTo(b.Order) : string.CompareOrdinal(a.Word, b.Word));
        // By turns, so that some words that can be asked for are in nearly half of all records, as in prose.
        return [.. function.SelectMany((f, i) => new[] { f, built[i].Word }), .. built.Skip(function.Length).Select(b => b.Word)];
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
