using System.Text;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Search.Analysis;
using Datt.Paid.Search.Queries;

namespace Datt.Paid.Search;

/// <summary>
/// Cuts the piece out of a text that has most of the query's words, and marks them. Words are compared as the index compares them, in the language of the
/// content. The result is HTML: the only tag is <c>em</c>, everything else is escaped, and signs that turn the writing direction are left out.
/// </summary>
internal sealed class Highlighter
{
    /// <summary>About how long a piece is, in UTF-16 units before escaping.</summary>
    public const int PieceLength = 200;

    /// <summary>How far into a text matches are looked for.</summary>
    public const int MaxScanned = 10_000;

    private const int MaxMatches = 256;
    private const int Before = 40;

    private readonly QueryNode.All _query;
    private readonly WordAnalyzer _words;
    private readonly List<Match> _matches = [];
    private readonly StringBuilder _html = new(512);
    private Language? _language;
    private List<byte[]> _terms = [];
    private List<byte[]> _prefixes = [];

    /// <summary>Bit n: a word that matches may begin with the letter a + n or the digit n - 26. A stem begins like its word, so most words need no analysis.</summary>
    private ulong _beginnings;

    public Highlighter(QueryNode.All query, WordAnalyzer words)
    {
        _query = query;
        _words = words;
    }

    /// <summary>A piece of the summary; of the title where only that has matches or there is no summary.</summary>
    public string Render(Description description)
    {
        Use(Language.Of(description.Language));
        var text = description.Summary;
        Find(text);
        if (_matches.Count == 0)
        {
            Find(description.Title);
            if (_matches.Count > 0 || text.Length == 0)
                text = description.Title;
        }

        var (begin, end) = Piece(text);
        return Write(text, begin, end);
    }

    private void Use(Language language)
    {
        if (ReferenceEquals(_language, language))
            return;
        _language = language;
        _terms = [];
        _prefixes = [];
        foreach (var node in _query.Nodes)
            Collect(node, language);
        _beginnings = language.ChangesBeginnings ? ulong.MaxValue : 0;
        foreach (var term in _terms.Concat(_prefixes))
            _beginnings |= term.Length > 1 ? BeginningOf((char)term[1]) : ulong.MaxValue;
    }

    /// <summary>Zero for what is neither an ASCII letter nor a digit.</summary>
    private static ulong BeginningOf(char first) => first switch
    {
        >= 'a' and <= 'z' => 1UL << (first - 'a'),
        >= 'A' and <= 'Z' => 1UL << (first - 'A'),
        >= '0' and <= '9' => 1UL << (first - '0' + 26),
        _ => 0,
    };

    private void Collect(QueryNode node, Language language)
    {
        switch (node)
        {
            case QueryNode.Words words:
                CollectTerms(words.Text, language);
                break;
            case QueryNode.Phrase phrase:
                CollectTerms(phrase.Text, language);
                break;
            case QueryNode.Prefix prefix:
                _prefixes.Add(WordAnalyzer.Encode(language, WordAnalyzer.Surface(prefix.Text, language)));
                break;
            case QueryNode.Any any:
                foreach (var part in any.Nodes)
                    Collect(part, language);
                break;
            case QueryNode.All all:
                foreach (var part in all.Nodes)
                    Collect(part, language);
                break;
        }
    }

    private void CollectTerms(string text, Language language)
    {
        var scanner = new WordScanner(text);
        while (scanner.Next())
        {
            var word = _words.Analyze(scanner.Word, language);
            if (scanner.IsSingle && !scanner.IsTail)
                _prefixes.Add(word.Surface);
            else if (!word.IsStop && !scanner.IsTail)
                _terms.Add(word.Term);
        }
    }

    private void Find(string text)
    {
        _matches.Clear();
        var scanner = new WordScanner(text.AsSpan(0, Math.Min(text.Length, MaxScanned)));
        while (_matches.Count < MaxMatches && scanner.Next())
        {
            if (scanner.IsTail && _prefixes.Count == 0)
                continue;
            var beginning = BeginningOf(text[scanner.Start]);
            if (beginning != 0 && (beginning & _beginnings) == 0)
                continue;
            var word = _words.Analyze(scanner.Word, _language!);
            if (word.IsStop)
                continue;
            var which = WhichMatches(word);
            if (which >= 0)
                _matches.Add(new Match(scanner.Start, scanner.Start + scanner.Length, which));
        }
    }

