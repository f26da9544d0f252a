using Datt.Paid.Pricing;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Payments;

/// <param name="Operation">Names the refund: asked for again under the same name, it is the same one. 1 to 64 characters.</param>
/// <param name="Reason">Why, for the books; 1 to 500 characters.</param>
/// <param name="Amount">At most this; null for all that can be given back.</param>
/// <param name="ByHand">The operator pays it without the provider, which has no key that can spend or cannot be asked.</param>
public sealed record RefundRequest(string Operation, string Reason, Money? Amount, bool ByHand);

public sealed record RefundView(
    string Id, string InvoiceId, string AccountId, Money Amount, RefundState State, string Reason, string? Detail, string? ClaimUrl, DateTimeOffset At)
{
    internal static RefundView Of(Refund row) => new(
        row.Id, row.InvoiceId, row.AccountId, new Money(row.Units, row.Currency), row.State, row.Reason, row.Detail, row.ClaimUrl, row.At);
}

public abstract record RefundOutcome
{
    public sealed record Known(RefundView Refund) : RefundOutcome;

    public sealed record NotFound : RefundOutcome;

    /// <summary>Nothing of this invoice is left to give back.</summary>
    public sealed record NothingLeft(string Reason) : RefundOutcome;

    public sealed record Invalid(string Field, string Reason) : RefundOutcome;
}

/// <summary>
/// Gives money back. First the unused part of the period goes, then the ledger is debited, then the provider makes one claimable refund; no
/// provider can be asked twice without paying twice, so a call whose answer was lost waits for the operator.
/// </summary>
public sealed class RefundService(Database database, PaymentProviders providers, PriceBook prices, ILogger<RefundService> log)
{
    private const int MaximumReason = 500;
    private const int MaximumOperation = 64;
    private const int Page = 100;
    private static readonly TimeSpan LookAgain = TimeSpan.FromHours(6);
    private static readonly TimeSpan LookFor = TimeSpan.FromDays(365);

    public async Task<RefundOutcome> RefundAsync(string invoiceId, RefundRequest request, DateTimeOffset now, CancellationToken ct)
    {
        if (request.Operation is not { Length: > 0 and <= MaximumOperation })
            return new RefundOutcome.Invalid("operation", $"Name the refund with 1 to {MaximumOperation} characters, so that a repetition is recognised.");
        if (request.Reason.Trim() is not { Length: > 0 and <= MaximumReason })
            return new RefundOutcome.Invalid("reason", $"Say why in 1 to {MaximumReason} characters.");
        var outcome = await database.WriteAsync(db => DebitAsync(db, invoiceId, request, now, ct), ct);
        if (outcome is RefundOutcome.Known { Refund.State: RefundState.Debited } known)
        {
            await AskAsync(known.Refund.Id, now, ct);
            return new RefundOutcome.Known((await FindAsync(known.Refund.Id, ct))!);
        }
        return outcome;
    }

    public Task<RefundView?> FindAsync(string id, CancellationToken ct) => database.ReadAsync(
        async db => await db.Refunds.SingleOrDefaultAsync(r => r.Id == id, ct) is { } row ? RefundView.Of(row) : null, ct);

    /// <summary>Refunds, newest first, at most 1,000.</summary>
    public Task<List<RefundView>> ListAsync(RefundState? state, int limit, CancellationToken ct) => database.ReadAsync(
        async db => (await db.Refunds.Where(r => state == null || r.State == state).OrderByDescending(r => r.At).Take(Math.Clamp(limit, 1, 1000))
            .ToListAsync(ct)).ConvertAll(RefundView.Of), ct);

    /// <summary>An operator looked at the provider: the refund whose answer was lost was made there, or was not.</summary>
    /// <param name="providerId">The provider's id of it; null when it was not made, and is booked back.</param>
    public Task<RefundOutcome> ResolveAsync(string id, string? providerId, DateTimeOffset now, CancellationToken ct) =>
        database.WriteAsync<RefundOutcome>(async db =>
        {
            if (await db.Refunds.SingleOrDefaultAsync(r => r.Id == id, ct) is not { } row)
                return new RefundOutcome.NotFound();
            if (row.State != RefundState.Uncertain)
                return new RefundOutcome.Invalid("state", "Only a refund whose answer was lost waits for a decision.");
            if (providerId is null)
                await BookBackAsync(db, row, "not made at the provider, as an operator found", now, ct);
            else
                (row.State, row.ProviderId, row.NextLookAt) = (RefundState.Open, providerId, now);
            return new RefundOutcome.Known(RefundView.Of(row));
        }, ct);

