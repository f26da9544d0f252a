namespace Datt.Paid.Storage;

/// <summary>What one of the operator's people did, and why; append-only.</summary>
public sealed class AuditEntry : IAppendOnly
{
    public long Id { get; set; }

    public DateTimeOffset At { get; set; }

    /// <summary>Account of who did it.</summary>
    public required string ActorId { get; set; }

    /// <summary>What was done, as <c>subject.verb</c>: <c>account.suspend</c>.</summary>
    public required string Action { get; set; }

    /// <summary>Id of what it was done to.</summary>
    public required string Target { get; set; }

    /// <summary>Why, in their words.</summary>
    public required string Reason { get; set; }

    /// <summary>What changed, for people: amounts, dates, old and new values. Never a secret.</summary>
    public string? Detail { get; set; }
}
