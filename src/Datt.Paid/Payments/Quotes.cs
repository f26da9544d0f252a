namespace Datt.Paid.Payments;

public sealed class Quotes
{
    public Task<QuoteOutcome> QuoteAsync(int months, DateTimeOffset now, CancellationToken ct) => throw new NotImplementedException();
}
