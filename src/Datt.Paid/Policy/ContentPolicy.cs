using System.Collections.Frozen;
using System.Globalization;
using Datt.Paid.Catalog;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Policy;

/// <summary>The rules that stand, ready to be asked. Immutable, thread-safe, no I/O.</summary>
public sealed class ContentPolicy
{
    /// <summary>Mark of a server that never had a rule.</summary>
    public const string FirstMark = "0";

    private readonly FrozenDictionary<string, bool> _origins;
    private readonly FrozenSet<NodeKey> _nodes;
    private readonly FrozenSet<string> _labels;
    private readonly FrozenSet<string> _contents;
    private readonly string[] _languages;
    private readonly long _largest;
    private readonly PhraseSet _words;

    private ContentPolicy(IReadOnlyCollection<PolicyRule> rules, long version, string mark)
    {
        Version = version;
        Mark = mark;
        Count = rules.Count;
        _origins = rules.Where(rule => rule.Kind == RuleKind.Origin).DistinctBy(rule => rule.Value)
            .ToFrozenDictionary(rule => rule.Value, rule => rule.Drop, StringComparer.Ordinal);
        _nodes = Values(RuleKind.Node).Select(NodeOf).ToFrozenSet();
        _labels = Values(RuleKind.Label).ToFrozenSet(StringComparer.Ordinal);
        _contents = Values(RuleKind.Content).ToFrozenSet(StringComparer.Ordinal);
        _languages = [.. Values(RuleKind.Language)];
        _largest = Values(RuleKind.Size).Select(value => long.Parse(value, CultureInfo.InvariantCulture)).DefaultIfEmpty(long.MaxValue).Min();
        _words = new PhraseSet(Values(RuleKind.Word));
        Shows = holder => !Hides(holder);
        HasHolderRules = _origins.Count + _nodes.Count > 0;
        HasContentRules = _labels.Count + _contents.Count + _languages.Length > 0 || _largest < long.MaxValue || !_words.IsEmpty;

        IEnumerable<string> Values(RuleKind kind) => rules.Where(rule => rule.Kind == kind).Select(rule => rule.Value);
    }

    /// <summary>Hides nothing.</summary>
    public static ContentPolicy Nothing { get; } = new([], 0, FirstMark);

    /// <summary>Number of the last change of the rules, 0 before the first.</summary>
    public long Version { get; }

    /// <summary>Names this state of the rules in this server's history.</summary>
    public string Mark { get; }

    /// <summary>How many rules stand.</summary>
    public int Count { get; }

    public bool IsEmpty => Count == 0;

    /// <summary>Whether a holder may be hidden.</summary>
    public bool HasHolderRules { get; }

    /// <summary>Whether a content may be hidden for what it is.</summary>
    public bool HasContentRules { get; }

    /// <summary>Origins that are blocked, dropped ones included.</summary>
    public IReadOnlyCollection<string> BlockedOrigins => _origins.Keys;

    /// <summary>The reverse of <see cref="Hides(NodeKey)"/>, made once.</summary>
    internal Func<NodeKey, bool> Shows { get; }

    /// <param name="rules">Those that stand, with values as <see cref="RuleValue"/> gives them.</param>
    /// <param name="version">Number of the last change.</param>
    /// <param name="mark">Name of this state.</param>
    public static ContentPolicy Of(IReadOnlyCollection<PolicyRule> rules, long version = 0, string mark = FirstMark) => new(rules, version, mark);

    /// <summary>Whether nothing of this server is found here.</summary>
    public bool IsBlocked(string origin) => _origins.ContainsKey(origin);

    /// <summary>Whether this server's runs are neither fetched, kept nor served here, only its head.</summary>
    public bool IsDropped(string origin) => _origins.TryGetValue(origin, out var drop) && drop;

    /// <summary>Whether what this node holds does not count here.</summary>
    public bool Hides(NodeKey holder) => _origins.ContainsKey(holder.Origin) || _nodes.Contains(holder);

    /// <summary>Whether a content is hidden for what it is, whoever holds it.</summary>
    public bool Hides(string contentId, Description description)
    {
        if (!HasContentRules)
            return false;
        return _contents.Contains(contentId)
            || description.Size > _largest
            || (description.Label is { } label && _labels.Count > 0 && _labels.Contains(RuleValue.LabelOf(label)))
            || (description.Language is { } language && Array.Exists(_languages, rule => RuleValue.IsLanguage(rule, language)))
            || (!_words.IsEmpty && HasWord(description));
    }

    private static NodeKey NodeOf(string value) => new(value[..value.IndexOf('/')], value[(value.IndexOf('/') + 1)..]);

    private bool HasWord(Description description)
    {
        if (_words.IsIn(description.Title) || _words.IsIn(description.Summary))
            return true;
        foreach (var tag in description.Tags)
        {
            if (_words.IsIn(tag))
                return true;
        }

        return false;
    }
}