    /// <summary>Goes on with refunds that were not asked for yet, and looks at those that nobody has collected. May run twice at once and die anywhere.</summary>
    public async Task RunAsync(DateTimeOffset now, CancellationToken ct)
    {
        var due = await database.ReadAsync(
            db => db.Refunds.Where(r => r.NextLookAt != null && r.NextLookAt <= now).OrderBy(r => r.NextLookAt).Take(Page).Select(r => r.Id).ToListAsync(ct), ct);
        foreach (var id in due)
        {
            try
            {
                await AskAsync(id, now, ct);
                await LookAsync(id, now, ct);
            }
            catch (ProviderUnavailableException e)
            {
                log.LogWarning(e, "Refund {Refund} could not be looked at; the next run does.", id);
            }
        }
    }

    /// <summary>Takes the unused period back and debits the ledger, once per operation.</summary>
    private async Task<RefundOutcome> DebitAsync(DattDbContext db, string invoiceId, RefundRequest request, DateTimeOffset now, CancellationToken ct)
    {
        if (await db.Refunds.SingleOrDefaultAsync(r => r.Id == request.Operation, ct) is { } known)
        {
            return known.InvoiceId == invoiceId
                ? new RefundOutcome.Known(RefundView.Of(known))
                : new RefundOutcome.Invalid("operation", "This name belongs to a refund of another invoice.");
        }
        if (await db.Invoices.SingleOrDefaultAsync(i => i.Id == invoiceId, ct) is not { ProviderId: not null } row)
            return new RefundOutcome.NotFound();
        await BooksCurrency.BringOverAsync(db, row, prices.Options.Currency, now, ct);
        if (await AccountBooks.OpenAsync(db, row.AccountId, row.Currency, row.Sandbox, ct) is not { } books)
            return new RefundOutcome.NotFound();
        if (request.Amount is { } asked && (asked.Currency != row.Currency || asked.Units <= 0))
            return new RefundOutcome.Invalid("amount", $"An amount is more than 0 and in {row.Currency}.");
        var running = books.RunningOf(row.Id, now);
        var unused = running.Sum(p => AccountBooks.Unused(p, now));
        var most = Math.Min(await KeptAsync(db, row, ct), books.Balance.Units + unused);
        var units = Money.Of(
            Currencies.FloorToMinorUnit(new Money(Math.Max(0, Math.Min(most, request.Amount?.Units ?? long.MaxValue)), row.Currency).Amount, row.Currency),
            row.Currency).Units;
        if (units == 0)
        {
            return new RefundOutcome.NothingLeft(
                "Of what this invoice was paid, everything is used up or given back already, or less than the smallest unit of the currency is left.");
        }
        foreach (var period in running)
            await books.TakeBackAsync(period, all: false, "refunded: " + request.Reason.Trim(), now, ct);
        await books.TryDebitAsync(LedgerKind.Refund, "refund:" + request.Operation, units, row.Id, request.Reason.Trim(), now, ct);
        var refund = new Refund
        {
            Id = request.Operation,
            AccountId = row.AccountId,
            InvoiceId = row.Id,
            Units = units,
            Currency = row.Currency,
            State = request.ByHand ? RefundState.Claimed : RefundState.Debited,
            Reason = request.Reason.Trim(),
            Detail = request.ByHand ? "paid by hand" : null,
            At = now,
            NextLookAt = request.ByHand ? null : now,
        };
        db.Refunds.Add(refund);
        return new RefundOutcome.Known(RefundView.Of(refund));
    }

    /// <summary>What was paid on an invoice, still stands and was not refunded, in the currency of the books.</summary>
    private static async Task<long> KeptAsync(DattDbContext db, Invoice row, CancellationToken ct)
    {
        var entries = await db.Ledger
            .Where(l => l.InvoiceId == row.Id && (l.Kind == LedgerKind.Payment || l.Kind == LedgerKind.Refund || l.Key.StartsWith("undone:") || l.Key.StartsWith("refund-back:")))
            .Select(l => new { l.Units, l.Currency }).ToListAsync(ct);
        var kept = 0L;
        foreach (var entry in entries.GroupBy(e => e.Currency))
            kept += BooksCurrency.Convert(entry.Sum(e => e.Units), await BooksCurrency.RateAsync(db, entry.Key, row.Currency, ct));
        return kept;
    }

