using System.Text;

namespace Datt.Paid.Search.Analysis;

/// <summary>
/// Turns words into terms, and remembers the words it met last: texts repeat a few words most of the time, and a remembered word costs no folding, no
/// stemming and no allocation. Thread-safe: places are overwritten whole, by reference.
/// </summary>
internal sealed class WordAnalyzer
{
    private readonly Word?[] _known;

    /// <param name="places">How many words are remembered at most, each about 150 bytes; a power of two.</param>
    public WordAnalyzer(int places = 65_536) => _known = new Word?[places];

    public Word Analyze(ReadOnlySpan<char> source, Language language)
    {
        if (source.Length > Word.MaxLength)
            source = source[..(char.IsHighSurrogate(source[Word.MaxLength - 1]) ? Word.MaxLength - 1 : Word.MaxLength)];
        // Each word has two places; a new one takes the first and moves what stood there to the second.
        var place = PlaceOf(source, language);
        var first = _known[place];
        if (Is(first, source, language))
            return first!;
        var second = _known[place ^ 1];
        if (Is(second, source, language))
            return second!;
        _known[place ^ 1] = first;
        return _known[place] = Make(source, language);
    }

    private static bool Is(Word? known, ReadOnlySpan<char> source, Language language) =>
        known is not null && ReferenceEquals(known.Language, language) && source.SequenceEqual(known.Source);

    /// <summary>The folded word without a language in front: what the beginnings of words are compared with.</summary>
    public static string Surface(ReadOnlySpan<char> source, Language language)
    {
        if (source.Length > Word.MaxLength)
            source = source[..Word.MaxLength];
        var lower = new char[source.Length];
        var length = Folding.Lower(source, lower, language.DotlessI);
        var folded = new char[Folding.Room(length)];
        return new string(folded, 0, Folding.Fold(lower, length, folded));
    }

    public static byte[] Encode(Language language, ReadOnlySpan<char> term)
    {
        var bytes = new byte[1 + Encoding.UTF8.GetByteCount(term)];
        bytes[0] = language.Id;
        Encoding.UTF8.GetBytes(term, bytes.AsSpan(1));
        return bytes;
    }

    private static Word Make(ReadOnlySpan<char> source, Language language)
    {
        // A stemmer may write a little beyond the word's length.
        var lower = new char[source.Length + 16];
        var length = Folding.Lower(source, lower, language.DotlessI);
        var folded = new char[Folding.Room(lower.Length)];
        var foldedLength = Folding.Fold(lower, length, folded);
        if (foldedLength == 0 || language.IsStopWord(lower, length) || language.IsStopWord(folded, foldedLength))
            return new Word(source.ToString(), language, [], []);
        var surface = Encode(language, folded.AsSpan(0, foldedLength));
        if (!language.Stems)
            return new Word(source.ToString(), language, surface, surface);

        ReadOnlySpan<char> stem;
        if (language.FoldsFirst)
        {
            stem = folded.AsSpan(0, language.StemInPlace(folded, foldedLength));
        }
        else
        {
            var stemmed = language.StemInPlace(lower, length);
            stem = folded.AsSpan(0, Folding.Fold(lower, stemmed, folded));
        }

        return new Word(source.ToString(), language, stem.IsEmpty ? surface : Encode(language, stem), surface);
    }

    private int PlaceOf(ReadOnlySpan<char> source, Language language)
    {
        var hash = 2_166_136_261u + language.Id;
        foreach (var letter in source)
            hash = (hash ^ letter) * 16_777_619u;
        return (int)((hash ^ (hash >> 15)) & (uint)(_known.Length - 1));
    }
}
