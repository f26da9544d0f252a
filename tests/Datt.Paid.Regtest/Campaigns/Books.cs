using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Regtest.Campaigns;

/// <summary>Everything the database knows about money, and what the payment side says, at one moment at which nothing is on its way.</summary>
internal sealed record Books(
    DateTimeOffset Now, List<Invoice> Invoices, List<InvoiceEvent> Events, List<LedgerEntry> Ledger, List<Period> Periods, List<Refund> Refunds,
    List<PricePoint> Prices, List<Account> Accounts, IReadOnlyList<SidePayment> Payments)
{
    public static async Task<Books> OfAsync(MoneyScene scene) => await scene.ReadAsync(async db => new Books(
        scene.Now, await db.Invoices.ToListAsync(), await db.InvoiceEvents.OrderBy(e => e.Id).ToListAsync(), await db.Ledger.OrderBy(l => l.Id).ToListAsync(),
        await db.Periods.OrderBy(p => p.From).ToListAsync(), await db.Refunds.ToListAsync(), await db.PricePoints.OrderBy(p => p.Id).ToListAsync(),
        await db.Users.ToListAsync(), scene.Side.Payments()));

    /// <summary>Whether a booked payment has not been booked back: undone, taken in again, undone ...</summary>
    public bool Stands(LedgerEntry payment) => Ledger.Count(l => l.Key.StartsWith($"undone:{payment.Key}:", StringComparison.Ordinal)) % 2 == 0;

    /// <summary>The price of a month at a time, in 1e-8 units.</summary>
    public long PriceAt(DateTimeOffset time) => (Prices.LastOrDefault(p => p.EffectiveFrom <= time) ?? Prices[0]).Units;

    /// <summary>The price published by a time: what renewals are charged.</summary>
    public long PublishedBy(DateTimeOffset time) => (Prices.LastOrDefault(p => p.PublishedAt <= time) ?? Prices[0]).Units;
}
