using Datt.Paid.Pricing;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Payments;

/// <summary>
/// Balance and periods of one account inside one write transaction. Opening them raises the account's version, so that of two
/// transactions over the same account one fails and runs again.
/// </summary>
internal sealed class AccountBooks
{
    private readonly DattDbContext _db;
    private readonly string _currency;
    private readonly bool _sandbox;
    private readonly List<Period> _periods;

    private AccountBooks(DattDbContext db, Account account, string currency, bool sandbox, List<Period> periods, long balance)
    {
        _db = db;
        Account = account;
        _currency = currency;
        _sandbox = sandbox;
        _periods = periods;
        Balance = new Money(balance, currency);
    }

    public Account Account { get; }

    /// <summary>The sum of the entries that count, those of this transaction included.</summary>
    public Money Balance { get; private set; }

    /// <summary>The confirmed period that ends last.</summary>
    public Period? Last => _periods.Where(p => !p.Provisional).MaxBy(p => p.To);

    public Period? Provisional => _periods.FirstOrDefault(p => p.Provisional);

    /// <param name="sandbox">The provider is the sandbox: its entries count, and new ones are marked.</param>
    public static async Task<AccountBooks?> OpenAsync(DattDbContext db, string accountId, string currency, bool sandbox, CancellationToken ct)
    {
        if (await db.Users.SingleOrDefaultAsync(a => a.Id == accountId, ct) is not { } account)
            return null;
        account.Version++;
        var periods = await db.Periods.Where(p => p.AccountId == accountId && (sandbox || !p.Sandbox)).ToListAsync(ct);
        var balance = await Counted(db, accountId, sandbox).SumAsync(l => l.Units, ct);
        return new AccountBooks(db, account, currency, sandbox, periods, balance);
    }

    public static IQueryable<LedgerEntry> Counted(DattDbContext db, string accountId, bool sandbox) =>
        db.Ledger.Where(l => l.AccountId == accountId && (sandbox || !l.Sandbox));

    /// <summary>Books money in; false when this key is booked already.</summary>
    public async Task<bool> TryCreditAsync(
        LedgerKind kind, string key, long units, string? invoiceId, string? cause, DateTimeOffset now, CancellationToken ct)
    {
        if (await _db.Ledger.AnyAsync(l => l.Key == key, ct))
            return false;
        Add(kind, key, units, invoiceId, cause, now);
        await _db.SaveChangesAsync(ct);
        return true;
    }

    /// <summary>Books money out; false when this key is booked already.</summary>
    public Task<bool> TryDebitAsync(
        LedgerKind kind, string key, long units, string? invoiceId, string? cause, DateTimeOffset now, CancellationToken ct) =>
        TryCreditAsync(kind, key, -units, invoiceId, cause, now, ct);

    /// <summary>Charges months and opens their period; false, and nothing done, where the balance does not cover them.</summary>
    /// <param name="opens">When access began or begins, where no series goes on.</param>
    public async Task<bool> TryChargeAsync(
        int months, Money price, string? invoiceId, DateTimeOffset opens, DateTimeOffset now, CancellationToken ct)
    {
        var total = price * months;
        if (Balance < total)
            return false;
        var span = PeriodSeries.Next(Last, months, opens);
        Add(LedgerKind.Charge, await ChargeKeyAsync(span.From, ct), -total.Units, invoiceId, null, now);
        Open(span, price, total.Units, invoiceId, provisional: false);
        await _db.SaveChangesAsync(ct);
        return true;
    }

    /// <summary>
    /// Ends a confirmed period now and gives back, as an adjustment, what was charged for it: all of it, or the part of its time that is left,
    /// rounded down.
    /// </summary>
    /// <returns>What was given back, in 1e-8 units.</returns>
    public async Task<long> TakeBackAsync(Period period, bool all, string cause, DateTimeOffset now, CancellationToken ct)
    {
        var units = all ? period.ChargedUnits : Unused(period, now);
        var key = TakeBackPrefix(period.From) + await TakenBackAsync(period.From, ct);
        Add(LedgerKind.Adjustment, key, units, period.InvoiceId, cause, now);
        if (period.From >= now)
        {
            _periods.Remove(period);
            _db.Periods.Remove(period);
        }
        else
            (period.To, period.EndedEarly) = (now, true);
        await _db.SaveChangesAsync(ct);
        return units;
    }

