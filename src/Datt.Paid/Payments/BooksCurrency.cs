using System.Globalization;
using Datt.Paid.Pricing;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Payments;

public abstract record CurrencyChangeOutcome
{
    /// <param name="Accounts">Accounts whose balance was booked out and in.</param>
    public sealed record Changed(string From, int Accounts) : CurrencyChangeOutcome;

    /// <summary>The books are kept in it already, or nothing is booked yet.</summary>
    public sealed record NotNeeded : CurrencyChangeOutcome;

    public sealed record Invalid(string Reason) : CurrencyChangeOutcome;
}

/// <summary>
/// The one currency that the ledger is kept in: fixed by its first entry, changed by an operator. A change books every balance out and in;
/// invoices from before are brought over when they are next booked, at the same rate.
/// </summary>
public sealed class BooksCurrency(Database database, PaymentProviders providers)
{
    private const string Prefix = "currency-change:";
    private const decimal LargestRate = 1_000_000_000m;

    /// <summary>Null while nothing is booked.</summary>
    public async Task<string?> NowAsync(CancellationToken ct)
    {
        // Asked at each start, so without the entity framework.
        string? now = null;
        await database.ReadRowsAsync(
            """SELECT "Value" FROM "Settings" WHERE substr("Key", 1, length(@prefix)) = @prefix ORDER BY "Key" DESC LIMIT 1""",
            row => now = row.GetString(0).Split(' ')[1], ct, ("@prefix", Prefix));
        if (now is null)
        {
            await database.ReadRowsAsync(
                """SELECT "Currency" FROM "Ledger" """ + (providers.IsSandbox ? "" : """WHERE NOT "Sandbox" """) + """ORDER BY "Id" LIMIT 1""",
                row => now = row.GetString(0), ct);
        }
        return now;
    }

    /// <param name="rate">Units of the new currency for one of the old.</param>
    public Task<CurrencyChangeOutcome> ChangeAsync(string to, decimal rate, DateTimeOffset now, CancellationToken ct)
    {
        if (!Currencies.IsKnown(to))
            return Task.FromResult<CurrencyChangeOutcome>(new CurrencyChangeOutcome.Invalid($"'{to}' is not a known currency code, such as EUR."));
        if (rate is <= 0 or > LargestRate)
            return Task.FromResult<CurrencyChangeOutcome>(new CurrencyChangeOutcome.Invalid("The rate says how many of the new currency one of the old is worth; it is above 0."));
        return database.WriteAsync<CurrencyChangeOutcome>(async db =>
        {
            if (await NowAsync(db, ct) is not { } from || from == to)
                return new CurrencyChangeOutcome.NotNeeded();
            var number = (await ChangesAsync(db, ct)).Count + 1;
            var cause = string.Create(CultureInfo.InvariantCulture, $"currency changed from {from} to {to}, 1 {from} = {rate} {to}");
            var balances = await db.Ledger.GroupBy(l => new { l.AccountId, l.Sandbox })
                .Select(g => new { g.Key.AccountId, g.Key.Sandbox, Units = g.Sum(l => l.Units) }).Where(b => b.Units != 0).ToListAsync(ct);
            foreach (var balance in balances)
            {
                var key = $"currency:{number}:{(balance.Sandbox ? "sandbox:" : "")}{balance.AccountId}";
                db.Ledger.Add(Entry(balance.AccountId, balance.Sandbox, key + ":out", -balance.Units, from));
                db.Ledger.Add(Entry(balance.AccountId, balance.Sandbox, key + ":in", Convert(balance.Units, rate), to));
            }
            db.Settings.Add(new Setting
            {
                Key = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{number:00000}"),
                Value = string.Create(CultureInfo.InvariantCulture, $"{from} {to} {rate}"),
                At = now,
            });
            return new CurrencyChangeOutcome.Changed(from, balances.Select(b => b.AccountId).Distinct().Count());

            LedgerEntry Entry(string account, bool sandbox, string key, long units, string currency) => new()
            {
                AccountId = account,
                Kind = LedgerKind.Adjustment,
                Key = key,
                Units = units,
                Currency = currency,
                Cause = cause,
                At = now,
                Sandbox = sandbox,
            };
        }, ct);
    }

    /// <summary>Brings an invoice from before a change over to the currency of the books: what it asked for, and its rate.</summary>
    internal static async Task BringOverAsync(DattDbContext db, Invoice row, string currency, DateTimeOffset now, CancellationToken ct)
    {
        if (row.Currency == currency)
            return;
        var rate = await RateAsync(db, row.Currency, currency, ct);
        db.InvoiceEvents.Add(new InvoiceEvent
        {
            InvoiceId = row.Id,
            At = now,
            From = row.Status,
            To = row.Status,
            Detail = row.Detail,
            Cause = $"brought over from {row.Currency} to {currency}",
        });
        row.Currency = currency;
        row.PriceUnits = Math.Max(1, Convert(row.PriceUnits, rate));
        row.AmountUnits = Convert(row.AmountUnits, rate);
        row.CreditedUnits = Convert(row.CreditedUnits, rate);
        row.RateUnits = Convert(row.RateUnits, rate);
    }

    /// <summary>Units of one currency for one of another, over all changes that were made.</summary>
    /// <exception cref="InvalidOperationException">The books never changed from the one to the other.</exception>
    internal static async Task<decimal> RateAsync(DattDbContext db, string from, string to, CancellationToken ct)
    {
        var (currency, total) = (from, 1m);
        foreach (var change in await ChangesAsync(db, ct))
        {
            if (currency != to && change.From == currency)
                (currency, total) = (change.To, total * change.Rate);
        }
        return currency == to ? total : throw new InvalidOperationException($"The books were never changed from {from} to {to}.");
    }

    internal static long Convert(long units, decimal rate) => checked((long)Math.Round(units * rate, MidpointRounding.ToNegativeInfinity));

    private async Task<string?> NowAsync(DattDbContext db, CancellationToken ct)
    {
        if ((await ChangesAsync(db, ct)) is { Count: > 0 } changes)
            return changes[^1].To;
        var sandbox = providers.IsSandbox;
        return await db.Ledger.Where(l => sandbox || !l.Sandbox).OrderBy(l => l.Id).Select(l => l.Currency).FirstOrDefaultAsync(ct);
    }

    private static async Task<List<(string From, string To, decimal Rate)>> ChangesAsync(DattDbContext db, CancellationToken ct)
    {
        var rows = await db.Settings.Where(s => s.Key.StartsWith(Prefix)).OrderBy(s => s.Key).Select(s => s.Value).ToListAsync(ct);
        return rows.ConvertAll(value =>
        {
            var parts = value.Split(' ');
            return (parts[0], parts[1], decimal.Parse(parts[2], CultureInfo.InvariantCulture));
        });
    }
}
