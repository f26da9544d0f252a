using Lucene.Net.Analysis.Ar;
using Lucene.Net.Analysis.Bg;
using Lucene.Net.Analysis.Ca;
using Lucene.Net.Analysis.Cz;
using Lucene.Net.Analysis.Da;
using Lucene.Net.Analysis.De;
using Lucene.Net.Analysis.En;
using Lucene.Net.Analysis.Es;
using Lucene.Net.Analysis.Fi;
using Lucene.Net.Analysis.Fr;
using Lucene.Net.Analysis.Ga;
using Lucene.Net.Analysis.Hi;
using Lucene.Net.Analysis.Hu;
using Lucene.Net.Analysis.Id;
using Lucene.Net.Analysis.It;
using Lucene.Net.Analysis.Lv;
using Lucene.Net.Analysis.Nl;
using Lucene.Net.Analysis.No;
using Lucene.Net.Analysis.Pt;
using Lucene.Net.Analysis.Ro;
using Lucene.Net.Analysis.Ru;
using Lucene.Net.Analysis.Sv;
using Lucene.Net.Analysis.Tr;
using Lucene.Net.Analysis.Util;
using Lucene.Net.Tartarus.Snowball;
using Snowball = Lucene.Net.Tartarus.Snowball.Ext;

namespace Datt.Paid.Search.Analysis;

/// <summary>
/// How words of one language are indexed. A content has exactly one language, and every term begins with the language's <see cref="Id"/>, so languages are
/// disjoint parts of one field.
/// </summary>
internal sealed class Language
{
    /// <summary>Changes whenever any language is analysed differently: an index of another version is built anew.</summary>
    public const int AnalysisVersion = 2;

    private readonly Lazy<CharArraySet>? _stopWords;
    private readonly Func<Stem>? _newStemmer;
    private readonly Lock _stemming = new();
    private Stem? _stemmer;

    private Language(byte id, string tag, Func<CharArraySet>? stopWords, Func<Stem>? newStemmer)
    {
        Id = id;
        Tag = tag;
        _stopWords = stopWords is null ? null : new Lazy<CharArraySet>(stopWords);
        _newStemmer = newStemmer;
    }

    /// <summary>Shortens a word of <c>length</c> characters in place and returns its new length.</summary>
    private delegate int Stem(char[] word, int length);

    /// <summary>Language of contents that announce none or one that is not in the table: no stop words, no stemming.</summary>
    public static Language Unknown { get; } = new(1, "", null, null);

    /// <summary>All languages, each at the index of its <see cref="Id"/>; the first place is empty.</summary>
    public static IReadOnlyList<Language?> Table { get; } = BuildTable();

    private static readonly Dictionary<string, Language> ByTag = Table.OfType<Language>().ToDictionary(l => l.Tag);

    /// <summary>First byte of the language's terms, 1 to 63. Part of the index format.</summary>
    public byte Id { get; }

    /// <summary>Primary subtag (ISO 639-1).</summary>
    public string Tag { get; }

    public bool Stems => _newStemmer is not null;

    /// <summary>English has few accents of its own: they are dropped before stemming, so that <c>café</c> and <c>cafe</c> share a stem.</summary>
    public bool FoldsFirst => Tag == "en";

    /// <summary>Whether a stem may begin with another letter than its word, because the stemmer takes prefixes away.</summary>
    public bool ChangesBeginnings => Tag is "id" or "ga" or "ar";

    /// <summary>Turkish pairs I with ı and İ with i.</summary>
    public bool DotlessI => Tag is "tr" or "az";

    /// <summary>The language that a BCP 47 tag is analysed as.</summary>
    public static Language Of(string? tag) =>
        tag is not null && ByTag.TryGetValue(Primary(tag), out var language) ? language : Unknown;

    /// <summary>The part of a tag before the first hyphen, lower case; Norwegian Bokmål and Nynorsk count as Norwegian.</summary>
    public static string Primary(string tag)
    {
        var end = tag.AsSpan().IndexOfAny('-', '_');
        var primary = (end < 0 ? tag : tag[..end]).Trim().ToLowerInvariant();
        return primary is "nb" or "nn" ? "no" : primary;
    }

