using System.Globalization;
using Datt.Paid.Pricing;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Payments;

/// <summary>
/// Makes invoices and shows them. Our own row comes first and its id travels as the provider's order id, so an invoice made twice or
/// made by a call whose answer was lost can be recognised.
/// </summary>
public sealed class InvoiceService(
    Database database, PriceBook prices, PaymentProviders providers, InvoiceOrigin origin, IOptions<PaymentsOptions> options,
    ILogger<InvoiceService> log)
{
    public const int MaximumOpen = 5;

    /// <summary>Far above any sensible deposit; keeps sums inside 64 bits.</summary>
    private const decimal LargestDeposit = 1_000_000m;

    /// <param name="operation">Names the request: the same name of the same account gets the same invoice. At most 100 characters.</param>
    public async Task<InvoiceOutcome> CreateAsync(
        string accountId, InvoiceRequest request, DateTimeOffset now, CancellationToken ct, string? operation = null)
    {
        var price = prices.At(now).Monthly;
        if (Problem(request, price.Currency) is { } problem)
            return problem;
        var draft = new InvoiceDraft(
            accountId, request.Months is null ? InvoicePurpose.Deposit : InvoicePurpose.Purchase, request.Months ?? 0, price,
            request.Deposit ?? price * request.Months!.Value, now + options.Value.InvoiceLifetime, operation);
        return await CreateAsync(draft, now, ct);
    }

    /// <summary>An invoice for the next month, at a price fixed by the caller.</summary>
    internal Task<InvoiceOutcome> CreateRenewalAsync(
        string accountId, Money price, DateTimeOffset expiresAt, string operation, DateTimeOffset now, CancellationToken ct) =>
        CreateAsync(new InvoiceDraft(accountId, InvoicePurpose.Renewal, 1, price, price, expiresAt, operation), now, ct);

    public Task<InvoiceView?> FindAsync(string accountId, string invoiceId, CancellationToken ct) => database.ReadAsync(async db =>
        await db.Invoices.SingleOrDefaultAsync(i => i.Id == invoiceId && i.AccountId == accountId && i.ProviderId != null, ct) is { } row
            ? InvoiceView.Of(row)
            : null, ct);

    /// <summary>The currency of an invoice of anybody; null when there is none.</summary>
    public Task<string?> CurrencyOfAsync(string invoiceId, CancellationToken ct) => database.ReadAsync(
        db => db.Invoices.Where(i => i.Id == invoiceId && i.ProviderId != null).Select(i => i.Currency).SingleOrDefaultAsync(ct), ct);

    /// <summary>Own invoices, newest first.</summary>
    /// <param name="cursor">Null, or <c>Next</c> of the page before; what is no cursor starts at the beginning.</param>
    public Task<(IReadOnlyList<InvoiceView> Invoices, string? Next)> ListAsync(string accountId, string? cursor, int limit, CancellationToken ct) =>
        database.ReadAsync<(IReadOnlyList<InvoiceView>, string?)>(async db =>
        {
            limit = Math.Clamp(limit, 1, 100);
            var rows = db.Invoices.Where(i => i.AccountId == accountId && i.ProviderId != null);
            if (TryReadCursor(cursor, out var time, out var id))
                rows = rows.Where(i => i.CreatedAt < time || (i.CreatedAt == time && string.Compare(i.Id, id) < 0));
            var page = await rows.OrderByDescending(i => i.CreatedAt).ThenByDescending(i => i.Id).Take(limit + 1).ToListAsync(ct);
            var next = page.Count <= limit ? null : $"{page[limit - 1].CreatedAt.ToUnixTimeMilliseconds()}.{page[limit - 1].Id}";
            return (page.Take(limit).Select(InvoiceView.Of).ToList(), next);
        }, ct);

    /// <summary>The transitions of an invoice, oldest first.</summary>
    public Task<List<InvoiceEvent>> HistoryAsync(string invoiceId, CancellationToken ct) => database.ReadAsync(
        db => db.InvoiceEvents.Where(e => e.InvoiceId == invoiceId).OrderBy(e => e.Id).ToListAsync(ct), ct);

    private async Task<InvoiceOutcome> CreateAsync(InvoiceDraft draft, DateTimeOffset now, CancellationToken ct)
    {
        if (providers.Current is not { } provider)
            return new InvoiceOutcome.Unavailable("This server takes no payments.");
        try
        {
            var terms = await provider.TermsAsync(draft.Price.Currency, now, ct);
            var choice = MethodChoice.For(draft.Amount, terms, options.Value.MinimumOnChainSats);
            if (choice.Working.Count == 0)
                return new InvoiceOutcome.Unavailable("The payment system offers no way to pay now.");
            var (row, refusal, known) = await ReserveAsync(draft, choice, provider, now, ct);
            if (refusal is not null)
                return refusal;
            if (row!.ProviderId is not null)
                return new InvoiceOutcome.Created(InvoiceView.Of(row));
            return new InvoiceOutcome.Created(await FinishAsync(row, choice, provider, known, now, ct));
        }
        catch (ProviderUnavailableException e)
        {
            log.LogWarning(e, "The payment provider {Provider} is not available; no invoice was made.", provider.Kind);
            return new InvoiceOutcome.Unavailable(e.ForBuyers ?? "The payment system cannot be reached.");
        }
    }

    /// <summary>Writes our own row, unless the operation has one.</summary>
    private Task<(Invoice? Row, InvoiceOutcome? Refusal, bool Known)> ReserveAsync(
        InvoiceDraft draft, MethodChoice choice, IPaymentProvider provider, DateTimeOffset now, CancellationToken ct) =>
        database.WriteAsync<(Invoice?, InvoiceOutcome?, bool)>(async db =>
        {
            if (draft.Operation is not null
                && await db.Invoices.SingleOrDefaultAsync(i => i.AccountId == draft.AccountId && i.Operation == draft.Operation, ct) is { } known)
            {
                return (known, null, true);
            }
            if (!await db.Users.AnyAsync(a => a.Id == draft.AccountId, ct))
                return (null, new InvoiceOutcome.UnknownAccount(), false);
            var open = await db.Invoices.CountAsync(
                i => i.AccountId == draft.AccountId
                    && (i.Status == InvoiceStatus.Processing || (i.Status == InvoiceStatus.New && i.ExpiresAt > now)), ct);
            if (open >= MaximumOpen && draft.Purpose != InvoicePurpose.Renewal)
                return (null, new InvoiceOutcome.TooManyOpen(MaximumOpen), false);
            var row = new Invoice
            {
                Id = RandomId.New("inv"),
                AccountId = draft.AccountId,
                Purpose = draft.Purpose,
                Operation = draft.Operation,
                Provider = provider.Kind.ToString(),
                Store = provider.Store,
                Months = draft.Months,
                Currency = draft.Price.Currency,
                PriceUnits = draft.Price.Units,
                AmountUnits = choice.Amount.Units,
                Note = choice.Note,
                CreatedAt = now,
                ExpiresAt = draft.ExpiresAt,
                NextReadAt = now,
                Sandbox = provider.Kind == PaymentProviderKind.Sandbox,
            };
            db.Invoices.Add(row);
            return (row, null, false);
        }, ct);

    private async Task<InvoiceView> FinishAsync(
        Invoice row, MethodChoice choice, IPaymentProvider provider, bool known, DateTimeOffset now, CancellationToken ct)
    {
        ProviderInvoice? made = null;
        try
        {
            // A row from an earlier attempt may have its invoice already.
            made = known ? await provider.FindAsync(row.Id, now, ct) : null;
            made ??= await provider.CreateAsync(
                new ProviderInvoiceRequest(
                    row.Id, new Money(row.AmountUnits, row.Currency), choice.Working, row.ExpiresAt,
                    row.Months > 0 ? $"{row.Months} month(s) of search" : "Balance for search", InvoiceMetadata.Of(row, origin)),
                now, ct);
        }
        catch (ProviderUnavailableException) when (row.Operation is null)
        {
            // Nobody will ask for this one again. If the provider made it after all, reconciliation finds it by its order id.
            await GiveUpAsync(row.Id, now, ct);
            throw;
        }
        return await database.WriteAsync(async db =>
        {
            var mine = await db.Invoices.SingleAsync(i => i.Id == row.Id, ct);
            if (mine.ProviderId is null)
                InvoiceMetadata.Attach(mine, made);
            return InvoiceView.Of(mine);
        }, ct);
    }

    private Task GiveUpAsync(string invoiceId, DateTimeOffset now, CancellationToken ct) => database.WriteAsync(async db =>
    {
        var row = await db.Invoices.SingleAsync(i => i.Id == invoiceId, ct);
        if (row.ProviderId is null)
            InvoiceTransition.Move(db, row, InvoiceStatus.Invalid, InvoiceDetail.None, "the payment system was not available", now);
    }, ct);

    private static InvoiceOutcome.Invalid? Problem(InvoiceRequest request, string currency)
    {
        if ((request.Months is null) == (request.Deposit is null))
            return new InvoiceOutcome.Invalid("months", "Ask for either months or a deposit.");
        if (request.Months is < 1 or > Quotes.MaximumMonths)
            return new InvoiceOutcome.Invalid("months", $"Ask for 1 to {Quotes.MaximumMonths} months.");
        if (request.Deposit is not { } deposit)
            return null;
        if (deposit.Currency != currency)
            return new InvoiceOutcome.Invalid("deposit", $"Deposits are in {currency}.");
        if (deposit.Units <= 0 || deposit.Amount > LargestDeposit)
            return new InvoiceOutcome.Invalid("deposit", $"A deposit is more than 0 and at most {LargestDeposit} {currency}.");
        return Currencies.RoundToMinorUnit(deposit.Amount, currency) == deposit.Amount
            ? null
            : new InvoiceOutcome.Invalid("deposit", $"The amount has more than the {Currencies.Decimals(currency)} decimals of {currency}.");
    }

    private static bool TryReadCursor(string? cursor, out DateTimeOffset time, out string id)
    {
        (time, id) = (default, "");
        var dot = cursor?.IndexOf('.', StringComparison.Ordinal) ?? -1;
        if (dot <= 0 || !long.TryParse(cursor.AsSpan(0, dot), CultureInfo.InvariantCulture, out var ms) || ms is < 0 or > 253402300799999)
            return false;
        (time, id) = (DateTimeOffset.FromUnixTimeMilliseconds(ms), cursor![(dot + 1)..]);
        return true;
    }

    private sealed record InvoiceDraft(
        string AccountId, InvoicePurpose Purpose, int Months, Money Price, Money Amount, DateTimeOffset ExpiresAt, string? Operation);
}
