using Lucene.Net.Documents;
using Lucene.Net.Index;
using Lucene.Net.Util;

namespace Datt.Paid.Search.Indexing;

/// <summary>The fields of a document. What is shown comes from the catalog; the index only finds.</summary>
internal static class IndexSchema
{
    public const LuceneVersion Version = LuceneVersion.LUCENE_48;

    /// <summary>16-byte content key as a term, to replace and delete by.</summary>
    public const string Id = "id";

    /// <summary>Stems of title, summary and tags, in one field with positions.</summary>
    public const string Text = "text";

    /// <summary>Stems of the title once more: what <c>title:</c> looks at, and a word in the title is worth more.</summary>
    public const string Title = "title";

    /// <summary>Words as written (folded), of languages that stem: what <c>word*</c> and completions look at.</summary>
    public const string Surface = "surface";

    /// <summary>Exact values: <see cref="FacetOf"/>.</summary>
    public const string Facet = "facet";

    /// <summary>Key, date and language of a document: see <see cref="Row"/>.</summary>
    public const string RowField = "row";

    /// <summary>Positions of the title are below this; the summary begins here.</summary>
    public const int SummaryPosition = 1_024;

    /// <summary>Tags begin here, each <see cref="TagGap"/> after the one before, so that no phrase reaches over two of them.</summary>
    public const int TagPosition = 32_768;

    public const int TagGap = 16;

    public const char LabelFacet = 'l';
    public const char TagFacet = 't';
    public const char AuthorFacet = 'a';
    public const char TypeFacet = 'm';
    public const char LanguageFacet = 'g';

    /// <summary>Longest facet value in UTF-16 units; longer ones are cut, in contents and in queries alike.</summary>
    public const int MaxFacetLength = 256;

    public static FieldType Terms(IndexOptions options, bool norms)
    {
        var type = new FieldType { IsIndexed = true, IsTokenized = true, IndexOptions = options, OmitNorms = !norms, IsStored = false };
        type.Freeze();
        return type;
    }

    /// <summary>Term of an exact value, letter case and outer spaces ignored.</summary>
    public static byte[] FacetOf(char kind, string value)
    {
        var text = value.AsSpan().Trim();
        if (text.Length > MaxFacetLength)
            text = text[..MaxFacetLength];
        Span<char> lower = stackalloc char[MaxFacetLength];
        lower = lower[..text.ToLowerInvariant(lower)];
        var bytes = new byte[1 + System.Text.Encoding.UTF8.GetByteCount(lower)];
        bytes[0] = (byte)kind;
        System.Text.Encoding.UTF8.GetBytes(lower, bytes.AsSpan(1));
        return bytes;
    }
}
