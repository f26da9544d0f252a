using System.Globalization;
using System.Text;
using Datt.Paid.Pricing;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Payments;

/// <summary>What one reading of an invoice causes: credits, the charge of its months, its status, its provisional period.</summary>
internal sealed class SettlementBooking(
    DattDbContext db, Invoice row, ProviderInvoice read, AccountBooks books, long zeroConfirmationLimit, bool reportsUndone, string cause,
    DateTimeOffset now)
{
    private static readonly TimeSpan OnChainWatch = TimeSpan.FromDays(90);
    private static readonly TimeSpan LightningWatch = TimeSpan.FromDays(1);
    private const string Unconfirmed = "unconfirmed";
    private const string Young = "young";

    private bool _changed;
    private bool _granted = row.Status == InvoiceStatus.Settled;
    private bool _grantedLate = row is { Status: InvoiceStatus.Settled, Detail: InvoiceDetail.PaidLate };

    /// <summary>What the provider said, in short: equal texts mean that nothing happened between two readings.</summary>
    public static string Fingerprint(ProviderInvoice read)
    {
        var text = new StringBuilder();
        text.Append(read.Status).Append(read.Marked ? " marked" : "");
        foreach (var payment in read.Payments.OrderBy(p => p.Id, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"|{payment.Id} {payment.Sats} {(payment.Settled ? "settled" : Unconfirmed)}");
        text.Append('|').Append(read.Address).Append('|').Append(read.Lightning).Append('|').Append(read.CheckoutUrl);
        if (read.MayBeUndone)
            text.Append('|').Append(Young);
        var full = text.ToString();
        return full.Length <= 300
            ? full
            : (full.Contains(Unconfirmed, StringComparison.Ordinal) ? Unconfirmed : "") + (read.MayBeUndone ? Young : "")
                + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(full)));
    }

    /// <summary>Open invoices, and payments that may still come or go: always. Else while a payment can still come: on-chain daily for 90 days, Lightning for a day.</summary>
    public static DateTimeOffset? NextRead(Invoice row, string seen, DateTimeOffset now)
    {
        if (row.Status is InvoiceStatus.New or InvoiceStatus.Processing || seen.Contains(Unconfirmed, StringComparison.Ordinal)
            || seen.Contains(Young, StringComparison.Ordinal))
        {
            return row.CreatedAt;
        }
        var onChain = row.Address is not null || row.Sandbox; // the sandbox takes payments as late as a chain does
        var end = row.ExpiresAt + (onChain ? OnChainWatch : LightningWatch);
        var next = row.NextReadAt is { } set && set > now ? set : now + (onChain ? TimeSpan.FromDays(1) : TimeSpan.FromHours(1));
        return now < end ? next : null;
    }

    /// <returns>False when nothing was new.</returns>
    public async Task<bool> ApplyAsync(decimal rateToday, Money priceToday, CancellationToken ct)
    {
        if (reportsUndone)
            await UndoneAsync(ct);
        foreach (var payment in read.Payments.Where(p => p.Settled).OrderBy(p => p.ReceivedAt).ThenBy(p => p.Id, StringComparer.Ordinal))
        {
            var late = payment.ReceivedAt >= row.ExpiresAt;
            var value = Value(payment.Sats, late ? Math.Min(Rate, rateToday) : Rate);
            var key = PaymentPrefix + payment.Id;
            if (await books.TryCreditAsync(LedgerKind.Payment, key, value, row.Id, late ? "late payment" : null, now, ct))
                await CreditedAsync(value, late, priceToday, ct);
        }
        await AdjustAsync(priceToday, ct);
        ShowAmounts();
        var (status, detail) = Stand();
        var lost = await ProvisionalAsync(status, ct);
        _changed |= InvoiceTransition.Move(db, row, status, detail, lost ?? cause, now);
        row.NextReadAt = NextRead(row, Fingerprint(read), now);
        return _changed;
    }

    /// <summary>The row's, not the provider's: the books may be kept in another currency by now.</summary>
    private decimal Rate => new Money(row.RateUnits, row.Currency).Amount;

    private Money Price => new(row.PriceUnits, row.Currency);

    private string PaymentPrefix => $"payment:{row.Provider}:";

    /// <summary>
    /// Payments that were booked and that the network has undone are booked back, together with the access they paid for; those that it took
    /// in again are booked again.
    /// </summary>
    private async Task UndoneAsync(CancellationToken ct)
    {
        var entries = await db.Ledger.Where(l => l.InvoiceId == row.Id && l.Kind != LedgerKind.Charge).ToListAsync(ct);
        foreach (var payment in entries.Where(l => l.Kind == LedgerKind.Payment))
        {
            var id = payment.Key[PaymentPrefix.Length..];
            var changes = entries.Count(l => l.Key.StartsWith($"undone:{payment.Key}:", StringComparison.Ordinal));
            var stands = changes % 2 == 0; // undone, taken in again, undone ...
            var listed = read.Payments.FirstOrDefault(p => p.Id == id);
            if (stands && listed is null)
                await ReverseAsync(payment, changes, -payment.Units, "the network has undone this payment", ct);
            else if (!stands && listed is { Settled: true })
                await ReverseAsync(payment, changes, payment.Units, "the network has taken this payment in again", ct);
        }
    }

    private async Task ReverseAsync(LedgerEntry payment, int changes, long units, string reason, CancellationToken ct)
    {
        if (!await books.TryCreditAsync(LedgerKind.Adjustment, $"undone:{payment.Key}:{changes}", units, row.Id, reason, now, ct))
            return;
        row.CreditedUnits += units;
        db.InvoiceEvents.Add(new InvoiceEvent { InvoiceId = row.Id, At = now, From = row.Status, To = row.Status, Detail = row.Detail, Cause = reason });
        _changed = true;
        if (units < 0)
            await books.CoverAsync(reason, now, ct);
        else if (row.Months > 0 && books.RunningOf(row.Id, now).Count == 0)
            await books.TryChargeAsync(row.Months, Price, row.Id, now, now, ct);
    }

    /// <summary>Money of this invoice came in: if the balance now covers the months it was made for, they are charged.</summary>
    private async Task CreditedAsync(long units, bool late, Money priceToday, CancellationToken ct)
    {
        _changed = true;
        row.CreditedUnits += units;
        if (_granted)
            return;
        if (row.Months == 0)
            _granted = row.CreditedUnits >= row.AmountUnits;
        else
        {
            var provisional = books.Provisional is { } period && period.InvoiceId == row.Id ? period : null;
            _granted = await books.TryChargeAsync(row.Months, late ? priceToday : Price, row.Id, provisional?.From ?? now, now, ct);
        }
        _grantedLate = _granted && late;
    }

    /// <summary>The provider counts the invoice as paid: what rounding left over, or what an operator decided by hand, is an adjustment.</summary>
    private async Task AdjustAsync(Money priceToday, CancellationToken ct)
    {
        if (_granted || read.Status != ProviderStatus.Settled || row.CreditedUnits >= row.AmountUnits)
            return;
        if (!read.Marked && (read.Payments.Count == 0 || read.Payments.Any(p => !p.Settled)))
            return; // settled, but its payments are not all listed as such yet: the next reading has them
        var rest = row.AmountUnits - row.CreditedUnits;
        var (key, reason) = read.Marked
            ? ($"adjustment:marked:{row.Id}", "marked as settled by hand at the provider")
            : ($"adjustment:rest:{row.Id}", "the provider counts the invoice as fully paid");
        if (await books.TryCreditAsync(LedgerKind.Adjustment, key, rest, row.Id, reason, now, ct))
            await CreditedAsync(rest, late: false, priceToday, ct);
    }

    private void ShowAmounts()
    {
        var paid = read.Payments.Sum(p => p.Sats);
        var due = _granted ? 0 : Math.Max(0, row.TotalSats - paid);
        if ((row.PaidSats, row.DueSats, row.Address, row.Bip21, row.Lightning, row.CheckoutUrl)
            != (paid, due, read.Address, read.Bip21, read.Lightning, read.CheckoutUrl))
        {
            _changed = true;
            (row.PaidSats, row.DueSats) = (paid, due);
            InvoiceMetadata.Show(row, read);
        }
    }

    private (InvoiceStatus Status, InvoiceDetail Detail) Stand()
    {
        var status = _granted ? InvoiceStatus.Settled : read.Status switch
        {
            ProviderStatus.New => InvoiceStatus.New,
            ProviderStatus.Processing or ProviderStatus.Settled => InvoiceStatus.Processing,
            ProviderStatus.Expired => InvoiceStatus.Expired,
            _ => InvoiceStatus.Invalid,
        };
        var late = read.Payments.Any(p => p.ReceivedAt >= row.ExpiresAt);
        InvoiceDetail detail;
        if (row.Status == InvoiceStatus.Settled && row.Detail != InvoiceDetail.None)
            detail = row.Detail;
        else if (read.Marked)
            detail = InvoiceDetail.Marked;
        else if (_grantedLate || (!_granted && late && row.PaidSats >= row.TotalSats))
            detail = InvoiceDetail.PaidLate;
        else if (row.PaidSats > row.TotalSats)
            detail = InvoiceDetail.PaidOver;
        else
            detail = !_granted && row.PaidSats > 0 && row.PaidSats < row.TotalSats ? InvoiceDetail.PaidPartial : InvoiceDetail.None;
        return (status, detail);
    }

    /// <summary>Opens, replaces or takes back the access that an unconfirmed payment gives. Returns the cause, when it was lost.</summary>
    private async Task<string?> ProvisionalAsync(InvoiceStatus status, CancellationToken ct)
    {
        var inTime = read.Payments.Where(p => p.ReceivedAt < row.ExpiresAt).Sum(p => p.Sats);
        var covered = status == InvoiceStatus.Processing && inTime >= row.TotalSats && read.Payments.Any(p => !p.Settled);
        if (books.Provisional is { } period)
        {
            if (period.InvoiceId != row.Id || covered)
                return null;
            books.CloseProvisional(period);
            _changed = true;
            if (_granted)
                return null;
            books.Account.ProvisionalLost = true;
            await books.TryNotifyAsync(NoticeKind.ProvisionalLost, row.Id, row.Id, now, ct);
            return "the unconfirmed payment is gone; the access it had opened ended";
        }
        if (covered && row.Months > 0 && !books.Account.ProvisionalLost && row.TotalSats <= zeroConfirmationLimit)
        {
            books.OpenProvisional(row.Months, Price, row.Id, now);
            _changed = true;
        }
        return null;
    }

    /// <summary>Worth of satoshi at a rate, in 1e-8 units, rounded down.</summary>
    private static long Value(long sats, decimal rate) => checked((long)Math.Floor(sats * rate));
}
