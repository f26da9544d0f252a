using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Sync.Exchange.Buying;

/// <summary>What setting money aside came to.</summary>
public enum SetAsideOutcome
{
    /// <summary>The money is set aside for this caller alone, who pays now.</summary>
    Done,

    /// <summary>This month's budget has no room for it.</summary>
    OverBudget,

    /// <summary>Somebody else pays it, or did, or its invoice is another by now.</summary>
    Taken,
}

/// <summary>
/// The books of what is bought at other servers. Each transition is one transaction that names the state it starts from, so that of two runs one does it;
/// money is set aside before it is paid, and whatever dies after that leaves it counted as spent.
/// </summary>
public sealed class PurchaseBook(Database database)
{
    /// <summary>A new period is bought so long before the old one ends.</summary>
    public static readonly TimeSpan Early = TimeSpan.FromDays(3);

    /// <summary>A payment of which nothing was heard for so long is uncertain.</summary>
    public static readonly TimeSpan PayingFor = TimeSpan.FromMinutes(10);

    private const int Most = 1_000;
    private const int LongestProblem = 500;

    /// <summary>All purchases, newest first, at most 1,000.</summary>
    public Task<List<PeerPurchaseRow>> ListAsync(CancellationToken ct) =>
        database.ReadAsync(db => db.PeerPurchases.OrderByDescending(p => p.CreatedAt).ThenBy(p => p.Id).Take(Most).ToListAsync(ct), ct);

    /// <summary>Purchases that are not done.</summary>
    public Task<List<PeerPurchaseRow>> OpenAsync(CancellationToken ct) => database.ReadAsync(
        db => db.PeerPurchases.Where(p => p.State != PeerPurchaseState.Paid).OrderBy(p => p.CreatedAt).Take(Most).ToListAsync(ct), ct);

    /// <summary>The purchase that a server is due for: the open one, a new one where a period ends or none was bought, else null.</summary>
    public Task<PeerPurchaseRow?> DueAsync(string serverId, int months, DateTimeOffset now, CancellationToken ct) => database.WriteAsync<PeerPurchaseRow?>(async db =>
    {
        var last = await db.PeerPurchases.Where(p => p.ServerId == serverId).OrderByDescending(p => p.Number).FirstOrDefaultAsync(ct);
        if (last is { State: not PeerPurchaseState.Paid })
            return last;
        if (last?.To - Early > now)
            return null;
        var row = new PeerPurchaseRow
        {
            Id = RandomId.New("buy"),
            ServerId = serverId,
            Number = (last?.Number ?? 0) + 1,
            State = PeerPurchaseState.Planned,
            Months = months,
            DueAt = now,
            CreatedAt = now,
        };
        db.PeerPurchases.Add(row);
        return row;
    }, ct);

    /// <summary>Writes down the invoice to pay; the next one is asked for no sooner than <paramref name="nextAt"/>.</summary>
    public Task<PeerPurchaseRow?> InvoicedAsync(string id, PeerInvoice invoice, DateTimeOffset nextAt, CancellationToken ct) => ChangeAsync(id, row =>
    {
        if (row.State is not (PeerPurchaseState.Planned or PeerPurchaseState.Waiting))
            return false;
        row.State = PeerPurchaseState.Waiting;
        row.Attempt++;
        (row.InvoiceId, row.Lightning, row.CheckoutUrl, row.Sats) = (invoice.Id, invoice.Lightning, invoice.CheckoutUrl, invoice.DueSats);
        (row.InvoiceExpiresAt, row.DueAt, row.Problem) = (invoice.ExpiresAt, nextAt, null);
        return true;
    }, ct);

    /// <summary>Notes why nothing was paid.</summary>
    public Task<PeerPurchaseRow?> ProblemAsync(string id, string problem, DateTimeOffset? nextAt, CancellationToken ct) => ChangeAsync(id, row =>
    {
        (row.Problem, row.DueAt) = (Clip(problem), nextAt ?? row.DueAt);
        return true;
    }, ct);

