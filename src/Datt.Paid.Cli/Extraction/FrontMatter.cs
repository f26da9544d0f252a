namespace Datt.Paid.Cli.Extraction;

/// <summary>
/// The part of YAML that front matter uses: scalars, plain or quoted, and lists of them, inline or one item a line. Anything deeper
/// is passed over.
/// </summary>
public sealed class FrontMatter
{
    private const int MaxLines = 500;
    private readonly Dictionary<string, List<string>> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="lines">What stands between the two <c>---</c>.</param>
    public static FrontMatter Parse(IEnumerable<string> lines)
    {
        var front = new FrontMatter();
        List<string>? open = null;
        foreach (var line in lines.Take(MaxLines))
        {
            var text = line.Trim();
            if (text.Length == 0 || text[0] == '#')
            {
                continue;
            }

            if (text.StartsWith("- ", StringComparison.Ordinal))
            {
                open?.Add(Scalar(text[2..]));
                continue;
            }

            var colon = text.IndexOf(':', StringComparison.Ordinal);
            open = null;
            if (colon > 0 && !char.IsWhiteSpace(line[0]))
            {
                open = [.. Items(text[(colon + 1)..].Trim())];
                front._values[text[..colon].Trim().Trim('"', '\'')] = open;
            }
        }

        return front;
    }

    /// <summary>The first of these names that has a value.</summary>
    public string? One(params ReadOnlySpan<string> names)
    {
        var all = All(names);
        return all.Count == 0 ? null : all[0];
    }

    /// <summary>All values of the first of these names that has any.</summary>
    public IReadOnlyList<string> All(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (_values.TryGetValue(name, out var values) && values.Count > 0)
            {
                return values;
            }
        }

        return [];
    }

    private static IEnumerable<string> Items(string text)
    {
        if (text.Length >= 2 && text[0] == '[' && text[^1] == ']')
        {
            return text[1..^1].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Scalar);
        }

        return text.Length == 0 || text[0] is '{' or '|' or '>' ? [] : [Scalar(text)];
    }

    private static string Scalar(string text)
    {
        var value = text.Trim();
        if (value.Length >= 2 && value[0] is '"' or '\'' && value.IndexOf(value[0], 1) is > 0 and var end)
        {
            return value[1..end];
        }

        var comment = value.IndexOf(" #", StringComparison.Ordinal);
        return comment < 0 ? value : value[..comment].TrimEnd();
    }
}
