using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Tests.Payments;

/// <summary>The stupid books of one sandbox account: a sum, a list of periods, and what each payment should have done.</summary>
internal sealed class Model
{
    private readonly HashSet<string> _counted = [];
    private DateTimeOffset _seriesStart;
    private int _seriesMonths;

    public List<Asked> Invoices { get; } = [];
    public List<(DateTimeOffset From, DateTimeOffset To)> Periods { get; } = [];
    public long Balance { get; private set; }

    /// <summary>A payment at the sandbox's fixed rate of 100,000: a satoshi is worth a tenth of a cent.</summary>
    public async Task PaidAsync(MoneyServer server)
    {
        var payments = await server.Database.ReadAsync(
            db => db.SandboxPayments.Join(db.SandboxInvoices, p => p.InvoiceId, i => i.Id, (p, i) => new { p.Id, p.Sats, p.ReceivedAt, i.OrderId })
                .OrderBy(p => p.ReceivedAt).ThenBy(p => p.Id).ToListAsync(), MoneyServer.Ct);
        foreach (var payment in payments.Where(p => _counted.Add(p.Id)))
        {
            var invoice = Invoices.Single(i => i.Id == payment.OrderId);
            var late = payment.ReceivedAt >= invoice.ExpiresAt;
            Balance += payment.Sats * 100_000;
            invoice.Credited += payment.Sats * 100_000;
            invoice.PaidSats += payment.Sats;
            if (invoice.Granted)
                continue;
            var price = late ? server.Prices.At(server.Now).Monthly.Units : invoice.Price;
            invoice.Granted = invoice.Months == 0 ? invoice.Credited >= invoice.Amount : TryCharge(invoice.Months, price, server.Now);
        }
    }

    /// <summary>The job ran: one month from the old end, if it is over, in grace, and paid for.</summary>
    public async Task RenewedAsync(MoneyServer server)
    {
        var (renewed, auto) = await server.Database.ReadAsync(
            async db => (await db.Ledger.CountAsync(e => e.Kind == LedgerKind.Charge), await db.Users.Select(a => a.AutoRenew).SingleAsync()),
            MoneyServer.Ct);
        if (renewed != Periods.Count)
        {
            var end = Periods[^1].To;
            Assert.True(auto && server.Now >= end && server.Now < end.AddDays(3));
            var price = server.Prices.PublishedBy(end.AddDays(-7)).Monthly.Units;
            Assert.True(TryCharge(1, price, end));
        }
        else if (auto && Periods.Count > 0 && server.Now >= Periods[^1].To && server.Now < Periods[^1].To.AddDays(3))
            Assert.True(Balance < server.Prices.PublishedBy(Periods[^1].To.AddDays(-7)).Monthly.Units || server.Faults.Fired);
        var known = Invoices.Select(i => i.Id).ToHashSet();
        foreach (var row in await server.Database.ReadAsync(
            db => db.Invoices.Where(i => i.Purpose == InvoicePurpose.Renewal && i.ProviderId != null).ToListAsync(), MoneyServer.Ct))
        {
            if (!known.Contains(row.Id))
                Invoices.Add(new Asked(row.Id, row.Months, row.PriceUnits, row.AmountUnits, row.TotalSats, row.ExpiresAt));
        }
    }

    public bool HasAccess(DateTimeOffset now) => Periods.Any(p => now >= p.From && now < p.To)
        || (Periods.Count > 0 && now >= Periods[^1].To && now < Periods[^1].To.AddDays(3));

    private bool TryCharge(int months, long price, DateTimeOffset opens)
    {
        if (Balance < price * months)
            return false;
        Balance -= price * months;
        if (Periods.Count == 0 || opens >= Periods[^1].To.AddDays(3))
            (_seriesStart, _seriesMonths) = (opens, 0);
        var from = _seriesStart.AddMonths(_seriesMonths);
        _seriesMonths += months;
        Periods.Add((from, _seriesStart.AddMonths(_seriesMonths)));
        return true;
    }

    internal sealed record Asked(string Id, int Months, long Price, long Amount, long TotalSats, DateTimeOffset ExpiresAt)
    {
        public bool Granted { get; set; }
        public long Credited { get; set; }
        public long PaidSats { get; set; }
    }
}