    /// <summary>Sets the money for an invoice aside, if the month's budget has room and nobody else did.</summary>
    /// <param name="id">The purchase.</param>
    /// <param name="invoiceId">The invoice that is about to be paid.</param>
    /// <param name="sats">What it costs at most.</param>
    /// <param name="units">The same in <paramref name="currency"/>, whole numbers of 1e-8.</param>
    /// <param name="currency">The budget's currency.</param>
    /// <param name="mostUnits">The budget of a calendar month.</param>
    /// <param name="satsPerUnit">Brings what was spent in another currency over.</param>
    /// <param name="now">The time.</param>
    /// <param name="ct">Gives up; nothing is set aside then.</param>
    public Task<SetAsideOutcome> SetAsideAsync(
        string id, string invoiceId, long sats, long units, string currency, long mostUnits, decimal satsPerUnit, DateTimeOffset now, CancellationToken ct) =>
        database.WriteAsync(async db =>
        {
            if (await db.PeerPurchases.SingleOrDefaultAsync(p => p.Id == id, ct) is not { State: PeerPurchaseState.Waiting } row || row.InvoiceId != invoiceId)
                return SetAsideOutcome.Taken;
            if (await SpentAsync(db, currency, satsPerUnit, now, ct) + units > mostUnits)
                return SetAsideOutcome.OverBudget;
            row.State = PeerPurchaseState.Paying;
            (row.SpentSats, row.SpentUnits, row.Currency, row.PaidAt, row.Problem) = (sats, units, currency, now, null);
            row.Version++;
            return SetAsideOutcome.Done;
        }, ct);

    /// <summary>What this calendar month's payments cost, those that are being made and those that are uncertain included; in 1e-8 of the currency.</summary>
    public Task<long> SpentAsync(string currency, decimal satsPerUnit, DateTimeOffset now, CancellationToken ct) =>
        database.ReadAsync(db => SpentAsync(db, currency, satsPerUnit, now, ct), ct);

    /// <summary>It is paid: by us, or by hand where nothing was set aside.</summary>
    /// <param name="id">The purchase.</param>
    /// <param name="sats">What it cost; null where that is not known: what was set aside then counts.</param>
    /// <param name="now">When a payment by hand was seen.</param>
    /// <param name="ct">Gives up.</param>
    public Task<PeerPurchaseRow?> PaidAsync(string id, long? sats, DateTimeOffset now, CancellationToken ct) => database.WriteAsync<PeerPurchaseRow?>(async db =>
    {
        if (await db.PeerPurchases.SingleOrDefaultAsync(p => p.Id == id, ct) is not { State: not PeerPurchaseState.Paid } row)
            return null;
        var before = await db.PeerPurchases.Where(p => p.ServerId == row.ServerId && p.Number == row.Number - 1).Select(p => p.To).SingleOrDefaultAsync(ct);
        if (sats is { } spent && row.SpentSats > 0)
            (row.SpentSats, row.SpentUnits) = (spent, (long)decimal.Ceiling((decimal)row.SpentUnits * spent / row.SpentSats));
        row.State = PeerPurchaseState.Paid;
        row.PaidAt ??= now;
        row.To = (before > row.PaidAt ? before.Value : row.PaidAt.Value).AddMonths(row.Months);
        row.Problem = null;
        row.Version++;
        return row;
    }, ct);

    /// <summary>Surely no money went: what was set aside is free again.</summary>
    public Task<PeerPurchaseRow?> NotPaidAsync(string id, string problem, CancellationToken ct) => ChangeAsync(id, row =>
    {
        if (row.State is not (PeerPurchaseState.Paying or PeerPurchaseState.Uncertain))
            return false;
        row.State = PeerPurchaseState.Waiting;
        (row.SpentSats, row.SpentUnits, row.Currency, row.PaidAt, row.Problem) = (0, 0, null, null, Clip(problem));
        return true;
    }, ct);

    /// <summary>Money may have gone.</summary>
    public Task<PeerPurchaseRow?> UncertainAsync(string id, string problem, CancellationToken ct) => ChangeAsync(id, row =>
    {
        if (row.State != PeerPurchaseState.Paying)
            return false;
        (row.State, row.Problem) = (PeerPurchaseState.Uncertain, Clip(problem));
        return true;
    }, ct);

    private static async Task<long> SpentAsync(DattDbContext db, string currency, decimal satsPerUnit, DateTimeOffset now, CancellationToken ct)
    {
        var from = new DateTimeOffset(now.UtcDateTime.Year, now.UtcDateTime.Month, 1, 0, 0, 0, TimeSpan.Zero);
        var until = from.AddMonths(1);
        var spent = await db.PeerPurchases.Where(p => p.PaidAt >= from && p.PaidAt < until && p.SpentSats > 0)
            .Select(p => new { p.Currency, p.SpentSats, p.SpentUnits }).ToListAsync(ct);
        return spent.Sum(each => each.Currency == currency ? each.SpentUnits : Budget.UnitsOf(each.SpentSats, satsPerUnit));
    }

    private Task<PeerPurchaseRow?> ChangeAsync(string id, Func<PeerPurchaseRow, bool> change, CancellationToken ct) => database.WriteAsync<PeerPurchaseRow?>(async db =>
    {
        if (await db.PeerPurchases.SingleOrDefaultAsync(p => p.Id == id, ct) is not { } row || !change(row))
            return null;
        row.Version++;
        return row;
    }, ct);

    private static string Clip(string text) => text.Length <= LongestProblem ? text : text[..LongestProblem];
}
