using System.Globalization;
using System.Text.RegularExpressions;
using Datt.Paid.Catalog;
using Datt.Paid.Policy;
using Datt.Paid.Protocol.Records;
using FsCheck;
using FsCheck.Fluent;

namespace Datt.Paid.Tests.Policy;

/// <summary>What a set of rules hides, against the slowest way to say it.</summary>
public class ContentPolicyTests
{
    private static readonly string[] Words = ["cat", "Cat", "CÁT", "dog", "Hôtel", "hotel", "zoo", "ZÓO", "42", "cats", "ca"];
    private static readonly string[] Labels = ["News", "news ", "NEWS", "sport", ""];
    private static readonly string[] Languages = ["en", "en-gb", "pt", "pt-br", "nb", "no", "eng"];
    private static readonly string[] Ids = ["a:1", "A:1", "b"];
    private static readonly string Origin = new('a', 52);
    private static readonly string Other = new string('b', 51) + "q";

    private static readonly Gen<string> Text =
        from count in Gen.Choose(0, 6)
        from words in Gen.Elements(Words).ArrayOf(count)
        from separator in Gen.Elements(" ", ", ", " - ", "\n")
        select string.Join(separator, words);

    private static readonly Gen<NodeKey> Node =
        from origin in Gen.Elements(Origin, Other)
        from node in Gen.Elements("n", "N", "m")
        select new NodeKey(origin, node);

    private static readonly Gen<(string Id, Description Description, NodeKey Holder)> Contents =
        from id in Gen.Elements(Ids)
        from title in Text
        from summary in Text
        from tags in Text.ArrayOf(2)
        from label in Gen.Elements<string?>([.. Labels, null])
        from language in Gen.Elements<string?>([.. Languages, null])
        from size in Gen.Elements<long?>(null, 0, 9, 10, 11)
        from holder in Node
        select (id, new Description { Title = title, Summary = summary, Tags = tags, Label = label, Language = language, Size = size }, holder);

    private static readonly Gen<(RuleKind Kind, string Value)> Typed = Gen.OneOf(
        Gen.Elements(Ids).Select(id => (RuleKind.Content, id)),
        Gen.Elements(Labels).Select(label => (RuleKind.Label, label)),
        Gen.Elements([.. Languages, "EN", "no-no"]).Select(language => (RuleKind.Language, language)),
        Gen.Choose(8, 12).Select(size => (RuleKind.Size, size.ToString(CultureInfo.InvariantCulture))),
        Text.Select(words => (RuleKind.Word, words)),
        Gen.Elements(Origin, Other).Select(origin => (RuleKind.Origin, origin)),
        Node.Select(node => (RuleKind.Node, $"{node.Origin}/{node.NodeId}")));

    [Fact]
    public void Verdicts_are_those_of_a_naive_reading_of_the_rules()
    {
        var hidden = 0;
        var cases = (from rules in Typed.ListOf(3) from content in Contents select (rules, content)).ToArbitrary();
        Prop.ForAll(cases, each =>
        {
            var rules = each.rules.Where(rule => RuleValue.TryRead(rule.Kind, rule.Value, out _, out _)).ToList();
            var policy = PolicyOf(rules);
            var (id, description, holder) = each.content;
            var expected = rules.Any(rule => Naively(rule.Kind, rule.Value, id, description));
            hidden += expected ? 1 : 0;
            Assert.Equal(expected, policy.Hides(id, description));
            Assert.Equal(rules.Any(rule => Naively(rule.Kind, rule.Value, holder)), policy.Hides(holder));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));
        Assert.InRange(hidden, 500, 4_500);
    }

