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

    /// <summary>What stands against starting with this configuration and these books; empty when nothing does.</summary>
    public async Task<IReadOnlyList<string>> StartProblemsAsync(CancellationToken ct)
    {
        var problems = new List<string>();
        var sandbox = providers.IsSandbox;
        var currencies = await database.ReadAsync(
            db => db.Ledger.Where(l => sandbox || !l.Sandbox).Select(l => l.Currency).Distinct().ToListAsync(ct), ct);
        foreach (var currency in currencies.Where(c => c != prices.Options.Currency))
        {
            problems.Add($"Datt:Pricing:Currency is {prices.Options.Currency}, but the ledger is kept in {currency}: "
                + "the currency is fixed by the first entry. Set it back.");
        }
        var open = await database.ReadAsync(
            db => db.Invoices.Where(i => i.NextReadAt != null && !i.Sandbox).Select(i => new { i.Provider, i.Store }).Distinct().ToListAsync(ct), ct);
        foreach (var former in open.Where(f => providers.Of(f.Provider, f.Store) is null))
        {
            problems.Add($"Invoices of the payment provider {former.Provider} (store '{former.Store}') can still be paid, but its settings "
                + "are gone. Keep them until those invoices are old.");
        }
        return problems;
    }
}
