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

    /// <summary>Charges months and opens their period; false, and nothing done, where the balance does not cover them.</summary>
    /// <param name="opens">When access began or begins, where no series goes on.</param>
    public async Task<bool> TryChargeAsync(
        int months, Money price, string? invoiceId, DateTimeOffset opens, DateTimeOffset now, CancellationToken ct)
    {
        var total = price * months;
        if (Balance < total)
            return false;
        var span = PeriodSeries.Next(Last, months, opens);
        Add(LedgerKind.Charge, $"charge:{(_sandbox ? "sandbox:" : "")}{Account.Id}:{span.From.ToUnixTimeMilliseconds()}", -total.Units, invoiceId, null, now);
        Open(span, price, invoiceId, provisional: false);
        await _db.SaveChangesAsync(ct);
        return true;
    }

    public void OpenProvisional(int months, Money price, string invoiceId, DateTimeOffset now) =>
        Open(PeriodSeries.Next(Last, months, now), price, invoiceId, provisional: true);

    public void CloseProvisional(Period period)
    {
        _periods.Remove(period);
        _db.Periods.Remove(period);
    }

    /// <summary>Leaves a notice, unless the account has had it.</summary>
    public async Task<bool> TryNotifyAsync(NoticeKind kind, string subject, string? invoiceId, DateTimeOffset now, CancellationToken ct)
    {
        if (await _db.Notices.AnyAsync(n => n.AccountId == Account.Id && n.Kind == kind && n.Subject == subject, ct))
            return false;
        _db.Notices.Add(new Notice { AccountId = Account.Id, Kind = kind, Subject = subject, InvoiceId = invoiceId, At = now });
        return true;
    }

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

    private void Open(PeriodSpan span, Money price, string? invoiceId, bool provisional)
    {
        var period = new Period
        {
            AccountId = Account.Id,
            From = span.From,
            To = span.To,
            SeriesStart = span.SeriesStart,
            SeriesMonths = span.SeriesMonths,
            PriceUnits = price.Units,
            Currency = _currency,
            InvoiceId = invoiceId,
            Provisional = provisional,
            Sandbox = _sandbox,
        };
        _periods.Add(period);
        _db.Periods.Add(period);
    }
}