    [Fact]
    public void A_value_in_its_form_stays_as_it_is()
    {
        Prop.ForAll(Typed.ToArbitrary(), rule =>
        {
            if (RuleValue.TryRead(rule.Kind, rule.Value, out var value, out _))
            {
                Assert.True(RuleValue.TryRead(rule.Kind, value, out var again, out _));
                Assert.Equal(value, again);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));
    }

    [Theory]
    [InlineData("東京", "東京タワー", true)]
    [InlineData("東京", "南東京都", true)]
    [InlineData("京", "東京", true)]
    [InlineData("大", "東京", false)]
    [InlineData("東京タワー", "東京タワーの写真", true)]
    [InlineData("東京タワー", "東京のタワー", false)]
    [InlineData("STRASSE straße", "eine strasse, Straße!", true)]
    [InlineData("ırmak", "IRMAK", true)]
    [InlineData("don't", "we don't know", true)]
    [InlineData("one two", "one three two", false)]
    [InlineData("two one", "one two", false)]
    [InlineData("ελλάς", "ΕΛΛΆΣ", true)]
    public void Words_are_those_of_the_search(string rule, string title, bool expected) =>
        Assert.Equal(expected, PolicyOf([(RuleKind.Word, rule)]).Hides("x", new Description { Title = title }));

    [Fact]
    public void A_phrase_ends_with_its_text()
    {
        var policy = PolicyOf([(RuleKind.Word, "big cat")]);
        Assert.False(policy.Hides("x", new Description { Title = "big", Summary = "cat" }));
        Assert.False(policy.Hides("x", new Description { Title = "t", Tags = ["big", "cat"] }));
        Assert.True(policy.Hides("x", new Description { Title = "t", Tags = ["zoo", "Big Cat"] }));
        Assert.True(policy.Hides("x", new Description { Title = "t", Summary = new string('x', 20_000) + " a big cat" }));
    }

    [Theory]
    [InlineData(RuleKind.Origin, "short")]
    [InlineData(RuleKind.Node, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/")]
    [InlineData(RuleKind.Node, "node")]
    [InlineData(RuleKind.Label, "  ")]
    [InlineData(RuleKind.Language, "e n")]
    [InlineData(RuleKind.Language, "en--us")]
    [InlineData(RuleKind.Size, "-1")]
    [InlineData(RuleKind.Size, "1e3")]
    [InlineData(RuleKind.Size, "9007199254740992")]
    [InlineData(RuleKind.Word, "...")]
    [InlineData(RuleKind.Word, "one two three four five six")]
    [InlineData(RuleKind.Content, "with blank")]
    [InlineData((RuleKind)99, "x")]
    public void What_cannot_be_a_value_is_refused_in_words(RuleKind kind, string typed)
    {
        Assert.False(RuleValue.TryRead(kind, typed, out _, out var problem));
        Assert.NotEqual("", problem);
    }

    [Fact]
    public void Dropping_is_more_than_blocking()
    {
        var policy = ContentPolicy.Of([RuleOf(RuleKind.Origin, Origin, drop: true), RuleOf(RuleKind.Origin, Other)]);
        Assert.True(policy.IsBlocked(Origin) && policy.IsDropped(Origin));
        Assert.True(policy.IsBlocked(Other) && !policy.IsDropped(Other));
        Assert.False(policy.IsBlocked("else") || policy.IsDropped("else"));
        Assert.False(ContentPolicy.Nothing.Hides("x", new Description { Title = "" }) || ContentPolicy.Nothing.IsBlocked(Origin));
    }

    internal static ContentPolicy PolicyOf(IEnumerable<(RuleKind Kind, string Value)> typed) => ContentPolicy.Of(typed.Select(rule =>
    {
        Assert.True(RuleValue.TryRead(rule.Kind, rule.Value, out var value, out var problem), problem);
        return RuleOf(rule.Kind, value!);
    }).ToList());

    private static PolicyRule RuleOf(RuleKind kind, string value, bool drop = false) => new("rule", kind, value, drop, "", "", DateTimeOffset.UnixEpoch);

    /// <summary>The verdict on a content, by comparing strings.</summary>
    internal static bool Naively(RuleKind kind, string typed, string id, Description content) => kind switch
    {
        RuleKind.Content => id == typed,
        RuleKind.Label => string.Equals(content.Label?.Trim(), typed.Trim(), StringComparison.OrdinalIgnoreCase),
        RuleKind.Language => content.Language is { } tag && IsLanguage(typed.ToLowerInvariant(), tag),
        RuleKind.Size => content.Size > long.Parse(typed, CultureInfo.InvariantCulture),
        RuleKind.Word => content.Tags.Prepend(content.Summary).Prepend(content.Title).Any(text => Plain(text).Contains(Plain(typed), StringComparison.Ordinal)),
        _ => false,
    };

    private static bool Naively(RuleKind kind, string typed, NodeKey holder) =>
        (kind == RuleKind.Origin && typed == holder.Origin) || (kind == RuleKind.Node && typed == $"{holder.Origin}/{holder.NodeId}");

    /// <summary>Tags of the sample only.</summary>
    private static bool IsLanguage(string rule, string tag) => rule is "nb" or "no" ? tag is "nb" or "no" : tag == rule || tag.StartsWith(rule + "-", StringComparison.Ordinal);

    /// <summary>Words in lower case without the accents of the sample, with a blank before, between and after them.</summary>
    private static string Plain(string text)
    {
        var letters = text.ToLowerInvariant().Replace('á', 'a').Replace('ô', 'o').Replace('ó', 'o');
        return " " + string.Join(' ', Regex.Split(letters, "[^a-z0-9]+").Where(word => word.Length > 0)) + " ";
    }
}
