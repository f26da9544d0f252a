namespace Datt.Paid.Payments;

public sealed class ReconciliationJob
{
    /// <param name="all">At start: every invoice that can still be paid, not only those that are due.</param>
    public Task RunAsync(DateTimeOffset now, CancellationToken ct, bool all = false) => throw new NotImplementedException();
}
