namespace Datt.Paid.Catalog;

/// <summary>What became of a batch given to <see cref="ContentCatalog.AppendAsync"/>.</summary>
public abstract record AppendOutcome
{
    private AppendOutcome()
    {
    }

    /// <summary>Every statement of the batch is durable and can be looked up.</summary>
    /// <param name="LastPosition">Position in <see cref="ContentCatalog.Changes"/> at or before which all its changes stand.</param>
    public sealed record Appended(long LastPosition) : AppendOutcome;

    /// <summary>Nothing is acknowledged; the caller may try again. Parts of the batch may still come back after a restart.</summary>
    /// <param name="Reason">For people: what is wrong, such as <c>disk full: …</c>.</param>
    public sealed record Unavailable(string Reason) : AppendOutcome;
}
