using Datt.Paid.Pricing;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Payments;

/// <summary>What accounts have prepaid: the sum of their ledger entries that count.</summary>
public sealed class Balances(Database database, PaymentProviders providers, PriceBook prices)
{
    public Task<Money> OfAsync(string accountId, CancellationToken ct) => database.ReadAsync(
        async db => new Money(
            await AccountBooks.Counted(db, accountId, providers.IsSandbox).SumAsync(l => l.Units, ct), prices.Options.Currency), ct);

    /// <summary>Entries of an account, newest first.</summary>
    public Task<List<LedgerEntry>> EntriesAsync(string accountId, int limit, CancellationToken ct) => database.ReadAsync(
        db => AccountBooks.Counted(db, accountId, providers.IsSandbox).OrderByDescending(l => l.Id).Take(Math.Clamp(limit, 1, 1000)).ToListAsync(ct), ct);
}
