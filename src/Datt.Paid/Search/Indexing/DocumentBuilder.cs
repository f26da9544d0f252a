using Datt.Paid.Catalog;
using Datt.Paid.Search.Analysis;
using Lucene.Net.Documents;
using Lucene.Net.Index;
using Lucene.Net.Util;

namespace Datt.Paid.Search.Indexing;

/// <summary>Makes the Lucene document of a content. One per writing thread: fields, streams and buffers are used again for every document.</summary>
internal sealed class DocumentBuilder
{
    private static readonly FieldType Exact = IndexSchema.Terms(IndexOptions.DOCS_ONLY, norms: false);
    private static readonly FieldType Frequencies = IndexSchema.Terms(IndexOptions.DOCS_AND_FREQS, norms: true);
    private static readonly FieldType Positions = IndexSchema.Terms(IndexOptions.DOCS_AND_FREQS_AND_POSITIONS, norms: true);

    private readonly WordTable _words;
    private readonly TermStream _id = new();
    private readonly TermStream _text = new();
    private readonly TermStream _title = new();
    private readonly TermStream _surface = new();
    private readonly TermStream _facet = new();
    private readonly byte[] _idBytes = new byte[ContentKey.Size];
    private readonly BytesRef _row = new(new byte[Row.Size]);
    private readonly Document _stemmed = [];
    private readonly Document _plain = [];
    private int _position;

    /// <param name="words">What words become.</param>
    /// <param name="remembered">Words remembered from one document to the next, a power of two.</param>
    public DocumentBuilder(WordAnalyzer words, int remembered = 256)
    {
        _words = new(words, remembered);
        _id.Add(_idBytes, 0, _idBytes.Length, 1);
        Field[] fields =
        [
            new Field(IndexSchema.Id, _id, Exact),
            new Field(IndexSchema.Text, _text, Positions),
            new Field(IndexSchema.Title, _title, Frequencies),
            new Field(IndexSchema.Facet, _facet, Exact),
            new BinaryDocValuesField(IndexSchema.RowField, _row),
        ];
        foreach (var field in fields)
        {
            _plain.Add(field);
            _stemmed.Add(field);
        }

        _stemmed.Add(new Field(IndexSchema.Surface, _surface, Exact));
    }

    /// <summary>The term that names a content. Lucene keeps it, so it is not used again.</summary>
    public static Term IdOf(ContentKey key)
    {
        var bytes = new byte[ContentKey.Size];
        key.CopyTo(bytes);
        return new Term(IndexSchema.Id, new BytesRef(bytes));
    }

    /// <summary>The document; valid until the next call.</summary>
    public Document Build(CatalogEntry entry)
    {
        var description = entry.Description;
        var language = Language.Of(description.Language);
        entry.Key.CopyTo(_idBytes);
        new Row(entry.Key, DateOf(entry), language.Id).CopyTo(_row.Bytes);
        _text.Clear();
        _title.Clear();
        _surface.Clear();
        _facet.Clear();
        _position = -1;

        Add(description.Title, 0, language);
        Add(description.Summary, IndexSchema.SummaryPosition, language);
        var tagPosition = IndexSchema.TagPosition;
        foreach (var tag in description.Tags)
        {
            Add(tag, tagPosition, language);
            tagPosition = Math.Max(tagPosition, _position + 1) + IndexSchema.TagGap;
            AddFacet(IndexSchema.TagFacet, tag);
        }

        AddFacet(IndexSchema.LabelFacet, description.Label);
        AddFacet(IndexSchema.AuthorFacet, description.Author);
        AddFacet(IndexSchema.TypeFacet, description.Type);
        if (description.Language is { } tagged)
            AddLanguage(tagged, language);
        return language.Stems ? _stemmed : _plain;
    }

    /// <summary>When it was published, else when the first of its holders announced it.</summary>
    public static long DateOf(CatalogEntry entry)
    {
        if (entry.Description.PublishedAt is { } published)
            return published;
        var first = long.MaxValue;
        foreach (var holder in entry.Holders)
            first = Math.Min(first, holder.AnnouncedAt.ToUnixTimeMilliseconds());
        return first == long.MaxValue ? 0 : first;
    }

    private void Add(string text, int from, Language language)
    {
        var next = from;
        var scanner = new WordScanner(text);
        while (scanner.Next())
        {
            var position = next++;
            var word = _words.Analyze(scanner.Word, language);
            if (word.IsStop)
                continue;
            _text.Add(word.TermBytes, word.TermOffset, word.TermLength, position - _position);
            _position = position;
            if (from == 0)
                _title.Add(word.TermBytes, word.TermOffset, word.TermLength, 1);
            if (language.Stems)
                _surface.Add(word.SurfaceBytes, word.SurfaceOffset, word.SurfaceLength, 1);
        }
    }

    private void AddFacet(char kind, string? value)
    {
        if (!string.IsNullOrWhiteSpace(value))
        {
            var term = IndexSchema.FacetOf(kind, value);
            _facet.Add(term, 0, term.Length, 1);
        }
    }

    /// <summary>The row says which language of the table a document has; only what it cannot say becomes a term.</summary>
    private void AddLanguage(string tag, Language language)
    {
        var primary = Language.Primary(tag);
        if (primary.Length != tag.Length)
            AddFacet(IndexSchema.LanguageFacet, tag);
        if (ReferenceEquals(language, Language.Unknown))
            AddFacet(IndexSchema.LanguageFacet, primary);
    }
}
