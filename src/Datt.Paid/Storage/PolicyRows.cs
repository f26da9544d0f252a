namespace Datt.Paid.Storage;

/// <summary>A rule of the local policy. An undone one stays, for those who ask who did what.</summary>
public sealed class PolicyRuleRow
{
    public required string Id { get; set; }

    public int Kind { get; set; }

    public required string Value { get; set; }

    public bool DropsRuns { get; set; }

    public required string Reason { get; set; }

    public required string AddedBy { get; set; }

    public DateTimeOffset AddedAt { get; set; }

    /// <summary>Number of the change that made it: 1, 2, 3 … over all changes of the rules, undoing included.</summary>
    public long Version { get; set; }

    /// <summary>Number of the change that undid it; null while it stands.</summary>
    public long? RemovedVersion { get; set; }

    public string? RemovedReason { get; set; }

    public string? RemovedBy { get; set; }

    public DateTimeOffset? RemovedAt { get; set; }
}
