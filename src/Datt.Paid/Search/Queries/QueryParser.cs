using Datt.Paid.Search.Analysis;
using Datt.Paid.Search.Indexing;

namespace Datt.Paid.Search.Queries;

/// <summary>
/// The query language:
/// <code>
/// query   = clause { clause }                    all must match
/// clause  = [ "-" | "NOT " ] either | "AND"      AND says nothing new
/// either  = atom { "OR" atom }                   OR binds tighter than standing side by side
/// atom    = "(" query ")" | phrase | word | word"*" | "title:" ( word | phrase ) | ( "label:" | "author:" | "tag:" ) ( value | phrase )
/// phrase  = '"' characters '"'
/// </code>
/// AND, OR and NOT are operators in capitals only. A colon after any other name, and signs other than these, separate words like a space would. Words without a
/// letter or digit are ignored.
/// </summary>
internal sealed class QueryParser
{
    /// <summary>Longest query in UTF-16 units.</summary>
    public const int MaxLength = 2_000;

    /// <summary>Most words, phrases and values.</summary>
    public const int MaxClauses = 64;

    /// <summary>Deepest parentheses.</summary>
    public const int MaxDepth = 8;

    private readonly string _text;
    private int _at;
    private int _clauses;

    private QueryParser(string text) => _text = text;

    public static ParsedQuery Parse(string text)
    {
        if (text.Length > MaxLength)
            return new ParsedQuery.Error(MaxLength, $"A query has at most {MaxLength} characters.");
        try
        {
            return new ParsedQuery.Query(new QueryParser(text).Clauses(0));
        }
        catch (WrongQuery wrong)
        {
            return new ParsedQuery.Error(wrong.Position, wrong.Message);
        }
    }

    private QueryNode.All Clauses(int depth)
    {
        var nodes = new List<QueryNode>();
        var excluded = new List<QueryNode>();
        var opened = _at - 1;
        while (true)
        {
            SkipSpace();
            if (_at == _text.Length)
            {
                if (depth > 0)
                    throw new WrongQuery(opened, "This parenthesis is never closed.");
                return new QueryNode.All(nodes, excluded);
            }

            if (_text[_at] == ')')
            {
                if (depth == 0)
                    throw new WrongQuery(_at, "This parenthesis closes nothing. To look for the sign itself there is no way; leave it out.");
                if (nodes.Count == 0 && excluded.Count > 0)
                    throw new WrongQuery(opened, "Parentheses need something to look for besides what they exclude.");
                _at++;
                return new QueryNode.All(nodes, excluded);
            }

            var start = _at;
            if (TakeOperator("AND"))
                continue;
            var negated = TakeOperator("NOT") || TakeMinus();
            if (negated)
                SkipSpace();
            if (negated && (_at == _text.Length || _text[_at] == ')'))
                throw new WrongQuery(start, "Nothing follows that could be excluded.");
            var node = Either(depth);
            if (node is QueryNode.All group && !negated)
            {
                // Parentheses that only stand beside others change nothing; so their words count as words when a search is relaxed.
                nodes.AddRange(group.Nodes);
                excluded.AddRange(group.Excluded);
            }
            else if (node is not null)
            {
                (negated ? excluded : nodes).Add(node);
            }
        }
    }

    private QueryNode? Either(int depth)
    {
        if (IsOperator("OR"))
            throw new WrongQuery(_at, "OR needs something before it.");
        var first = Atom(depth);
        List<QueryNode>? nodes = null;
        while (true)
        {
            SkipSpace();
            var at = _at;
            if (!TakeOperator("OR"))
                break;
            SkipSpace();
            if (_at == _text.Length || _text[_at] == ')' || IsOperator("OR") || IsOperator("AND"))
                throw new WrongQuery(at, "OR needs something after it.");
            if (_text[_at] == '-' || IsOperator("NOT"))
                throw new WrongQuery(_at, "What is excluded cannot stand beside OR.");
            nodes ??= first is null ? [] : [first];
            if (Atom(depth) is { } next)
                nodes.Add(next);
        }

        return nodes switch
        {
            null => first,
            [] => null,
            [var only] => only,
            _ => new QueryNode.Any(nodes),
        };
    }

