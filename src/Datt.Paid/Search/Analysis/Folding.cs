using System.Globalization;
using Lucene.Net.Analysis.Miscellaneous;

namespace Datt.Paid.Search.Analysis;

/// <summary>Takes away what distinguishes spellings of one word: letter case, accents, presentation forms, digits of other scripts.</summary>
internal static class Folding
{
    /// <summary>Room that folding <paramref name="length"/> characters may need: one character becomes at most four.</summary>
    public static int Room(int length) => 4 * length;

    /// <summary>Lower case without marks that no word is distinguished by; letters keep their accents.</summary>
    /// <returns>Length of the result.</returns>
    public static int Lower(ReadOnlySpan<char> word, Span<char> into, bool dotlessI)
    {
        var length = 0;
        foreach (var letter in word)
        {
            if (char.IsAscii(letter))
            {
                into[length++] = letter == 'I' && dotlessI ? 'ı' : char.ToLowerInvariant(letter);
                continue;
            }

            if (letter == 'İ')
            {
                into[length++] = 'i';
                continue;
            }

            if (IsDropped(letter))
                continue;
            if (char.IsDigit(letter))
                into[length++] = (char)('0' + CharUnicodeInfo.GetDecimalDigitValue(letter));
            else
                into[length++] = Plain(char.ToLowerInvariant(letter));
        }

        return length;
    }

    /// <summary>Letters without their accents.</summary>
    /// <returns>Length of the result in <paramref name="into"/>, which has <see cref="Room"/>.</returns>
    public static int Fold(char[] word, int length, char[] into)
    {
        if (System.Text.Ascii.IsValid(word.AsSpan(0, length)))
        {
            word.AsSpan(0, length).CopyTo(into);
            return length;
        }

        return ASCIIFoldingFilter.FoldToASCII(word, 0, into, 0, length);
    }

    /// <summary>Combining accents, Hebrew points, Arabic vowel signs and tatweel, soft hyphen, zero-width joiners.</summary>
    private static bool IsDropped(char letter) => letter
        is (>= '\u0300' and <= '\u036F') or (>= '\u0591' and <= '\u05C7') or (>= '\u064B' and <= '\u065F')
        or '\u0640' or '\u0670' or '\u00AD' or '\u200C' or '\u200D';

    /// <summary>Variants of letters in Greek, Cyrillic and Arabic.</summary>
    private static char Plain(char letter) => letter switch
    {
        'ά' => 'α',
        'έ' => 'ε',
        'ή' => 'η',
        'ί' or 'ϊ' or 'ΐ' => 'ι',
        'ό' => 'ο',
        'ύ' or 'ϋ' or 'ΰ' => 'υ',
        'ώ' => 'ω',
        'ς' => 'σ',
        'ё' => 'е',
        'أ' or 'إ' or 'آ' => 'ا',
        'ى' => 'ي',
        'ة' => 'ه',
        _ => letter,
    };
}
