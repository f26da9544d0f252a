using System.Globalization;
using System.Text;

namespace Datt.Paid.Search.Analysis;

/// <summary>
/// Finds the words of a text: runs of letters, digits and their marks. In scripts written without spaces (Chinese, Japanese, Korean, Thai, Lao, Khmer,
/// Burmese) every two neighbouring characters are a word, and the last character of a run is one by itself, so that a single character can be looked up as
/// the beginning of a word.
/// </summary>
internal ref struct WordScanner
{
    private const byte Separator = 0;
    private const byte Letter = 1;
    private const byte Unspaced = 2;
    private const byte Surrogate = 3;

    private static readonly byte[] Classes = BuildClasses();

    private readonly ReadOnlySpan<char> _text;
    private int _next;
    private int _runEnd;

    public WordScanner(ReadOnlySpan<char> text) => _text = text;

    /// <summary>Where the word begins.</summary>
    public int Start { get; private set; }

    /// <summary>How long it is, in UTF-16 units.</summary>
    public int Length { get; private set; }

    /// <summary>Whether it is the single last character of a longer run: of use in an index, not in a phrase that is looked for.</summary>
    public bool IsTail { get; private set; }

    /// <summary>Whether it is a single character of an unspaced script, tail or not.</summary>
    public bool IsSingle { get; private set; }

    public readonly ReadOnlySpan<char> Word => _text.Slice(Start, Length);

    public bool Next()
    {
        if (_next < _runEnd)
            return NextOfRun(first: false);
        var text = _text;
        var at = _next;
        while (at < text.Length)
        {
            var kind = KindAt(text, at, out var size);
            if (kind == Separator)
            {
                at += size;
                continue;
            }

            var start = at;
            do
                at += size;
            while (at < text.Length && KindAt(text, at, out size) == kind);
            if (kind == Unspaced)
            {
                _next = start;
                _runEnd = at;
                return NextOfRun(first: true);
            }

            Start = start;
            Length = at - start;
            IsTail = false;
            IsSingle = false;
            _next = at;
            return true;
        }

        _next = at;
        return false;
    }

    private bool NextOfRun(bool first)
    {
        var size = SizeAt(_text, _next);
        var second = _next + size;
        Start = _next;
        IsSingle = second >= _runEnd;
        IsTail = IsSingle && !first;
        Length = second >= _runEnd ? size : size + SizeAt(_text, second);
        _next = second;
        return true;
    }

    private static int SizeAt(ReadOnlySpan<char> text, int at) =>
        char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;

    private static byte KindAt(ReadOnlySpan<char> text, int at, out int size)
    {
        var kind = Classes[text[at]];
        size = 1;
        if (kind != Surrogate)
            return kind;
        if (Rune.DecodeFromUtf16(text[at..], out var rune, out size) != System.Buffers.OperationStatus.Done)
            return Separator;
        return KindOf(rune);
    }

    private static byte KindOf(Rune rune)
    {
        var value = rune.Value;
        if (IsUnspaced(value))
            return Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
                ? Unspaced
                : Rune.IsDigit(rune) ? Letter : Separator;

        // Soft hyphen and the zero-width joiners stand inside words; folding drops them.
        if (value is 0xAD or 0x200C or 0x200D)
            return Letter;
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
                or UnicodeCategory.OtherLetter or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber
                or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark => Letter,
            _ => Separator,
        };
    }

    private static bool IsUnspaced(int value) => value
        is (>= 0x0E00 and <= 0x0EFF) // Thai, Lao
        or (>= 0x1000 and <= 0x109F) // Burmese
        or (>= 0x1100 and <= 0x11FF) // Hangul Jamo
        or (>= 0x1780 and <= 0x17FF) // Khmer
        or (>= 0x3005 and <= 0x3007)
        or (>= 0x3040 and <= 0x31FF) // Kana, Bopomofo, Hangul compatibility
        or (>= 0x3400 and <= 0x9FFF) // Han
        or (>= 0xAC00 and <= 0xD7FF) // Hangul
        or (>= 0xF900 and <= 0xFAFF)
        or (>= 0xFF66 and <= 0xFFDC) // half-width Kana and Hangul
        or (>= 0x20000 and <= 0x3FFFF);

    private static byte[] BuildClasses()
    {
        var classes = new byte[char.MaxValue + 1];
        for (var value = 0; value < classes.Length; value++)
            classes[value] = char.IsSurrogate((char)value) ? Surrogate : KindOf(new Rune((char)value));
        return classes;
    }
}