    private int WhichMatches(Word word)
    {
        for (var i = 0; i < _terms.Count; i++)
        {
            if (word.Term.AsSpan().SequenceEqual(_terms[i]))
                return i;
        }

        for (var i = 0; i < _prefixes.Count; i++)
        {
            if (word.Surface.AsSpan().StartsWith(_prefixes[i]))
                return _terms.Count + i;
        }

        return -1;
    }

    /// <summary>The stretch with most different words of the query, then with most matches, then the first.</summary>
    private (int Begin, int End) Piece(string text)
    {
        if (text.Length <= PieceLength + Before || _matches.Count == 0)
            return (0, Cut(text, PieceLength + Before));
        var best = 0;
        var bestWorth = -1;
        for (var i = 0; i < _matches.Count; i++)
        {
            ulong words = 0;
            var worth = 0;
            for (var j = i; j < _matches.Count && _matches[j].End - _matches[i].Begin <= PieceLength - Before; j++)
            {
                var bit = 1UL << (_matches[j].Which & 63);
                worth += (words & bit) == 0 ? MaxMatches : 1;
                words |= bit;
            }

            if (worth > bestWorth)
                (best, bestWorth) = (i, worth);
        }

        var begin = WordStart(text, Math.Max(0, _matches[best].Begin - Before), _matches[best].Begin);
        return (begin, Cut(text, begin + PieceLength));
    }

    /// <summary>The first beginning of a word at or after <paramref name="from"/>, at most <paramref name="limit"/>.</summary>
    private static int WordStart(string text, int from, int limit)
    {
        if (from == 0)
            return 0;
        var at = from;
        while (at < limit && !char.IsWhiteSpace(text[at - 1]))
            at++;
        return at;
    }

    /// <summary>Where to end: between words if there is a gap near, never inside a surrogate pair.</summary>
    private static int Cut(string text, int end)
    {
        if (end >= text.Length)
            return text.Length;
        for (var at = end; at > end - Before; at--)
        {
            if (char.IsWhiteSpace(text[at]))
                return at;
        }

        return char.IsLowSurrogate(text[end]) ? end - 1 : end;
    }

    private string Write(string text, int begin, int end)
    {
        var html = _html.Clear();
        if (begin > 0)
            html.Append("… ");
        var at = begin;
        var next = 0;
        while (next < _matches.Count)
        {
            // Matches of scripts without spaces overlap: they are marked as one.
            var from = Math.Max(_matches[next].Begin, begin);
            var to = _matches[next++].End;
            while (next < _matches.Count && _matches[next].Begin <= to && _matches[next].Begin >= _matches[next - 1].Begin)
                to = Math.Max(to, _matches[next++].End);
            to = Math.Min(to, end);
            if (to <= from || from < at)
                continue;
            Escape(html, text.AsSpan(at, from - at));
            html.Append("<em>");
            Escape(html, text.AsSpan(from, to - from));
            html.Append("</em>");
            at = to;
        }

        Escape(html, text.AsSpan(at, end - at));
        if (end < text.Length)
            html.Append(" …");
        return html.ToString();
    }

    private static void Escape(StringBuilder html, ReadOnlySpan<char> text)
    {
        foreach (var sign in text)
        {
            switch (sign)
            {
                case '&':
                    html.Append("&amp;");
                    break;
                case '<':
                    html.Append("&lt;");
                    break;
                case '>':
                    html.Append("&gt;");
                    break;
                case '"':
                    html.Append("&quot;");
                    break;
                case '\'':
                    html.Append("&#39;");
                    break;
                case (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u200E' or '\u200F':
                    break;
                default:
                    html.Append(sign);
                    break;
            }
        }
    }

    private readonly record struct Match(int Begin, int End, int Which);
}
