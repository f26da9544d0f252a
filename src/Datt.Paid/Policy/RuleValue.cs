using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Policy;

/// <summary>The one form in which the value of a rule is kept and compared, so that a rule typed twice is one rule.</summary>
public static class RuleValue
{
    /// <summary>Longest value as typed, in UTF-16 units.</summary>
    public const int MaxLength = 400;

    /// <param name="kind">What the rule looks at.</param>
    /// <param name="typed">The value as somebody typed it.</param>
    /// <param name="value">Its form.</param>
    /// <param name="problem">What it must be, for people.</param>
    public static bool TryRead(RuleKind kind, string typed, [NotNullWhen(true)] out string? value, [NotNullWhen(false)] out string? problem)
    {
        var text = typed.Trim();
        (value, problem) = text.Length > MaxLength ? (null, $"A value has at most {MaxLength} characters.") : kind switch
        {
            RuleKind.Origin => (Origin(text), "An origin is the id of a server: the 52 letters and digits that its card shows."),
            RuleKind.Node => (Node(text), "A node is SERVERID/NODEID: the id of its server, a slash, its own."),
            RuleKind.Label => (Label(text), $"A label has 1 to {RecordLimits.Label} bytes in UTF-8."),
            RuleKind.Language => (Language(text), "A language is a tag such as en or pt-br."),
            RuleKind.Size => (Size(text), $"A size is a whole number of bytes from 0 to {RecordLimits.Size}: what is larger is hidden."),
            RuleKind.Word => (Words(text), $"Give a word, or up to {PhraseSet.MaxWords} words next to each other."),
            RuleKind.Content => (Content(text), $"A contentId has 1 to {RecordLimits.ContentId} visible ASCII characters."),
            _ => (null, "There is no such kind of rule."),
        };
        if (value is null)
            return false;
        problem = null;
        return true;
    }

    /// <summary>Whether a content's language tag is meant by a rule's, both in lower case.</summary>
    internal static bool IsLanguage(string rule, string tag) => rule.Contains('-')
        ? tag.StartsWith(rule, StringComparison.OrdinalIgnoreCase) && (tag.Length == rule.Length || tag[rule.Length] == '-')
        : Search.Analysis.Language.Primary(tag) == rule;

    /// <summary>Labels that differ in letter case or outer spaces are one, as they are for search.</summary>
    internal static string LabelOf(string text) => text.Trim().ToLowerInvariant();

    private static string? Origin(string text) => ServerPublicKey.IsFingerprint(text.ToLowerInvariant()) ? text.ToLowerInvariant() : null;

    private static string? Node(string text)
    {
        var slash = text.IndexOf('/');
        return slash > 0 && Origin(text[..slash]) is { } origin && IsNodeId(text.AsSpan(slash + 1)) ? $"{origin}/{text[(slash + 1)..]}" : null;
    }

    private static bool IsNodeId(ReadOnlySpan<char> id)
    {
        if (id.Length is 0 or > RecordLimits.NodeId)
            return false;
        foreach (var letter in id)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('.' or '_' or '-'))
                return false;
        }

        return true;
    }

    private static string? Label(string text) => text.Length > 0 && Encoding.UTF8.GetByteCount(text) <= RecordLimits.Label ? LabelOf(text) : null;

    private static string? Language(string text)
    {
        var tag = text.ToLowerInvariant();
        if (tag.Length is 0 or > RecordLimits.Language || tag.Split('-').Any(part => part.Length is 0 or > 8 || !part.All(char.IsAsciiLetterOrDigit)))
            return null;
        return tag.Contains('-') ? tag : Search.Analysis.Language.Primary(tag);
    }

    private static string? Size(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && bytes <= RecordLimits.Size
            ? bytes.ToString(CultureInfo.InvariantCulture)
            : null;

    private static string? Words(string text) => PhraseSet.Fold(text) is { Count: > 0 and <= PhraseSet.MaxWords } words ? string.Join(' ', words) : null;

    private static string? Content(string text) =>
        text.Length is >= 1 and <= RecordLimits.ContentId && text.All(letter => letter is >= '!' and <= '~') ? text : null;
}