    public bool IsStopWord(char[] word, int length) => _stopWords is not null && _stopWords.Value.Contains(word, 0, length);

    public int StemInPlace(char[] word, int length)
    {
        if (_newStemmer is null)
            return length;
        lock (_stemming)
        {
            _stemmer ??= _newStemmer();
            return _stemmer(word, length);
        }
    }

    private static Language?[] BuildTable()
    {
        var table = new List<Language?> { null, Unknown };
        void Add(string tag, Func<CharArraySet>? stopWords, Func<Stem>? stemmer) => table.Add(new Language((byte)table.Count, tag, stopWords, stemmer));

        // The short list: with a long one, words such as "again" could not be searched for.
        Add("en", () => EnglishAnalyzer.DefaultStopSet, Program<Snowball.PorterStemmer>);
        Add("fr", () => FrenchAnalyzer.DefaultStopSet, () => new FrenchLightStemmer().Stem);
        Add("de", () => GermanAnalyzer.DefaultStopSet, () => new GermanLightStemmer().Stem);
        Add("es", () => SpanishAnalyzer.DefaultStopSet, () => new SpanishLightStemmer().Stem);
        Add("it", () => ItalianAnalyzer.DefaultStopSet, () => new ItalianLightStemmer().Stem);
        Add("pt", () => PortugueseAnalyzer.DefaultStopSet, () => new PortugueseLightStemmer().Stem);
        Add("nl", () => DutchAnalyzer.DefaultStopSet, Program<Snowball.DutchStemmer>);
        Add("ru", () => RussianAnalyzer.DefaultStopSet, () => new RussianLightStemmer().Stem);
        Add("sv", () => SwedishAnalyzer.DefaultStopSet, () => new SwedishLightStemmer().Stem);
        Add("no", () => NorwegianAnalyzer.DefaultStopSet, Program<Snowball.NorwegianStemmer>);
        Add("da", () => DanishAnalyzer.DefaultStopSet, Program<Snowball.DanishStemmer>);
        Add("fi", () => FinnishAnalyzer.DefaultStopSet, () => new FinnishLightStemmer().Stem);
        Add("hu", () => HungarianAnalyzer.DefaultStopSet, () => new HungarianLightStemmer().Stem);
        Add("ro", () => RomanianAnalyzer.DefaultStopSet, Program<Snowball.RomanianStemmer>);
        Add("tr", () => TurkishAnalyzer.DefaultStopSet, Program<Snowball.TurkishStemmer>);
        Add("ca", () => CatalanAnalyzer.DefaultStopSet, Program<Snowball.CatalanStemmer>);
        Add("cs", () => CzechAnalyzer.DefaultStopSet, () => new CzechStemmer().Stem);
        Add("bg", () => BulgarianAnalyzer.DefaultStopSet, () => new BulgarianStemmer().Stem);
        Add("lv", () => LatvianAnalyzer.DefaultStopSet, () => new LatvianStemmer().Stem);
        Add("ga", () => IrishAnalyzer.DefaultStopSet, Program<Snowball.IrishStemmer>);
        Add("id", () => IndonesianAnalyzer.DefaultStopSet, () => (word, length) => new IndonesianStemmer().Stem(word, length, true));
        Add("ar", () => ArabicAnalyzer.DefaultStopSet, () => new ArabicStemmer().Stem);
        Add("hi", () => HindiAnalyzer.DefaultStopSet, () => new HindiStemmer().Stem);
        return [.. table];
    }

    /// <summary>Snowball's English stop words, from the source of most other languages' lists here, and what is left of <c>it's</c>, <c>don't</c>, <c>we'll</c> where words end at an apostrophe.</summary>
    private static Stem Program<T>()
        where T : SnowballProgram, new()
    {
        var program = new T();
        return (word, length) =>
        {
            program.SetCurrent(word, length);
            program.Stem();
            var stemmed = program.CurrentBufferLength;
            if (stemmed > word.Length)
                return length;
            program.CurrentBuffer.AsSpan(0, stemmed).CopyTo(word);
            return stemmed;
        };
    }
}
