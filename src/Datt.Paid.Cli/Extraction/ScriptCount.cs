namespace Datt.Paid.Cli.Extraction;

/// <summary>How many letters of a text are of which script, and the letters that tell languages of one script apart.</summary>
public sealed class ScriptCount
{
    private readonly Dictionary<string, int> _scripts = [];
    private readonly Dictionary<char, int> _letters = [];

    /// <summary>All letters.</summary>
    public int Letters { get; private set; }

    /// <summary>Of these, those of which a word needs only one or two.</summary>
    public int Ideographs => Share("han") + Share("kana") + Share("hangul");

    /// <summary>Whether most letters are Latin.</summary>
    public bool IsLatin => Share("latin") * 2 > Letters;

    public static ScriptCount Of(string text)
    {
        var count = new ScriptCount();
        foreach (var c in text)
        {
            if (ScriptOf(c) is { } script)
            {
                count.Letters++;
                count._scripts[script] = count.Share(script) + 1;
                if (script is "cyrillic" or "arabic")
                {
                    var lower = char.ToLowerInvariant(c);
                    count._letters[lower] = count._letters.GetValueOrDefault(lower) + 1;
                }
            }
        }

        return count;
    }

    /// <summary>The language, where the script of most letters tells it.</summary>
    public string? Language()
    {
        // Japanese mixes its own syllables into Chinese characters; a tenth of them is more than a quotation.
        if (Ideographs * 3 > Letters)
        {
            return Share("hangul") * 2 > Ideographs ? "ko" : Share("kana") * 10 > Ideographs ? "ja" : "zh";
        }

        var main = _scripts.Count == 0 ? null : _scripts.MaxBy(s => s.Value).Key;
        return main is null || Share(main) * 2 <= Letters ? null : main switch
        {
            "cyrillic" => Cyrillic(),
            "arabic" => Those("ٹڈڑے") * 100 > Letters ? "ur" : Those("پچژگ") * 100 > Letters ? "fa" : "ar",
            "latin" => null,
            _ => main,
        };
    }

    private string? Cyrillic() =>
        Those("їєґ") > 0 && Those("ыэё") == 0 ? "uk"
        : Those("ђјљњћџ") > 0 && Those("ыэё") == 0 ? "sr"
        : Those("ыэё") * 200 > Letters ? "ru"
        : Those("ъ") * 200 > Letters ? "bg"
        : null;

    private int Those(string letters) => letters.Sum(c => _letters.GetValueOrDefault(c));

    private int Share(string script) => _scripts.GetValueOrDefault(script);

    private static string? ScriptOf(char c) => c switch
    {
        (>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or (>= '\u00C0' and <= '\u024F' and not ('×' or '÷')) => "latin",
        >= '\u0370' and <= '\u03FF' => "el",
        >= '\u0400' and <= '\u052F' => "cyrillic",
        >= '\u0531' and <= '\u058F' => "hy",
        >= '\u05D0' and <= '\u05EA' => "he",
        >= '\u0620' and <= '\u06D3' => "arabic",
        >= '\u0904' and <= '\u0939' => "hi",
        >= '\u0E01' and <= '\u0E4E' => "th",
        >= '\u10D0' and <= '\u10FF' => "ka",
        >= '\u3041' and <= '\u30FF' => "kana",
        >= '\u3400' and <= '\u9FFF' => "han",
        >= '\uAC00' and <= '\uD7A3' => "hangul",
        _ => null,
    };
}
