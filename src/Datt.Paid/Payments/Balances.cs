using Datt.Paid.Pricing;

namespace Datt.Paid.Payments;

public sealed class Balances
{
    public Task<Money> OfAsync(string accountId, CancellationToken ct) => throw new NotImplementedException();
}
