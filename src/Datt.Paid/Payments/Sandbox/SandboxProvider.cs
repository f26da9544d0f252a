using System.Text.Json;
using Datt.Paid.Pricing;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Payments.Sandbox;

/// <summary>
/// A payment system that is paid by a call. It keeps its own books in its own tables, apart from ours and in transactions of its own,
/// so that everything around it works as with a real one. One bitcoin is always worth 100,000 of any currency.
/// </summary>
public sealed class SandboxProvider(Database database) : IPaymentProvider
{
    private const decimal FixedRate = 100_000m;
    private const long OnChainDust = 294;

    public PaymentProviderKind Kind => PaymentProviderKind.Sandbox;

    public string Store => "sandbox";

    public Task<ProviderTerms> TermsAsync(string currency, DateTimeOffset now, CancellationToken ct) => Task.FromResult(new ProviderTerms(
        [new ProviderMethod(PaymentMethod.Lightning, 1), new ProviderMethod(PaymentMethod.OnChain, OnChainDust)], RateOf(currency)));

    public async Task<ProviderInvoice> CreateAsync(ProviderInvoiceRequest request, DateTimeOffset now, CancellationToken ct)
    {
        var rate = RateOf(request.Amount.Currency);
        var row = new SandboxInvoice
        {
            Id = RandomId.New("sandbox"),
            OrderId = request.OrderId,
            Currency = request.Amount.Currency,
            AmountUnits = request.Amount.Units,
            RateUnits = Money.Of(rate, request.Amount.Currency).Units,
            TotalSats = checked((long)Math.Ceiling(request.Amount.Units / rate)),
            CreatedAt = now,
            ExpiresAt = request.ExpiresAt,
            OnChain = request.Methods.Contains(PaymentMethod.OnChain),
            Metadata = JsonSerializer.Serialize(request.Metadata),
        };
        await database.WriteAsync(db =>
        {
            db.SandboxInvoices.Add(row);
            return Task.CompletedTask;
        }, ct);
        return Shown(row, [], now);
    }

    public Task<ProviderInvoice?> FindAsync(string orderId, DateTimeOffset now, CancellationToken ct) =>
        ReadAsync(db => db.SandboxInvoices.Where(i => i.OrderId == orderId), now, ct);

    public Task<ProviderInvoice?> ReadAsync(string providerId, DateTimeOffset now, CancellationToken ct) =>
        ReadAsync(db => db.SandboxInvoices.Where(i => i.Id == providerId), now, ct);

    public Task<ProviderPage> ListAsync(DateTimeOffset since, string? cursor, int take, DateTimeOffset now, CancellationToken ct) =>
        database.ReadAsync(async db =>
        {
            var skip = cursor is null ? 0 : int.Parse(cursor, System.Globalization.CultureInfo.InvariantCulture);
            var rows = await db.SandboxInvoices.Where(i => i.CreatedAt >= since)
                .OrderBy(i => i.CreatedAt).ThenBy(i => i.Id).Skip(skip).Take(take).ToListAsync(ct);
            var ids = rows.Select(r => r.Id).ToList();
            var payments = (await db.SandboxPayments.Where(p => ids.Contains(p.InvoiceId)).ToListAsync(ct)).ToLookup(p => p.InvoiceId);
            return new ProviderPage(
                [.. rows.Select(r => Shown(r, payments[r.Id], now))],
                rows.Count < take ? null : (skip + take).ToString(System.Globalization.CultureInfo.InvariantCulture));
        }, ct);

    public Task<ProviderRefundOutcome> RefundAsync(ProviderRefundRequest request, DateTimeOffset now, CancellationToken ct) =>
        Task.FromResult<ProviderRefundOutcome>(new ProviderRefundOutcome.Made("sandbox-refund-" + request.OperationId, null));

    /// <summary>Play money needs no collecting.</summary>
    public Task<ProviderRefundState> RefundStateAsync(string refundId, DateTimeOffset now, CancellationToken ct) =>
        Task.FromResult(ProviderRefundState.Claimed);

    /// <summary>Receives a payment, whatever the state of the invoice; like a chain, it refuses none. False for an unknown invoice.</summary>
    /// <param name="sats">What is paid; null pays what is due, which may be nothing.</param>
    public Task<bool> PayAsync(string providerId, long? sats, DateTimeOffset now, CancellationToken ct) => database.WriteAsync(async db =>
    {
        if (await db.SandboxInvoices.SingleOrDefaultAsync(i => i.Id == providerId, ct) is not { } invoice)
            return false;
        var amount = sats ?? invoice.TotalSats - await db.SandboxPayments.Where(p => p.InvoiceId == providerId).SumAsync(p => p.Sats, ct);
        if (amount > 0)
            db.SandboxPayments.Add(new SandboxPayment { Id = RandomId.New("sandboxpay"), InvoiceId = providerId, Sats = amount, ReceivedAt = now });
        return true;
    }, ct);

    internal static decimal RateOf(string currency) => currency switch
    {
        "BTC" => 1m,
        "SATS" => Money.Scale,
        _ => FixedRate,
    };

    private Task<ProviderInvoice?> ReadAsync(
        Func<DattDbContext, IQueryable<SandboxInvoice>> find, DateTimeOffset now, CancellationToken ct) => database.ReadAsync(async db =>
        {
            if (await find(db).FirstOrDefaultAsync(ct) is not { } row)
                return null;
            return Shown(row, await db.SandboxPayments.Where(p => p.InvoiceId == row.Id).ToListAsync(ct), now);
        }, ct);

    private static ProviderInvoice Shown(SandboxInvoice row, IEnumerable<SandboxPayment> paid, DateTimeOffset now)
    {
        var payments = paid.OrderBy(p => p.ReceivedAt).ToList();
        var inTime = payments.Where(p => p.ReceivedAt < row.ExpiresAt).Sum(p => p.Sats);
        var address = row.OnChain ? "sandbox-not-a-real-address-" + row.Id : null;
        return new ProviderInvoice
        {
            Id = row.Id,
            OrderId = row.OrderId,
            Status = inTime >= row.TotalSats ? ProviderStatus.Settled : now < row.ExpiresAt ? ProviderStatus.New : ProviderStatus.Expired,
            Amount = new Money(row.AmountUnits, row.Currency),
            Rate = new Money(row.RateUnits, row.Currency).Amount,
            TotalSats = row.TotalSats,
            CreatedAt = row.CreatedAt,
            ExpiresAt = row.ExpiresAt,
            Address = address,
            Bip21 = address is null ? null : FormattableString.Invariant($"bitcoin:{address}?amount={new Money(row.TotalSats, "BTC").Amount}"),
            Lightning = "sandbox-not-a-real-invoice-" + row.Id,
            Payments = [.. payments.Select(p => new ProviderPayment(p.Id, PaymentMethod.Lightning, p.Sats, p.ReceivedAt, Settled: true))],
            Metadata = JsonSerializer.Deserialize<Dictionary<string, string>>(row.Metadata)!,
        };
    }
}
