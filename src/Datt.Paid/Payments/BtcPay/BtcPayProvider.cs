using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Payments.BtcPay;

/// <summary>
/// A store at BTCPay Server as a payment provider. It keeps no state but a moment's memory of the store's terms: what an invoice is
/// worth is read again each time.
/// </summary>
public sealed class BtcPayProvider(BtcPayClient client, BtcPayTerms terms, IOptions<BtcPayOptions> options, ILogger<BtcPayProvider> log)
    : IPaymentProvider
{
    /// <summary>Invoices of a page whose payments are read at the same time, from servers that do not put them into the list.</summary>
    private const int ReadAtOnce = 4;

    /// <summary>More invoices with one order id than this are not looked at; a lost answer makes two.</summary>
    private const int SameOrder = 10;

    public PaymentProviderKind Kind => PaymentProviderKind.BtcPay;

    public string Store => options.Value.IsSet ? options.Value.StoreId : "";

    public Task<ProviderTerms> TermsAsync(string currency, DateTimeOffset now, CancellationToken ct) => terms.ReadAsync(currency, now, ct);

    public async Task<ProviderInvoice> CreateAsync(ProviderInvoiceRequest request, DateTimeOffset now, CancellationToken ct)
    {
        var metadata = new Dictionary<string, string>(request.Metadata) { ["orderId"] = request.OrderId, ["itemDesc"] = request.Description };
        var checkout = new BtcPayCheckout(
            options.Value.SpeedPolicy.ToString(),
            [.. request.Methods.Select(m => m == PaymentMethod.Lightning ? BtcPayInvoiceMethod.Lightning : BtcPayInvoiceMethod.OnChain)],
            Minutes(request.ExpiresAt - now), Minutes(options.Value.Monitoring), PaymentTolerance: 0);
        var amount = request.Amount.Amount.ToString(CultureInfo.InvariantCulture);
        var made = (await client.CreateInvoiceAsync(new BtcPayNewInvoice(amount, request.Amount.Currency, metadata, checkout), ct))
            .OrThrow($"no invoice of {request.Amount} could be made");
        return await WithMethodsAsync(made, ct)
            ?? throw new ProviderUnavailableException($"BTCPay: the new invoice {made.Id} shows no way to pay it.");
    }

    /// <summary>The invoice made for an id of ours; the oldest where a lost answer has made two.</summary>
    public async Task<ProviderInvoice?> FindAsync(string orderId, DateTimeOffset now, CancellationToken ct)
    {
        var found = (await client.InvoicesAsync(new BtcPayInvoiceQuery(SameOrder, OrderId: orderId, IncludeArchived: true), ct))
            .OrThrow($"the invoice of order {orderId} cannot be looked for");
        return found.Where(i => i.StoreId == Store).OrderBy(i => i.CreatedTime).ThenBy(i => i.Id, StringComparer.Ordinal).FirstOrDefault() is { } first
            ? await WithMethodsAsync(first, ct)
            : null;
    }

    public async Task<ProviderInvoice?> ReadAsync(string providerId, DateTimeOffset now, CancellationToken ct)
    {
        var answer = await client.InvoiceAsync(providerId, ct);
        if (answer.Failure is BtcPayFailure.NotFoundOrForbidden)
            return null;
        var invoice = answer.OrThrow($"invoice {providerId} cannot be read");
        return invoice.StoreId == Store ? await WithMethodsAsync(invoice, ct) : null;
    }

    /// <summary>Newest first. Invoices without our metadata are a stranger's and left out; a page may so be shorter than asked for.</summary>
    public async Task<ProviderPage> ListAsync(DateTimeOffset since, string? cursor, int take, DateTimeOffset now, CancellationToken ct)
    {
        var skip = cursor is null ? 0 : int.Parse(cursor, CultureInfo.InvariantCulture);
        var query = new BtcPayInvoiceQuery(take, skip, StartDate: Math.Max(0, since.ToUnixTimeSeconds()));
        var page = (await client.InvoicesAsync(query, ct)).OrThrow("the invoices cannot be listed");
        var next = page.Count < take ? null : (skip + page.Count).ToString(CultureInfo.InvariantCulture);
        var ours = page.Where(i => i.Metadata?.ContainsKey(InvoiceMetadata.Server) == true).ToList();
        var read = new ProviderInvoice?[ours.Count];
        await Parallel.ForAsync(0, ours.Count, new ParallelOptions { MaxDegreeOfParallelism = ReadAtOnce, CancellationToken = ct }, async (i, stop) =>
            read[i] = await WithMethodsAsync(ours[i], stop));
        return new ProviderPage([.. read.OfType<ProviderInvoice>()], next);
    }

    public async Task<ProviderRefundOutcome> RefundAsync(ProviderRefundRequest request, DateTimeOffset now, CancellationToken ct)
    {
        var refund = new BtcPayRefundRequest(
            "Refund " + request.OperationId, request.Description, request.Amount.Amount.ToString(CultureInfo.InvariantCulture), request.Amount.Currency);
        var answer = await client.RefundAsync(request.ProviderInvoiceId, refund, ct);
        if (answer.Failure is BtcPayFailure.Refused or BtcPayFailure.Invalid or BtcPayFailure.NotFoundOrForbidden)
            return new ProviderRefundOutcome.Refused(answer.Failure.Message);
        var made = answer.OrThrow($"refund {request.OperationId} got no answer; look in BTCPay whether it was made");
        return new ProviderRefundOutcome.Made(made.Id, made.ViewLink);
    }

    public async Task<ProviderRefundState> RefundStateAsync(string refundId, DateTimeOffset now, CancellationToken ct)
    {
        // Read before its claims: what is claimed in between is seen as claimed.
        var answer = await client.PullPaymentAsync(refundId, ct);
        if (answer.Failure is BtcPayFailure.NotFoundOrForbidden)
            return ProviderRefundState.Unknown;
        var refund = answer.OrThrow($"refund {refundId} cannot be read");
        var claims = (await client.PayoutsAsync(refundId, ct)).OrThrow($"the claims of refund {refundId} cannot be read");
        if (claims.Exists(c => c.State != "Cancelled"))
            return ProviderRefundState.Claimed;
        return refund.Archived ? ProviderRefundState.Withdrawn : ProviderRefundState.Open;
    }

    /// <summary>Adds the payments, read after the status, so that they are never older than it.</summary>
    private async Task<ProviderInvoice?> WithMethodsAsync(BtcPayInvoice invoice, CancellationToken ct)
    {
        IReadOnlyList<BtcPayInvoiceMethod> methods = invoice.PaymentMethods is { Count: > 0 } given
            ? given
            : (await client.InvoiceMethodsAsync(invoice.Id, ct)).OrThrow($"the payments of invoice {invoice.Id} cannot be read");
        var read = BtcPayReading.Of(invoice, methods);
        if (read is null)
            log.LogWarning("Invoice {Id} at BTCPay cannot be read as one of ours: status {Status}, {Methods} payment methods", invoice.Id, invoice.Status, methods.Count);
        return read;
    }

    /// <summary>Whole minutes, as BTCPay wants them, and not fewer than meant.</summary>
    private static int Minutes(TimeSpan time) => Math.Max(1, (int)Math.Ceiling(time.TotalMinutes));
}
