using System.Text;

namespace Datt.Paid.Cli.Extraction;

/// <summary>
/// Guesses the language of a text: by its script where that tells, else by counting the commonest words of the larger European
/// languages. Says nothing when unsure, since a wrong language hides a text from those who search in the right one.
/// </summary>
public static class LanguageDetector
{
    private const int LookedAt = 20_000;
    private const int LeastLetters = 20;
    private const int LeastWords = 3;

    /// <summary>ISO 639-1 code, or null.</summary>
    public static string? Detect(string text)
    {
        var head = text.Length > LookedAt ? text[..LookedAt] : text;
        var scripts = ScriptCount.Of(head);
        return scripts.Letters < LeastLetters && scripts.Ideographs < 8 ? null : scripts.Language() ?? (scripts.IsLatin ? ByWords(head) : null);
    }

    private static string? ByWords(string text)
    {
        var counts = new int[StopWords.Languages.Count];
        var words = 0;
        foreach (var word in Words(text))
        {
            words++;
            foreach (var language in StopWords.LanguagesOf(word))
            {
                counts[language]++;
            }
        }

        var best = 0;
        for (var i = 1; i < counts.Length; i++)
        {
            best = counts[i] > counts[best] ? i : best;
        }

        var second = counts.Where((_, i) => i != best).Max();
        var sure = counts[best] >= LeastWords && counts[best] * 100 >= words * 10 && counts[best] * 4 >= second * 5;
        return sure ? StopWords.Languages[best] : null;
    }

    private static IEnumerable<string> Words(string text)
    {
        var word = new StringBuilder();
        foreach (var c in text)
        {
            if (char.IsLetter(c))
            {
                word.Append(char.ToLowerInvariant(c));
            }
            else if (word.Length > 0)
            {
                yield return word.ToString();
                word.Clear();
            }
        }

        if (word.Length > 0)
        {
            yield return word.ToString();
        }
    }
}
