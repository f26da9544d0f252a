namespace Datt.Paid.Client;

/// <summary>What the operator hides from search at this server. No feed changes by it.</summary>
public sealed class PolicyClient
{
    private const string Path = "api/v1/admin/policy";

    private readonly Transport _transport;

    internal PolicyClient(Transport transport) => _transport = transport;

    /// <summary>One page of rules, in the order they were made.</summary>
    /// <param name="query">Which.</param>
    /// <param name="cursor">As the page before gave; null begins.</param>
    /// <param name="ct">Cancels the call.</param>
    public Task<PolicyPage> PageAsync(PolicyQuery? query = null, string? cursor = null, CancellationToken ct = default) =>
        _transport.GetAsync(
            new Query(Path).With("kind", query?.Kind).With("value", query?.Value).With("removed", query?.Removed == true ? "true" : null)
                .With("limit", query?.Limit).With("cursor", cursor).ToString(),
            ClientJson.Default.PolicyPage, ct);

    /// <summary>
    /// Makes a rule, which takes effect at once; one that stands already is given back as it is. Codes <c>invalid_kind</c>, <c>invalid_value</c>,
    /// <c>invalid_drop</c>, <c>invalid_reason</c>.
    /// </summary>
    public Task<PolicyRule> BlockAsync(NewPolicyRule rule, CancellationToken ct = default) =>
        _transport.ReadAsync(HttpMethod.Post, Path, JsonBody.Of(rule, ClientJson.Default.NewPolicyRule), ClientJson.Default.PolicyRule, ct);

    /// <summary>Undoes a rule, once or several times. Code <c>not_found</c> when there never was one with this id.</summary>
    public Task<PolicyRule> UnblockAsync(string id, string? reason = null, CancellationToken ct = default) =>
        _transport.ReadAsync(
            HttpMethod.Delete, new Query($"{Path}/{Query.Segment(id)}").With("reason", reason).ToString(), null, ClientJson.Default.PolicyRule, ct);
}

/// <summary>Which rules to list.</summary>
public sealed record PolicyQuery
{
    /// <summary><c>origin</c>, <c>node</c>, <c>label</c>, <c>language</c>, <c>size</c>, <c>word</c> or <c>content</c>; null for all.</summary>
    public string? Kind { get; init; }

    /// <summary>Only the rule with this value; wants a kind.</summary>
    public string? Value { get; init; }

    /// <summary>Undone ones too.</summary>
    public bool Removed { get; init; }

    /// <summary>1 to 1000; null leaves it to the server.</summary>
    public int? Limit { get; init; }
}

/// <summary>A rule to be made.</summary>
/// <param name="Kind">See <see cref="PolicyQuery.Kind"/>.</param>
/// <param name="Value">Server id; server id, slash, nodeId; label; language tag; bytes; word or phrase; contentId.</param>
/// <param name="Reason">Why, 1 to 500 characters.</param>
public sealed record NewPolicyRule(string Kind, string Value, string Reason)
{
    /// <summary>Of an origin: its runs are neither fetched, kept nor served there, only its head.</summary>
    public bool Drop { get; init; }
}

/// <summary>A rule, and who made and undid it.</summary>
public sealed record PolicyRule
{
    public string Id { get; init; } = "";

    public string Kind { get; init; } = "";

    /// <summary>In the form that the server compares: folded, lower case.</summary>
    public string Value { get; init; } = "";

    public bool Drop { get; init; }

    public string Reason { get; init; } = "";

    /// <summary>Account of who made it.</summary>
    public string AddedBy { get; init; } = "";

    public DateTimeOffset AddedAt { get; init; }

    public string? RemovedReason { get; init; }

    /// <summary>Account of who undid it; null while it stands.</summary>
    public string? RemovedBy { get; init; }

    public DateTimeOffset? RemovedAt { get; init; }
}

/// <summary>A page of rules, and what all that stand hide.</summary>
public sealed record PolicyPage
{
    public IReadOnlyList<PolicyRule> Rules { get => field ?? []; init; }

    /// <summary>Whether the server's index agrees with the rules. Until then totals may count what is hidden; hits never show it.</summary>
    public bool Settled { get; init; }

    /// <summary>Contents that no search finds, as of <see cref="CountedAt"/>.</summary>
    public long HiddenContents { get; init; }

    /// <summary>Records that no search shows, those of hidden holders included.</summary>
    public long HiddenRecords { get; init; }

    /// <summary>Null before the first count, and while no rule stands.</summary>
    public DateTimeOffset? CountedAt { get; init; }

    /// <summary>Cursor of the next page; null at the end.</summary>
    public string? Next { get; init; }
}