    /// <summary>The part of what was charged for a period that belongs to the time left, in 1e-8 units, rounded down.</summary>
    public static long Unused(Period period, DateTimeOffset now)
    {
        var from = period.From > now ? period.From : now;
        var left = Math.Max(0, (period.To - from).Ticks);
        return (long)((Int128)period.ChargedUnits * left / (period.To - period.From).Ticks);
    }

    /// <summary>Money went that was spent already: the newest periods are taken back until the balance is no longer below zero.</summary>
    public async Task CoverAsync(string cause, DateTimeOffset now, CancellationToken ct)
    {
        while (Balance.Units < 0 && _periods.Where(p => !p.Provisional && p.To > now).MaxBy(p => p.To) is { } newest)
            await TakeBackAsync(newest, all: true, cause, now, ct);
    }

    /// <summary>The confirmed periods that an invoice paid for and that are not over, newest first.</summary>
    public IReadOnlyList<Period> RunningOf(string invoiceId, DateTimeOffset now) =>
        [.. _periods.Where(p => !p.Provisional && p.InvoiceId == invoiceId && p.To > now).OrderByDescending(p => p.To)];

    public void OpenProvisional(int months, Money price, string invoiceId, DateTimeOffset now) =>
        Open(PeriodSeries.Next(Last, months, now), price, 0, invoiceId, provisional: true);

    public void CloseProvisional(Period period)
    {
        _periods.Remove(period);
        _db.Periods.Remove(period);
    }

    /// <summary>Leaves a notice, unless the account has had it, to be delivered in whatever ways the account has.</summary>
    public async Task<bool> TryNotifyAsync(NoticeKind kind, string subject, string? invoiceId, DateTimeOffset now, CancellationToken ct)
    {
        if (await _db.Notices.AnyAsync(n => n.AccountId == Account.Id && n.Kind == kind && n.Subject == subject, ct))
            return false;
        var notice = new Notice { AccountId = Account.Id, Kind = kind, Subject = subject, InvoiceId = invoiceId, At = now };
        if (Account.NoticeUrl is not null)
            notice.Deliveries.Add(new NoticeDelivery { Channel = NoticeChannel.Web, DueAt = now });
        if (Account.Email is not null)
            notice.Deliveries.Add(new NoticeDelivery { Channel = NoticeChannel.Email, DueAt = now });
        _db.Notices.Add(notice);
        return true;
    }

    /// <summary>Unique per account and begin; a begin that was taken back and is bought again is another purchase.</summary>
    private async Task<string> ChargeKeyAsync(DateTimeOffset from, CancellationToken ct)
    {
        var before = await TakenBackAsync(from, ct);
        return $"charge:{Begin(from)}{(before == 0 ? "" : $":{before}")}";
    }

    private Task<int> TakenBackAsync(DateTimeOffset from, CancellationToken ct)
    {
        var prefix = TakeBackPrefix(from);
        return _db.Ledger.CountAsync(l => l.AccountId == Account.Id && l.Kind == LedgerKind.Adjustment && l.Key.StartsWith(prefix), ct);
    }

    private string TakeBackPrefix(DateTimeOffset from) => $"takeback:{Begin(from)}:";

    private string Begin(DateTimeOffset from) => $"{(_sandbox ? "sandbox:" : "")}{Account.Id}:{from.ToUnixTimeMilliseconds()}";

    private void Add(LedgerKind kind, string key, long units, string? invoiceId, string? cause, DateTimeOffset now)
    {
        _db.Ledger.Add(new LedgerEntry
        {
            AccountId = Account.Id,
            Kind = kind,
            Key = key,
            Units = units,
            Currency = _currency,
            InvoiceId = invoiceId,
            Cause = cause,
            At = now,
            Sandbox = _sandbox,
        });
        Balance += new Money(units, _currency);
    }

    private void Open(PeriodSpan span, Money price, long charged, string? invoiceId, bool provisional)
    {
        var period = new Period
        {
            AccountId = Account.Id,
            From = span.From,
            To = span.To,
            SeriesStart = span.SeriesStart,
            SeriesMonths = span.SeriesMonths,
            PriceUnits = price.Units,
            ChargedUnits = charged,
            Currency = _currency,
            InvoiceId = invoiceId,
            Provisional = provisional,
            Sandbox = _sandbox,
        };
        _periods.Add(period);
        _db.Periods.Add(period);
    }
}
