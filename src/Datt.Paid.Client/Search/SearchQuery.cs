namespace Datt.Paid.Client;

/// <summary>What to look for. Everything but the text narrows it.</summary>
/// <param name="Text">Words, <c>"a phrase"</c>, <c>OR</c>, <c>-not</c>, <c>word*</c>, <c>title:word</c>, <c>label:</c>, <c>author:</c>, <c>tag:</c>.</param>
public sealed record SearchQuery(string Text)
{
    /// <summary>Hits of one page, 1 to 100; 10 when left out.</summary>
    public int? Limit { get; init; }

    /// <summary><c>relevance</c> or <c>recent</c>.</summary>
    public string? Sort { get; init; }

    /// <summary>Only this topic.</summary>
    public string? Label { get; init; }

    /// <summary>Only with this tag.</summary>
    public string? Tag { get; init; }

    /// <summary>Only by this author.</summary>
    public string? Author { get; init; }

    /// <summary>Only this MIME type.</summary>
    public string? Type { get; init; }

    /// <summary>Only this language.</summary>
    public string? Language { get; init; }

    /// <summary>Not published before.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Not published after.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Milliseconds after which what was found is returned as it is.</summary>
    public int? BudgetMs { get; init; }

    /// <summary><c>all</c> forbids hits that match only some of the words.</summary>
    public string? Match { get; init; }

    internal string ToPath(string path, string? cursor = null) => new Query(path)
        .With("q", Text).With("limit", Limit).With("cursor", cursor).With("sort", Sort).With("label", Label).With("tag", Tag)
        .With("author", Author).With("type", Type).With("language", Language).With("since", Since).With("until", Until)
        .With("budgetMs", BudgetMs).With("match", Match).ToString();
}
