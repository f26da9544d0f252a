using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Payments;

/// <summary>
/// Reads again, in pages of the provider's list, every invoice that can still be paid, and takes in those that our database does not
/// know (any more). Messages from the provider are only a faster way to the same result. May run twice at once and die anywhere.
/// </summary>
public sealed class ReconciliationJob(Database database, PaymentProviders providers, Settlement settlement, ILogger<ReconciliationJob> log)
{
    private const int Page = 100;
    private const int MaximumPages = 10_000;
    private const string Cause = "reconciliation";

    /// <summary>An answer to a create call that is this old will not come any more.</summary>
    private static readonly TimeSpan CreateTakes = TimeSpan.FromMinutes(2);

    /// <param name="all">At start: every invoice that can still be paid, not only those that are due.</param>
    public async Task RunAsync(DateTimeOffset now, CancellationToken ct, bool all = false)
    {
        foreach (var provider in providers.All)
        {
            try
            {
                await RunAsync(provider, now, all, ct);
            }
            catch (ProviderUnavailableException e)
            {
                log.LogWarning(e, "Reconciliation could not read {Provider}; it goes on at its next run.", provider.Kind);
            }
        }
    }

    private async Task RunAsync(IPaymentProvider provider, DateTimeOffset now, bool all, CancellationToken ct)
    {
        await FinishAsync(provider, now, ct);
        var due = await DueAsync(provider, now, all, ct);
        if (due.Count == 0 && !all)
            return;
        var since = due.Count == 0 ? now - TimeSpan.FromDays(90) : due.Values.Min(d => d.CreatedAt);
        string? cursor = null;
        for (var page = 0; page < MaximumPages; page++)
        {
            // A second before: providers keep whole seconds.
            var list = await provider.ListAsync(since - TimeSpan.FromSeconds(1), cursor, Page, now, ct);
            foreach (var read in list.Invoices)
            {
                if (!due.Remove(read.Id, out var known))
                {
                    if (await settlement.VersionAsync(provider, read.Id, ct) is null)
                        await ReadAsync(provider, read, null, now, ct);
                }
                else
                    await ReadAsync(provider, read, known.Version, now, ct);
            }
            if (list.Next is null)
                break;
            cursor = list.Next;
        }
        foreach (var providerId in due.Keys) // not on the list: archived, perhaps
            await settlement.ApplyAsync(provider, providerId, Cause, now, ct);
    }

    /// <summary>One invoice that cannot be booked now, such as one paid late while there is no rate, holds up no other.</summary>
    private async Task ReadAsync(IPaymentProvider provider, ProviderInvoice read, long? version, DateTimeOffset now, CancellationToken ct)
    {
        try
        {
            if (await settlement.ApplyReadAsync(provider, read, version, Cause, now, ct) is null)
                await settlement.ApplyAsync(provider, read.Id, Cause, now, ct);
        }
        catch (ProviderUnavailableException e)
        {
            log.LogWarning("Invoice {ProviderId} cannot be booked now; the next run tries again: {Reason}", read.Id, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogError(e, "Invoice {ProviderId} could not be booked; the next run tries again.", read.Id);
        }
    }

    private async Task<Dictionary<string, (long Version, DateTimeOffset CreatedAt)>> DueAsync(
        IPaymentProvider provider, DateTimeOffset now, bool all, CancellationToken ct)
    {
        var (kind, store) = (provider.Kind.ToString(), provider.Store);
        var rows = await database.ReadAsync(
            db => db.Invoices
                .Where(i => i.Provider == kind && i.Store == store && i.ProviderId != null && i.NextReadAt != null && (all || i.NextReadAt <= now))
                .Select(i => new { i.ProviderId, i.Version, i.CreatedAt }).ToListAsync(ct), ct);
        return rows.ToDictionary(r => r.ProviderId!, r => (r.Version, r.CreatedAt));
    }

    /// <summary>Rows whose create call never answered: the provider has the invoice, or never will.</summary>
    private async Task FinishAsync(IPaymentProvider provider, DateTimeOffset now, CancellationToken ct)
    {
        var (kind, store) = (provider.Kind.ToString(), provider.Store);
        var before = now - CreateTakes;
        var ids = await database.ReadAsync(
            db => db.Invoices.Where(i => i.Provider == kind && i.Store == store && i.ProviderId == null && i.NextReadAt != null && i.CreatedAt <= before)
                .OrderBy(i => i.CreatedAt).Select(i => i.Id).Take(Page).ToListAsync(ct), ct);
        foreach (var id in ids)
        {
            var made = await provider.FindAsync(id, now, ct);
            await database.WriteAsync(async db =>
            {
                var row = await db.Invoices.SingleAsync(i => i.Id == id, ct);
                if (row.ProviderId is not null)
                    return;
                if (made is not null)
                    InvoiceMetadata.Attach(row, made);
                else
                {
                    row.NextReadAt = null;
                    InvoiceTransition.Move(db, row, InvoiceStatus.Invalid, InvoiceDetail.None, "the provider never made it", now);
                }
            }, ct);
        }
    }
}
