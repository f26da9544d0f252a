namespace Datt.Paid.Policy;

/// <summary>What an operator hides from search here. It never changes a feed.</summary>
/// <param name="Id">Opaque.</param>
/// <param name="Kind">What it looks at.</param>
/// <param name="Value">In the form of <see cref="RuleValue"/>.</param>
/// <param name="Drop">Of an origin: its runs are neither fetched, kept nor served here, only its head.</param>
/// <param name="Reason">Why, in the operator's words.</param>
/// <param name="AddedBy">Account of who made it.</param>
/// <param name="AddedAt">When.</param>
/// <param name="Removal">Who undid it; null while it stands.</param>
public sealed record PolicyRule(
    string Id, RuleKind Kind, string Value, bool Drop, string Reason, string AddedBy, DateTimeOffset AddedAt, RuleRemoval? Removal = null);

/// <summary>How a rule ended.</summary>
/// <param name="Reason">Why, in the operator's words; may be empty.</param>
/// <param name="By">Account of who undid it.</param>
/// <param name="At">When.</param>
public sealed record RuleRemoval(string Reason, string By, DateTimeOffset At);

/// <summary>A rule that somebody wants.</summary>
/// <param name="Kind">What it looks at.</param>
/// <param name="Value">As typed.</param>
/// <param name="Drop">Of an origin: see <see cref="PolicyRule"/>.</param>
/// <param name="Reason">Why: 1 to <see cref="MaxReason"/> characters.</param>
public sealed record RuleDraft(RuleKind Kind, string Value, bool Drop, string Reason)
{
    /// <summary>Longest reason in UTF-16 units.</summary>
    public const int MaxReason = 500;
}

/// <summary>What became of a change of the rules.</summary>
public abstract record RuleOutcome
{
    private RuleOutcome()
    {
    }

    /// <summary>The rule stands from now on.</summary>
    public sealed record Added(PolicyRule Rule) : RuleOutcome;

    /// <summary>It stood already; nothing changed.</summary>
    public sealed record Known(PolicyRule Rule) : RuleOutcome;

    /// <summary>It is undone, now or before.</summary>
    public sealed record Removed(PolicyRule Rule) : RuleOutcome;

    /// <summary>There never was such a rule.</summary>
    public sealed record Unknown : RuleOutcome;

    /// <summary>There are <see cref="PolicyBook.MaxRules"/> already.</summary>
    public sealed record Full : RuleOutcome;

    /// <param name="Field">The input at fault: <c>kind</c>, <c>value</c>, <c>drop</c> or <c>reason</c>.</param>
    /// <param name="Detail">What it must be.</param>
    public sealed record Invalid(string Field, string Detail) : RuleOutcome;
}
