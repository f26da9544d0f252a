using System.Globalization;
using Datt.Paid.Payments.Rates;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Payments.BitcoinCore;

/// <summary>
/// Invoices over a bitcoin node: a fresh address of its watch-only wallet for each, paid by what arrives there. The node knows no invoices, so
/// what was asked for is read from our own rows; what came in is kept by <see cref="ChainFollower"/>.
/// </summary>
public sealed class BitcoinCoreProvider(
    BitcoinNode node, ChainFollower chain, BitcoinRates rates, Database database, IOptions<BitcoinCoreOptions> options) : IPaymentProvider
{
    /// <summary>The strictest limit among script types, P2PKH: below it nodes do not relay an output.</summary>
    public const long Dust = 546;

    private const int LongestAddress = 100;

    public PaymentProviderKind Kind => PaymentProviderKind.BitcoinCore;

    public string Store => options.Value.Store;

    public bool ReportsUndonePayments => true;

    public async Task<ProviderTerms> TermsAsync(string currency, DateTimeOffset now, CancellationToken ct) =>
        new([new ProviderMethod(PaymentMethod.OnChain, Dust)], await rates.OfAsync(currency, now, ct));

    /// <summary>An address whose answer is lost was shown to nobody: the next attempt takes another one.</summary>
    public async Task<ProviderInvoice> CreateAsync(ProviderInvoiceRequest request, DateTimeOffset now, CancellationToken ct)
    {
        var rate = await rates.OfAsync(request.Amount.Currency, now, ct);
        await chain.BeginAsync(now, ct);
        var asked = new ChainInvoice(
            "", request.OrderId, request.Amount, rate, MethodChoice.Sats(request.Amount, rate), now, request.ExpiresAt, request.Metadata);
        var address = (await node.NewAddressAsync(InvoiceLabel.Write(asked), ct)).OrThrow("the wallet gives no address");
        if (address.Length is 0 or > LongestAddress || !address.All(char.IsAsciiLetterOrDigit))
            throw new ProviderUnavailableException("Bitcoin node: what it gave as a new address is none.");
        if (await FindRowAsync(address, ct) is not null)
            throw new ProviderUnavailableException($"Bitcoin node: it gave address {address} a second time; is the wallet shared, or was it restored?");
        return (asked with { Address = address }).Show([], options.Value, now);
    }

    public async Task<ProviderInvoice?> FindAsync(string orderId, DateTimeOffset now, CancellationToken ct)
    {
        var row = await database.ReadAsync(db => Rows(db).SingleOrDefaultAsync(i => i.Id == orderId, ct), ct);
        return row is null ? null : await ReadAsync(row.ProviderId!, now, ct);
    }

    public async Task<ProviderInvoice?> ReadAsync(string providerId, DateTimeOffset now, CancellationToken ct)
    {
        await chain.FollowAsync(now, ct);
        var outputs = await OutputsAsync([providerId], ct);
        var invoice = await FindRowAsync(providerId, ct) is { } row
            ? ChainInvoice.Of(row)
            : outputs[providerId].Select(o => InvoiceLabel.TryRead(o.Label, providerId)).FirstOrDefault(i => i is not null);
        return invoice?.Show(outputs[providerId], options.Value, now);
    }

    /// <summary>Oldest first, without those that nothing can come to any more; with the first page those that only the wallet remembers.</summary>
    public async Task<ProviderPage> ListAsync(DateTimeOffset since, string? cursor, int take, DateTimeOffset now, CancellationToken ct)
    {
        if (cursor is null)
            await chain.FollowAsync(now, ct);
        var skip = cursor is null ? 0 : int.Parse(cursor, CultureInfo.InvariantCulture);
        var rows = await database.ReadAsync(
            db => Rows(db).Where(i => i.CreatedAt >= since && i.NextReadAt != null).OrderBy(i => i.CreatedAt).ThenBy(i => i.Id).Skip(skip).Take(take)
                .ToListAsync(ct), ct);
        var outputs = await OutputsAsync([.. rows.Select(r => r.ProviderId!)], ct);
        var read = rows.Select(r => ChainInvoice.Of(r).Show(outputs[r.ProviderId!], options.Value, now)).ToList();
        if (cursor is null)
            read.AddRange(await ForgottenAsync(take, now, ct));
        return new ProviderPage(read, rows.Count < take ? null : (skip + rows.Count).ToString(CultureInfo.InvariantCulture));
    }

    public Task<ProviderRefundOutcome> RefundAsync(ProviderRefundRequest request, DateTimeOffset now, CancellationToken ct) =>
        Task.FromResult<ProviderRefundOutcome>(new ProviderRefundOutcome.Refused("the server holds no key that can spend; pay it by hand"));

    /// <summary>It makes none.</summary>
    public Task<ProviderRefundState> RefundStateAsync(string refundId, DateTimeOffset now, CancellationToken ct) =>
        Task.FromResult(ProviderRefundState.Unknown);

    private IQueryable<Invoice> Rows(DattDbContext db)
    {
        var (kind, store) = (Kind.ToString(), Store);
        return db.Invoices.Where(i => i.Provider == kind && i.Store == store && i.ProviderId != null);
    }

    private Task<Invoice?> FindRowAsync(string address, CancellationToken ct) =>
        database.ReadAsync(db => Rows(db).SingleOrDefaultAsync(i => i.ProviderId == address, ct), ct);

    private async Task<ILookup<string, ChainPayment>> OutputsAsync(List<string> addresses, CancellationToken ct)
    {
        var store = Store;
        var rows = await database.ReadAsync(
            db => db.ChainPayments.Where(p => p.Store == store && addresses.Contains(p.Address)).ToListAsync(ct), ct);
        return rows.ToLookup(p => p.Address, StringComparer.Ordinal);
    }

    /// <summary>Paid invoices that our database, restored from an older copy, does not know.</summary>
    private async Task<List<ProviderInvoice>> ForgottenAsync(int take, DateTimeOffset now, CancellationToken ct)
    {
        var store = Store;
        var rows = await database.ReadAsync(
            db => db.ChainPayments.Where(p => p.Store == store && p.Label != null && !Rows(db).Any(i => i.ProviderId == p.Address))
                .OrderBy(p => p.ReceivedAt).Take(take).ToListAsync(ct), ct);
        return rows.GroupBy(p => p.Address)
            .Select(g => InvoiceLabel.TryRead(g.First().Label, g.Key)?.Show(g, options.Value, now)).OfType<ProviderInvoice>().ToList();
    }
}