    private QueryNode? Atom(int depth)
    {
        var start = _at;
        if (_text[_at] == '(')
        {
            if (depth == MaxDepth)
                throw new WrongQuery(_at, $"Parentheses may be {MaxDepth} deep.");
            _at++;
            var group = Clauses(depth + 1);
            return group switch
            {
                { Nodes.Count: 0 } => null,
                { Nodes.Count: 1, Excluded.Count: 0 } => group.Nodes[0],
                _ => group,
            };
        }

        if (_text[_at] == '"')
            return WithWords(start, Quoted(), text => new QueryNode.Phrase(text, false));
        var colon = FieldEnd();
        if (colon < 0)
            return Word(start, inTitle: false);
        var field = _text[_at..colon].ToLowerInvariant();
        _at = colon + 1;
        if (_at == _text.Length || char.IsWhiteSpace(_text[_at]) || _text[_at] is '(' or ')')
            throw new WrongQuery(start, $"A word or a phrase in quotation marks must follow {field}: at once.");
        if (field == "title")
        {
            return _text[_at] == '"'
                ? WithWords(start, Quoted(), text => new QueryNode.Phrase(text, true))
                : Word(_at, inTitle: true);
        }

        var value = (_text[_at] == '"' ? Quoted() : Bare()).Trim();
        if (value.Length == 0)
            throw new WrongQuery(start, $"A value must follow {field}: at once.");
        Count(start);
        return new QueryNode.Facet(field switch
        {
            "label" => IndexSchema.LabelFacet,
            "author" => IndexSchema.AuthorFacet,
            _ => IndexSchema.TagFacet,
        }, value);
    }

    private QueryNode? Word(int start, bool inTitle)
    {
        var word = Bare();
        var star = word.IndexOf('*', StringComparison.Ordinal);
        if (star < 0)
            return WithWords(start, word, text => new QueryNode.Words(text, inTitle));
        if (star != word.Length - 1)
            throw new WrongQuery(start + star, star == 0 ? "A word cannot begin with *; write the beginning of the word and then *." : "* can only stand at the end of a word.");
        var prefix = word[..star];
        var words = new WordScanner(prefix);
        var count = 0;
        while (words.Next())
        {
            if (!words.IsTail)
                count++;
        }

        if (count == 0)
            throw new WrongQuery(start + star, "A word cannot begin with *; write the beginning of the word and then *.");
        if (count > 1)
            throw new WrongQuery(start + star, "* can only follow a single word, without signs or spaces inside.");
        if (inTitle)
            throw new WrongQuery(start + star, "title: takes a whole word; leave the * out, or leave title: out.");
        Count(start);
        return new QueryNode.Prefix(prefix);
    }

    private QueryNode? WithWords(int start, string text, Func<string, QueryNode> make)
    {
        if (!new WordScanner(text).Next())
            return null;
        Count(start);
        return make(text);
    }

    private void Count(int start)
    {
        if (++_clauses > MaxClauses)
            throw new WrongQuery(start, $"A query has at most {MaxClauses} words, phrases and values.");
    }

    /// <summary>Index of the colon of a known field that stands here, else -1.</summary>
    private int FieldEnd()
    {
        foreach (var field in (ReadOnlySpan<string>)["title", "label", "author", "tag"])
        {
            if (_text.Length > _at + field.Length && _text[_at + field.Length] == ':'
                && _text.AsSpan(_at, field.Length).Equals(field, StringComparison.OrdinalIgnoreCase))
                return _at + field.Length;
        }

        return -1;
    }

    private string Quoted()
    {
        var end = _text.IndexOf('"', _at + 1);
        if (end < 0)
            throw new WrongQuery(_at, "This quotation mark is never closed.");
        var text = _text[(_at + 1)..end];
        _at = end + 1;
        return text;
    }

    private string Bare()
    {
        var start = _at;
        while (_at < _text.Length && !char.IsWhiteSpace(_text[_at]) && _text[_at] is not ('(' or ')' or '"'))
            _at++;
        return _text[start.._at];
    }

    private bool TakeMinus()
    {
        // A minus inside a word, as in wi-fi, never gets here: words are taken whole. One that stands alone is a dash.
        if (_text[_at] != '-' || _at + 1 == _text.Length || char.IsWhiteSpace(_text[_at + 1]))
            return false;
        _at++;
        return true;
    }

    private bool TakeOperator(string word)
    {
        if (!IsOperator(word))
            return false;
        _at += word.Length;
        return true;
    }

    private bool IsOperator(string word) =>
        string.CompareOrdinal(_text, _at, word, 0, word.Length) == 0
        && (_at + word.Length == _text.Length || char.IsWhiteSpace(_text[_at + word.Length]) || _text[_at + word.Length] is '(' or ')' or '"');

    private void SkipSpace()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
    }

    /// <summary>Carries a syntax error out of the descent; never leaves <see cref="Parse"/>.</summary>
    private sealed class WrongQuery(int position, string message) : Exception(message)
    {
        public int Position => position;
    }
}
