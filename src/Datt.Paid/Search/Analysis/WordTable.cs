using System.Runtime.InteropServices;

namespace Datt.Paid.Search.Analysis;

/// <summary>
/// The words one indexing thread met last and what they become, side by side in one array: a text's words are looked up by the million, and what that costs is
/// the number of places in memory that each touches. What is not here is asked of the <see cref="WordAnalyzer"/>. Not thread-safe.
/// </summary>
internal sealed class WordTable
{
    private const int MaxSource = 32;
    private const int BytesPerPlace = 64;
    private const int Header = 4;

    private readonly WordAnalyzer _words;
    private readonly Place[] _places;
    private byte[] _bytes = [];
    private int _used;

    /// <param name="words">Who knows what is not in the table.</param>
    /// <param name="places">Words that are remembered at most, a power of two; each takes up to 72 bytes.</param>
    public WordTable(WordAnalyzer words, int places)
    {
        _words = words;
        _places = new Place[places];
    }

    /// <summary>What the word becomes. The arrays in it are not changed any more, also when the table forgets the word.</summary>
    public WordTerms Analyze(ReadOnlySpan<char> source, Language language)
    {
        if (source.Length > MaxSource)
            return Of(_words.Analyze(source, language));
        var hash = 2_166_136_261u + language.Id;
        foreach (var letter in source)
            hash = (hash ^ letter) * 16_777_619u;

        // Each word has two neighbouring places; a new one takes the first and moves what stood there to the second.
        var at = (int)((hash ^ (hash >> 15)) & (uint)(_places.Length - 1));
        ref var first = ref _places[at];
        if (first.Hash == hash && Is(first.Offset, source, language))
            return At(first.Offset);
        ref var second = ref _places[at ^ 1];
        if (second.Hash == hash && Is(second.Offset, source, language))
            return At(second.Offset);

        var word = _words.Analyze(source, language);
        if (word.Term.Length > byte.MaxValue || word.Surface.Length > byte.MaxValue)
            return Of(word);
        var offset = Write(word);
        second = first;
        first = new(hash, offset);
        return At(offset);
    }

    private static WordTerms Of(Word word) => new(word.Term, 0, word.Term.Length, word.Surface, 0, word.Surface.Length);

    private bool Is(int offset, ReadOnlySpan<char> source, Language language)
    {
        var entry = _bytes.AsSpan(offset);
        return entry.Length > 0 && entry[0] == language.Id && entry[1] == source.Length
            && entry.Slice(Header, 2 * source.Length).SequenceEqual(MemoryMarshal.AsBytes(source));
    }

    private WordTerms At(int offset)
    {
        var term = offset + Header + (2 * _bytes[offset + 1]);
        var termLength = _bytes[offset + 2];
        return new(_bytes, term, termLength, _bytes, term + termLength, _bytes[offset + 3]);
    }

    private int Write(Word word)
    {
        var source = MemoryMarshal.AsBytes(word.Source.AsSpan());
        var size = Header + source.Length + word.Term.Length + word.Surface.Length;
        if (_bytes.Length - _used < size)
        {
            // A new array, because a document that is being built may still refer to the old one.
            _bytes = GC.AllocateUninitializedArray<byte>(Math.Max(size, _places.Length * BytesPerPlace));
            _used = 0;
            Array.Clear(_places);
        }

        var offset = _used;
        var entry = _bytes.AsSpan(offset, size);
        entry[0] = word.Language.Id;
        entry[1] = (byte)word.Source.Length;
        entry[2] = (byte)word.Term.Length;
        entry[3] = (byte)word.Surface.Length;
        source.CopyTo(entry[Header..]);
        word.Term.CopyTo(entry[(Header + source.Length)..]);
        word.Surface.CopyTo(entry[(Header + source.Length + word.Term.Length)..]);
        _used += size;
        return offset;
    }

    private readonly record struct Place(uint Hash, int Offset);
}

/// <summary>Where the bytes of a word's term and surface are: see <see cref="Word"/>. Both are empty for a stop word.</summary>
internal readonly record struct WordTerms(
    byte[] TermBytes, int TermOffset, int TermLength, byte[] SurfaceBytes, int SurfaceOffset, int SurfaceLength)
{
    public bool IsStop => TermLength == 0;
}
