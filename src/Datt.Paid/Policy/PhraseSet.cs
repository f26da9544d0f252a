using System.Text;
using Datt.Paid.Search.Analysis;

namespace Datt.Paid.Policy;

/// <summary>
/// Words and phrases that are looked for in texts, folded as search folds them (letter case, accents), not stemmed. Words are those of the search; a single
/// character of a script without spaces is found wherever it stands. Immutable, thread-safe.
/// </summary>
internal sealed class PhraseSet
{
    /// <summary>Most words of a phrase.</summary>
    public const int MaxWords = 5;

    [ThreadStatic]
    private static Scratch? _scratch;

    private readonly Dictionary<string, List<string[]>> _byFirst = new(StringComparer.Ordinal);
    private readonly HashSet<string> _characters = new(StringComparer.Ordinal);

    /// <param name="phrases">Folded words with one space between them: what <see cref="Fold"/> gives.</param>
    public PhraseSet(IEnumerable<string> phrases)
    {
        foreach (var phrase in phrases)
        {
            var words = phrase.Split(' ');
            if (words.Length == 1 && IsCharacter(words[0]))
                _characters.Add(words[0]);
            else if (_byFirst.TryGetValue(words[0], out var others))
                others.Add(words);
            else
                _byFirst[words[0]] = [words];
        }
    }

    public bool IsEmpty => _byFirst.Count == 0 && _characters.Count == 0;

    /// <summary>The folded words of a text.</summary>
    public static List<string> Fold(string text)
    {
        var scratch = _scratch ??= new Scratch();
        var words = new List<string>();
        var scanner = new WordScanner(text);
        while (scanner.Next())
        {
            if (!scanner.IsTail && scratch.Fold(scanner.Word) is { Length: > 0 } word)
                words.Add(word.ToString());
        }

        return words;
    }

    /// <summary>Whether one of the phrases is in the text.</summary>
    public bool IsIn(string text)
    {
        var scratch = _scratch ??= new Scratch();
        scratch.Clear();
        var scanner = new WordScanner(text);
        while (scanner.Next())
        {
            var word = scratch.Fold(scanner.Word);
            if (word.IsEmpty)
                continue;
            if (_characters.Count > 0 && Rune.DecodeFromUtf16(word, out _, out var size) == System.Buffers.OperationStatus.Done
                && _characters.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word[..size]))
                return true;
            if (!scanner.IsTail && _byFirst.Count > 0)
                scratch.Keep(word);
        }

        var byFirst = _byFirst.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var at = 0; at < scratch.Count; at++)
        {
            if (byFirst.TryGetValue(scratch[at], out var phrases) && IsOneAt(phrases, scratch, at))
                return true;
        }

        return false;
    }

    private static bool IsOneAt(List<string[]> phrases, Scratch words, int at)
    {
        foreach (var phrase in phrases)
        {
            if (at + phrase.Length > words.Count)
                continue;
            var same = 1;
            while (same < phrase.Length && words[at + same].SequenceEqual(phrase[same]))
                same++;
            if (same == phrase.Length)
                return true;
        }

        return false;
    }

    private static bool IsCharacter(string word)
    {
        var scanner = new WordScanner(word);
        return scanner.Next() && scanner.IsSingle;
    }

    /// <summary>The folded words of one text after each other, in memory that is used again.</summary>
    private sealed class Scratch
    {
        private readonly char[] _lower = new char[Word.MaxLength];
        private readonly char[] _folded = new char[Folding.Room(Word.MaxLength)];
        private char[] _letters = new char[4_096];
        private int[] _ends = new int[512];

        public int Count { get; private set; }

        public ReadOnlySpan<char> this[int index] => _letters.AsSpan((index == 0 ? 0 : _ends[index - 1]).._ends[index]);

        public void Clear() => Count = 0;

        /// <summary>A word folded; valid until the next call.</summary>
        public ReadOnlySpan<char> Fold(ReadOnlySpan<char> word)
        {
            var length = Folding.Lower(word[..Math.Min(word.Length, Word.MaxLength)], _lower, dotlessI: false);
            return _folded.AsSpan(0, Folding.Fold(_lower, length, _folded));
        }

        public void Keep(ReadOnlySpan<char> word)
        {
            var start = Count == 0 ? 0 : _ends[Count - 1];
            if (start + word.Length > _letters.Length)
                Array.Resize(ref _letters, 2 * (start + word.Length));
            if (Count == _ends.Length)
                Array.Resize(ref _ends, 2 * Count);
            word.CopyTo(_letters.AsSpan(start));
            _ends[Count++] = start + word.Length;
        }
    }
}
