namespace Datt.Paid.Payments;

public enum SettlementOutcome
{
    /// <summary>Something new was booked or shown.</summary>
    Applied,

    /// <summary>Nothing new.</summary>
    Replayed,

    /// <summary>Not an invoice of this server.</summary>
    Foreign,
}

public sealed class Settlement
{
    /// <summary>Reads the invoice again from the provider and books what is new. Called by webhook, reconciliation and sandbox alike.</summary>
    public Task<SettlementOutcome> ApplyAsync(string providerId, string cause, DateTimeOffset now, CancellationToken ct) => throw new NotImplementedException();
}