    /// <summary>Asks the provider, once: the refund counts as asked for before the call goes out.</summary>
    private async Task AskAsync(string id, DateTimeOffset now, CancellationToken ct)
    {
        var (refund, invoice) = await database.ReadAsync(async db =>
        {
            var row = await db.Refunds.SingleAsync(r => r.Id == id, ct);
            return (row, await db.Invoices.SingleAsync(i => i.Id == row.InvoiceId, ct));
        }, ct);
        if (refund.State != RefundState.Debited || providers.Of(invoice.Provider, invoice.Store) is not { } provider)
            return;
        try
        {
            // A provider that is not there is noticed before anything is asked that must not be asked twice.
            await provider.ReadAsync(invoice.ProviderId!, now, ct);
        }
        catch (ProviderUnavailableException e)
        {
            log.LogWarning(e, "Refund {Refund} is debited; the provider is asked for it when it can be reached.", id);
            return;
        }
        var mine = await database.WriteAsync(
            async db => await db.Refunds.Where(r => r.Id == id && r.State == RefundState.Debited)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.State, RefundState.Uncertain).SetProperty(r => r.NextLookAt, (DateTimeOffset?)null), ct) == 1,
            ct);
        if (!mine)
            return;
        ProviderRefundOutcome outcome;
        try
        {
            outcome = await provider.RefundAsync(
                new ProviderRefundRequest(id, invoice.ProviderId!, new Money(refund.Units, refund.Currency), refund.Reason), now, ct);
        }
        catch (ProviderUnavailableException e)
        {
            log.LogError(e, "Whether the provider made refund {Refund} is not known. Look there, then resolve it: asking again could pay twice.", id);
            return;
        }
        await database.WriteAsync(async db =>
        {
            var row = await db.Refunds.SingleAsync(r => r.Id == id, ct);
            if (outcome is ProviderRefundOutcome.Made made)
                (row.State, row.ProviderId, row.ClaimUrl, row.NextLookAt) = (RefundState.Open, made.Id, made.ClaimUrl, now + LookAgain);
            else if (outcome is ProviderRefundOutcome.Refused refused)
                await BookBackAsync(db, row, refused.Reason, now, ct);
        }, ct);
    }

    /// <summary>Whether an open refund was collected or withdrawn.</summary>
    private async Task LookAsync(string id, DateTimeOffset now, CancellationToken ct)
    {
        var (refund, invoice) = await database.ReadAsync(async db =>
        {
            var row = await db.Refunds.SingleAsync(r => r.Id == id, ct);
            return (row, await db.Invoices.SingleAsync(i => i.Id == row.InvoiceId, ct));
        }, ct);
        if (refund.State != RefundState.Open || refund.NextLookAt > now || providers.Of(invoice.Provider, invoice.Store) is not { } provider)
            return;
        var state = await provider.RefundStateAsync(refund.ProviderId!, now, ct);
        await database.WriteAsync(async db =>
        {
            var row = await db.Refunds.SingleAsync(r => r.Id == id, ct);
            if (row.State != RefundState.Open)
                return;
            if (state == ProviderRefundState.Withdrawn)
                await BookBackAsync(db, row, "withdrawn at the provider before it was collected", now, ct);
            else if (state == ProviderRefundState.Claimed)
                (row.State, row.NextLookAt) = (RefundState.Claimed, null);
            else
                row.NextLookAt = now < row.At + LookFor ? now + LookAgain : null;
        }, ct);
    }

    private static async Task BookBackAsync(DattDbContext db, Refund row, string reason, DateTimeOffset now, CancellationToken ct)
    {
        var invoice = await db.Invoices.SingleAsync(i => i.Id == row.InvoiceId, ct);
        var books = await AccountBooks.OpenAsync(db, row.AccountId, row.Currency, invoice.Sandbox, ct)
            ?? throw new InvalidOperationException($"Refund {row.Id} is of an account that does not exist.");
        await books.TryCreditAsync(LedgerKind.Adjustment, "refund-back:" + row.Id, row.Units, row.InvoiceId, reason, now, ct);
        (row.State, row.NextLookAt) = (RefundState.BookedBack, null);
        row.Detail = reason.Length <= MaximumReason ? reason : reason[..MaximumReason];
    }
}
