using System.Globalization;
using Datt.Paid.Policy;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Problems;
using Datt.Paid.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Datt.Paid.Server.Policy;

/// <summary>A rule to be made.</summary>
/// <param name="Kind"><c>origin</c>, <c>node</c>, <c>label</c>, <c>language</c>, <c>size</c>, <c>word</c> or <c>content</c>.</param>
/// <param name="Value">Server id; server id, slash, nodeId; label; language tag; bytes; word or phrase; contentId.</param>
/// <param name="Reason">Why, 1 to 500 characters.</param>
/// <param name="Drop">Of an origin: its runs are neither fetched, kept nor served here, only its head.</param>
public sealed record NewRuleRequest(string? Kind, string? Value, string? Reason, bool? Drop);

/// <summary>A rule. The last three are null while it stands.</summary>
public sealed record RuleAnswer(
    string Id, string Kind, string Value, bool Drop, string Reason, string AddedBy, DateTimeOffset AddedAt, string? RemovedReason, string? RemovedBy,
    DateTimeOffset? RemovedAt)
{
    public static RuleAnswer Of(PolicyRule rule) => new(
        rule.Id, rule.Kind.ToString().ToLowerInvariant(), rule.Value, rule.Drop, rule.Reason, rule.AddedBy, rule.AddedAt,
        rule.Removal?.Reason, rule.Removal?.By, rule.Removal?.At);
}

/// <summary>A page of rules, and what all that stand hide.</summary>
/// <param name="Rules">In the order they were made.</param>
/// <param name="Settled">Whether the index agrees with the rules. Until then totals of searches may count what is hidden; hits never show it.</param>
/// <param name="HiddenContents">Contents that no search finds, as of <paramref name="CountedAt"/>.</param>
/// <param name="HiddenRecords">Records that no search shows, those of hidden holders included.</param>
/// <param name="CountedAt">Null before the first count, and while no rule stands.</param>
/// <param name="Next">Cursor of the next page.</param>
public sealed record RulesAnswer(
    IReadOnlyList<RuleAnswer> Rules, bool Settled, long HiddenContents, long HiddenRecords, DateTimeOffset? CountedAt, string? Next);

/// <summary>Calls by which operators hide from search here what they do not want to show.</summary>
public static class PolicyCalls
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1_000;

    public static void MapPolicy(this IEndpointRouteBuilder app)
    {
        var policy = app.MapGroup("/api/v1/admin/policy").WithTags("Operators").Needs(Scopes.Operator);
        policy.MapGet("", ListAsync).Refuses(400).WithName("listPolicyRules")
            .WithSummary("Rules that hide contents or holders from search here, with who made them; removed=true shows undone ones too.");
        policy.MapPost("", AddAsync).Refuses(400).WithName("addPolicyRule")
            .WithSummary("Hides by origin, node, label, language, size, word or content. A rule that stands already is answered with 200.");
        policy.MapDelete("/{id}", RemoveAsync).Refuses(400, 404).WithName("removePolicyRule").WithSummary("Undoes a rule; once or several times.");
    }

    private static async Task<Results<Ok<RulesAnswer>, Problem>> ListAsync(
        string? kind, string? value, string? removed, string? cursor, string? limit, PolicyBook book, PolicyPass pass, CancellationToken ct)
    {
        if (!Paging.TryReadLimit(limit, DefaultLimit, MaxLimit, out var count, out var problem) || !Paging.TryReadCursor(cursor, out var after, out problem))
            return problem;
        long place = 0;
        if (after is not null && !long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out place))
            return Problem.Invalid("cursor", "This cursor is not one that this list gave. Start without a cursor.");
        if (removed is not (null or "" or "true" or "false"))
            return Problem.Invalid("removed", "removed must be true or false.");
        RuleKind? only = null;
        if (!string.IsNullOrEmpty(kind))
        {
            if (!TryReadKind(kind, out var known))
                return WrongKind();
            only = known;
        }

        if (!string.IsNullOrEmpty(value))
        {
            if (only is null)
                return Problem.Invalid("kind", "Say of which kind the value is.");
            if (!RuleValue.TryRead(only.Value, value, out value, out var wrong))
                return Problem.Invalid("value", wrong);
        }

        var (rules, next) = await book.ListAsync(new RuleQuery(place, count, removed == "true", only, string.IsNullOrEmpty(value) ? null : value), ct);
        var hidden = pass.Hidden;
        return TypedResults.Ok(new RulesAnswer(
            [.. rules.Select(RuleAnswer.Of)], pass.IsSettled, hidden.Contents, hidden.Records, hidden.CountedAt,
            Paging.Cursor(next?.ToString(CultureInfo.InvariantCulture))));
    }

    private static async Task<Results<Created<RuleAnswer>, Ok<RuleAnswer>, Problem>> AddAsync(
        NewRuleRequest request, HttpContext context, PolicyBook book, TimeProvider time, CancellationToken ct)
    {
        if (!TryReadKind(request.Kind, out var kind))
            return WrongKind();
        if (request.Value is not { } value)
            return Problem.Invalid("value", "Say what to hide.");
        var draft = new RuleDraft(kind, value, request.Drop ?? false, request.Reason ?? "");
        return await book.AddAsync(draft, context.CallerName(), time.GetUtcNow(), ct) switch
        {
            RuleOutcome.Added added => TypedResults.Created($"/api/v1/admin/policy/{added.Rule.Id}", RuleAnswer.Of(added.Rule)),
            RuleOutcome.Known known => TypedResults.Ok(RuleAnswer.Of(known.Rule)),
            RuleOutcome.Invalid invalid => Problem.Invalid(invalid.Field, invalid.Detail),
            _ => Problem.QuotaExceeded($"There are {PolicyBook.MaxRules} rules already. Undo some first.", TimeSpan.FromHours(1)),
        };
    }

    private static async Task<Results<Ok<RuleAnswer>, Problem>> RemoveAsync(
        string id, string? reason, HttpContext context, PolicyBook book, TimeProvider time, CancellationToken ct) =>
        await book.RemoveAsync(id, reason ?? "", context.CallerName(), time.GetUtcNow(), ct) switch
        {
            RuleOutcome.Removed removed => TypedResults.Ok(RuleAnswer.Of(removed.Rule)),
            RuleOutcome.Invalid invalid => Problem.Invalid(invalid.Field, invalid.Detail),
            _ => Problem.NotFound("There is no such rule."),
        };

    private static bool TryReadKind(string? text, out RuleKind kind)
    {
        kind = Enum.GetValues<RuleKind>().FirstOrDefault(each => string.Equals(each.ToString(), text, StringComparison.OrdinalIgnoreCase));
        return kind != default;
    }

    private static Problem WrongKind() =>
        Problem.Invalid("kind", $"kind must be one of {string.Join(", ", Enum.GetNames<RuleKind>()).ToLowerInvariant()}.");
}
