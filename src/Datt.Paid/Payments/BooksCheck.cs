using Datt.Paid.Pricing;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Payments;

/// <summary>Whether the configuration fits the books, asked at each start.</summary>
public sealed class BooksCheck(Database database, PaymentProviders providers, PriceBook prices, BooksCurrency currency)
{
    /// <summary>What stands against starting; empty when nothing does.</summary>
    public async Task<IReadOnlyList<string>> ProblemsAsync(CancellationToken ct)
    {
        var problems = new List<string>();
        var wanted = prices.Options.Currency;
        if (await currency.NowAsync(ct) is { } kept && kept != wanted)
        {
            problems.Add($"Datt:Pricing:Currency is {wanted}, but the ledger is kept in {kept}. Set it back, or change the books with "
                + $"'change-currency {wanted} --rate R', where one {kept} is worth R {wanted}.");
        }
        foreach (var (provider, store) in await FormerAsync(ct))
        {
            problems.Add($"Invoices of the payment provider {provider} (store '{store}') can still be paid, but its settings are gone. "
                + "Keep them until those invoices are old, or start once with --abandon: what is paid on them is then never seen.");
        }
        return problems;
    }

    /// <summary>Gives up the invoices of providers whose settings are gone; they are never read again.</summary>
    /// <returns>How many that were.</returns>
    public async Task<int> AbandonAsync(DateTimeOffset now, CancellationToken ct)
    {
        var abandoned = 0;
        foreach (var (provider, store) in await FormerAsync(ct))
        {
            abandoned += await database.WriteAsync(async db =>
            {
                var rows = await db.Invoices.Where(i => i.Provider == provider && i.Store == store && i.NextReadAt != null).ToListAsync(ct);
                foreach (var row in rows)
                {
                    row.NextReadAt = null;
                    row.Version++;
                    db.InvoiceEvents.Add(new InvoiceEvent
                    {
                        InvoiceId = row.Id,
                        At = now,
                        From = row.Status,
                        To = row.Status,
                        Detail = row.Detail,
                        Cause = "abandoned by the operator with its provider",
                    });
                }
                return rows.Count;
            }, ct);
        }
        return abandoned;
    }

    private async Task<List<(string Provider, string Store)>> FormerAsync(CancellationToken ct)
    {
        var open = new List<(string Provider, string Store)>();
        await database.ReadRowsAsync(
            """SELECT DISTINCT "Provider", "Store" FROM "Invoices" WHERE "NextReadAt" IS NOT NULL AND NOT "Sandbox" """,
            row => open.Add((row.GetString(0), row.GetString(1))), ct);
        return [.. open.Where(f => providers.Of(f.Provider, f.Store) is null)];
    }
}
