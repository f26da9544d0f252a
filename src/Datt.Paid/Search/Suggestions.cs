using System.Text;
using Datt.Paid.Search.Analysis;
using Datt.Paid.Search.Execution;
using Lucene.Net.Index;
using Lucene.Net.Search;
using Lucene.Net.Util;

namespace Datt.Paid.Search;

/// <summary>Completes the last word of a query with words of the index, commonest first.</summary>
internal static class Suggestions
{
    /// <summary>Words looked at in all segments together; with a short beginning that is only a part of those there are.</summary>
    public const int MaxScanned = 20_000;

    public static IReadOnlyList<string> Complete(Snapshot snapshot, string query, int limit)
    {
        var scanner = new WordScanner(query);
        var start = -1;
        while (scanner.Next())
        {
            if (!scanner.IsTail || start < 0)
                start = scanner.Start + scanner.Length == query.Length ? scanner.Start : -1;
        }

        if (start < 0 || limit < 1)
            return [];
        var counts = new Dictionary<string, long>();
        var left = MaxScanned;
        foreach (var segment in snapshot.Segments.OrderByDescending(s => s.Core.Keys.Length))
        {
            foreach (var language in Language.Table)
            {
                if (language is not null && (segment.Core.LanguageMask & (1UL << language.Id)) != 0)
                    left = Count(segment, language, WordAnalyzer.Surface(query.AsSpan(start), language), counts, left);
            }
        }

        return
        [
            .. counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Where(c => IsLive(snapshot, c.Key))
                .Take(limit).Select(c => query[..start] + c.Key),
        ];
    }

    /// <summary>Whether a content has the word that was not withdrawn or hidden since its segment was written.</summary>
    private static bool IsLive(Snapshot snapshot, string word)
    {
        foreach (var segment in snapshot.Segments)
        {
            foreach (var language in Language.Table)
            {
                if (language is null || (segment.Core.LanguageMask & (1UL << language.Id)) == 0)
                    continue;
                var terms = segment.Core.NewTermsEnum(FieldOf(language));
                if (terms is not null && terms.SeekExact(new BytesRef(WordAnalyzer.Encode(language, word)))
                    && (segment.Live is null || terms.Docs(segment.Live, null, DocsFlags.NONE).NextDoc() != DocIdSetIterator.NO_MORE_DOCS))
                    return true;
            }
        }

        return false;
    }

    private static TermField FieldOf(Language language) => language.Stems ? TermField.Surface : TermField.Text;

    private static int Count(Segment segment, Language language, string prefix, Dictionary<string, long> counts, int left)
    {
        var terms = segment.Core.NewTermsEnum(FieldOf(language));
        var wanted = new BytesRef(WordAnalyzer.Encode(language, prefix));
        if (terms is null || prefix.Length == 0 || terms.SeekCeil(wanted) == TermsEnum.SeekStatus.END)
            return left;
        do
        {
            var term = terms.Term;
            if (left-- <= 0 || !StringHelper.StartsWith(term, wanted))
                break;
            var word = Encoding.UTF8.GetString(term.Bytes, term.Offset + 1, term.Length - 1);
            counts[word] = counts.GetValueOrDefault(word) + terms.DocFreq;
        }
        while (terms.MoveNext());
        return left;
    }
}
