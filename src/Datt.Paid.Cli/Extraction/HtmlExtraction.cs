using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using AngleSharp.Html.Parser.Tokens;

namespace Datt.Paid.Cli.Extraction;

/// <summary>HTML: title, meta elements, language, and the text a reader sees.</summary>
public static class HtmlExtraction
{
    private const int MaxElements = 60_000;

    // The parser searches its stack of open elements at every tag, so time grows with elements times depth.
    private const int MaxDepth = 1_000;
    private const int MaxBody = 120_000;

    private static readonly HashSet<string> Unseen = new(StringComparer.Ordinal)
    {
        "script", "style", "nav", "noscript", "template", "svg", "iframe", "object", "button", "select", "form",
    };

    /// <summary>Elements that have no end tag, or often go without.</summary>
    private static readonly HashSet<string> ClosedByOthers = new(StringComparer.Ordinal)
    {
        "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option", "p", "param", "source", "tbody",
        "td", "tfoot", "th", "thead", "tr", "track", "wbr",
    };

    private static readonly HashSet<string> Inline = new(StringComparer.Ordinal)
    {
        "a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "font", "i", "kbd", "mark", "q", "s", "small", "span", "strong", "sub",
        "sup", "tt", "u", "var", "wbr",
    };

    public static TextExtract Extract(string text)
    {
        var bounds = new Bounds();
        var parser = new HtmlParser(new HtmlParserOptions { OnToken = (token, _) => bounds.Take(token) });
        try
        {
            using var document = parser.ParseDocument(text);
            return new Reading().Read(document);
        }
        catch (OutOfBounds)
        {
            return PlainTextExtraction.Extract(WithoutTags(text));
        }
    }

    private static string WithoutTags(string text)
    {
        var result = new StringBuilder();
        var inTag = false;
        foreach (var c in text)
        {
            inTag = c == '<' || (inTag && c != '>');
            if (!inTag && result.Length < MaxBody)
            {
                result.Append(c == '>' ? ' ' : c);
            }
        }

        return result.ToString();
    }

    private sealed class OutOfBounds : Exception;

    /// <summary>Ends the parse of a page that has too many elements, or leaves too many open.</summary>
    private sealed class Bounds
    {
        private int _elements;
        private int _open;

        public void Take(HtmlToken token)
        {
            if (token.Type == HtmlTokenType.StartTag)
            {
                _elements++;
                _open += ClosedByOthers.Contains(token.Name) ? 0 : 1;
            }
            else if (token.Type == HtmlTokenType.EndTag && !ClosedByOthers.Contains(token.Name))
            {
                _open = Math.Max(0, _open - 1);
            }

            if (_elements > MaxElements || _open > MaxDepth)
            {
                throw new OutOfBounds();
            }
        }
    }

    /// <summary>One pass over the tree without recursion, since a page may be nested as deep as it has elements.</summary>
    private sealed class Reading
    {
        private readonly Dictionary<string, string> _meta = new(StringComparer.OrdinalIgnoreCase);
        private readonly StringBuilder _title = new();
        private readonly StringBuilder _heading = new();
        private readonly StringBuilder _body = new();
        private string? _language;
        private IElement? _inTitle;
        private IElement? _inHeading;
        private bool _headingSeen;

        public TextExtract Read(INode root)
        {
            for (INode? node = root; node is not null;)
            {
                var descend = Enter(node);
                if (descend && node.FirstChild is { } child)
                {
                    node = child;
                    continue;
                }

                while (node is not null && node.NextSibling is null)
                {
                    Leave(node);
                    node = node.Parent;
                }

                if (node is not null)
                {
                    Leave(node);
                    node = node.NextSibling;
                }
            }

            return Result();
        }

        private TextExtract Result() => new()
        {
            Title = Meta("og:title") is { } shared && _title.Length == 0 ? shared : Text(_title) ?? Text(_heading) ?? PlainTextExtraction.FirstLine(_body.ToString()),
            Abstract = Meta("description", "og:description", "dcterms.abstract"),
            Body = _body.ToString().Trim(),
            Author = Meta("author", "article:author", "dc.creator", "dcterms.creator"),
            Label = Meta("article:section"),
            Tags = (Meta("keywords", "article:tag") ?? "").Split([',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            Language = _language ?? Meta("content-language", "og:locale"),
            PublishedAt = PublishedDate.Parse(Meta("article:published_time", "date", "dc.date", "dcterms.created", "datePublished")),
        };

        /// <summary>Whether to look at the children, too.</summary>
        private bool Enter(INode node)
        {
            if (node is IText text)
            {
                (_inTitle is not null ? _title : _body).Append(_inTitle is not null || _body.Length < MaxBody ? text.Data : "");
                (_inHeading is null ? null : _heading)?.Append(text.Data);
                return false;
            }

            if (node is not IElement element)
            {
                return node is IDocument;
            }

            switch (element.LocalName)
            {
                case "html":
                    _language = Given(element.GetAttribute("lang") ?? element.GetAttribute("xml:lang"));
                    break;
                case "meta":
                    Remember(element);
                    break;
                case "title" when _title.Length == 0:
                    _inTitle = element;
                    break;
                case "h1" when !_headingSeen:
                    (_inHeading, _headingSeen) = (element, true);
                    break;
            }

            Separate(element);
            return !Unseen.Contains(element.LocalName) && !element.HasAttribute("hidden");
        }

        private void Leave(INode node)
        {
            if (node is IElement element)
            {
                Separate(element);
                _inTitle = ReferenceEquals(element, _inTitle) ? null : _inTitle;
                _inHeading = ReferenceEquals(element, _inHeading) ? null : _inHeading;
            }
        }

        private void Separate(IElement element)
        {
            if (!Inline.Contains(element.LocalName) && _body.Length > 0 && _body[^1] != '\n')
            {
                _body.Append('\n');
            }
        }

        private void Remember(IElement meta)
        {
            var name = meta.GetAttribute("name") ?? meta.GetAttribute("property") ?? meta.GetAttribute("http-equiv") ?? meta.GetAttribute("itemprop");
            if (name is not null && Given(meta.GetAttribute("content")) is { } content && !_meta.TryAdd(name, content)
                && name.Equals("article:tag", StringComparison.OrdinalIgnoreCase) && _meta[name].Length < 10_000)
            {
                _meta[name] += "," + content;
            }
        }

        private string? Meta(params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
            {
                if (_meta.TryGetValue(name, out var value))
                {
                    return value;
                }
            }

            return null;
        }

        private static string? Text(StringBuilder builder) => Given(builder.ToString());

        private static string? Given(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();
    }
}
