using Datt.Paid.Pricing;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

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

/// <summary>
/// The one door by which payments enter the books. It is told that something may have happened to an invoice, reads the invoice again
/// from the provider, and books what is new in one transaction. Unique ledger keys make a repetition harmless; the version of our row
/// makes sure that what was read is not older than what is booked.
/// </summary>
public sealed class Settlement(
    Database database, PaymentProviders providers, PriceBook prices, InvoiceOrigin origin, IOptions<PaymentsOptions> options,
    ILogger<Settlement> log)
{
    private const int Attempts = 5;

    /// <summary>Reads the invoice again from the current provider and books what is new. Called by webhook, reconciliation and sandbox alike.</summary>
    /// <param name="providerId">The provider's id of the invoice.</param>
    /// <param name="cause">What made us look; kept in the history.</param>
    /// <exception cref="ProviderUnavailableException">The provider cannot be read now; reconciliation will.</exception>
    public Task<SettlementOutcome> ApplyAsync(string providerId, string cause, DateTimeOffset now, CancellationToken ct) =>
        providers.Current is { } provider
            ? ApplyAsync(provider, providerId, cause, now, ct)
            : Task.FromResult(SettlementOutcome.Foreign);

    /// <inheritdoc cref="ApplyAsync(string, string, DateTimeOffset, CancellationToken)"/>
    public async Task<SettlementOutcome> ApplyAsync(
        IPaymentProvider provider, string providerId, string cause, DateTimeOffset now, CancellationToken ct)
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var version = await VersionAsync(provider, providerId, ct);
            if (await provider.ReadAsync(providerId, now, ct) is not { } read)
                return SettlementOutcome.Foreign;
            if (await ApplyReadAsync(provider, read, version, cause, now, ct) is { } outcome)
                return outcome;
        }
        log.LogWarning("Invoice {ProviderId} kept changing while it was read; reconciliation will read it again.", providerId);
        return SettlementOutcome.Replayed;
    }

    /// <summary>Version of our row before the provider is asked; null when we have none.</summary>
    internal Task<long?> VersionAsync(IPaymentProvider provider, string providerId, CancellationToken ct) => database.ReadAsync(
        db => Rows(db, provider).Where(i => i.ProviderId == providerId).Select(i => (long?)i.Version).SingleOrDefaultAsync(ct), ct);

    /// <summary>Books what was read; null when our row has changed since <paramref name="version"/> and the read may be older than it.</summary>
    internal async Task<SettlementOutcome?> ApplyReadAsync(
        IPaymentProvider provider, ProviderInvoice read, long? version, string cause, DateTimeOffset now, CancellationToken ct)
    {
        var seen = SettlementBooking.Fingerprint(read);
        if (version is not null && await IsUnchangedAsync(provider, read.Id, version.Value, seen, now, ct))
            return SettlementOutcome.Replayed;
        // Only late payments need the rate of today; asking may fail, so it is asked before the transaction.
        var rateToday = read.Payments.Any(p => p.ReceivedAt >= read.ExpiresAt)
            ? (await provider.TermsAsync(prices.Options.Currency, now, ct)).Rate
            : 0m;
        var priceToday = prices.At(now).Monthly;
        return await database.WriteAsync<SettlementOutcome?>(async db =>
        {
            var row = await Rows(db, provider).SingleOrDefaultAsync(i => i.ProviderId == read.Id, ct);
            if (row?.Version != version)
                return null;
            row ??= await AdoptAsync(db, provider, read, now, ct);
            if (row is null)
                return SettlementOutcome.Foreign;
            await BooksCurrency.BringOverAsync(db, row, prices.Options.Currency, now, ct);
            if (await AccountBooks.OpenAsync(db, row.AccountId, row.Currency, row.Sandbox, ct) is not { } books)
            {
                log.LogWarning("Invoice {Invoice} belongs to account {Account}, which this database does not know.", row.Id, row.AccountId);
                return SettlementOutcome.Foreign;
            }
            var booking = new SettlementBooking(db, row, read, books, options.Value.ZeroConfirmationLimit, provider.ReportsUndonePayments, cause, now);
            var changed = await booking.ApplyAsync(rateToday, priceToday, ct);
            row.Seen = seen;
            row.Version++;
            return changed ? SettlementOutcome.Applied : SettlementOutcome.Replayed;
        }, ct);
    }

    private static IQueryable<Invoice> Rows(DattDbContext db, IPaymentProvider provider)
    {
        var (kind, store) = (provider.Kind.ToString(), provider.Store);
        return db.Invoices.Where(i => i.Provider == kind && i.Store == store);
    }

    /// <summary>The row that was never told its provider's id, or a new one from what the invoice carries; null for a stranger's.</summary>
    private async Task<Invoice?> AdoptAsync(
        DattDbContext db, IPaymentProvider provider, ProviderInvoice read, DateTimeOffset now, CancellationToken ct)
    {
        if (InvoiceMetadata.Adopt(read, provider, origin) is not { } adopted)
            return null;
        var row = await db.Invoices.SingleOrDefaultAsync(i => i.Id == read.OrderId, ct);
        if (row is { ProviderId: not null })
        {
            log.LogWarning("Invoice {Invoice} exists twice at the provider: {First} and {Second}.", row.Id, row.ProviderId, read.Id);
            adopted.Id = RandomId.New("inv"); // what is paid on the second one counts all the same
            adopted.Operation = null;
            row = null;
        }
        if (row is null)
        {
            if (!await db.Users.AnyAsync(a => a.Id == adopted.AccountId, ct))
            {
                log.LogWarning("Invoice {ProviderId} is ours, but its account {Account} is not known here.", read.Id, adopted.AccountId);
                return null;
            }
            row = adopted;
            db.Invoices.Add(row);
            db.InvoiceEvents.Add(new InvoiceEvent { InvoiceId = row.Id, At = now, Cause = "adopted from the provider" });
        }
        InvoiceMetadata.Attach(row, read);
        return row;
    }

    /// <summary>The provider says what it said last: nothing to book. Only the time of the next look moves on.</summary>
    private async Task<bool> IsUnchangedAsync(
        IPaymentProvider provider, string providerId, long version, string seen, DateTimeOffset now, CancellationToken ct)
    {
        var row = await database.ReadAsync(
            db => Rows(db, provider).SingleOrDefaultAsync(i => i.ProviderId == providerId && i.Version == version && i.Seen == seen, ct), ct);
        if (row is null)
            return false;
        var next = SettlementBooking.NextRead(row, seen, now);
        if (next != row.NextReadAt)
        {
            await database.WriteAsync(
                db => db.Invoices.Where(i => i.Id == row.Id && i.Version == version).ExecuteUpdateAsync(set => set.SetProperty(i => i.NextReadAt, next), ct), ct);
        }
        return true;
    }
}
