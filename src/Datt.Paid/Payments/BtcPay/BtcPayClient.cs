using System.Globalization;
using System.Text;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Payments.BtcPay;

/// <summary>
/// The calls of BTCPay's Greenfield API that this server makes, all for its one store and by the long paths, which every version knows.
/// Nothing is created twice: only reading is repeated by itself.
/// </summary>
public sealed class BtcPayClient(BtcPayTransport transport, IOptions<BtcPayOptions> options)
{
    private static readonly BtcPayJson Json = BtcPayJson.Default;

    private string Store => $"api/v1/stores/{Uri.EscapeDataString(options.Value.StoreId)}";

    public Task<BtcPayAnswer<BtcPayInvoice>> CreateInvoiceAsync(BtcPayNewInvoice invoice, CancellationToken ct) =>
        transport.SendAsync(HttpMethod.Post, $"{Store}/invoices", Json.BtcPayInvoice, BtcPayTransport.Body(invoice, Json.BtcPayNewInvoice), ct);

    /// <summary>The invoice with its payment methods, where the server can answer both at once.</summary>
    public Task<BtcPayAnswer<BtcPayInvoice>> InvoiceAsync(string id, CancellationToken ct) =>
        transport.SendAsync(HttpMethod.Get, $"{Invoice(id)}?includePaymentMethods=true", Json.BtcPayInvoice, null, ct);

    /// <summary>A page of the store's invoices, newest first, with their payment methods where the server can.</summary>
    public Task<BtcPayAnswer<List<BtcPayInvoice>>> InvoicesAsync(BtcPayInvoiceQuery query, CancellationToken ct)
    {
        var path = new StringBuilder($"{Store}/invoices?includePaymentMethods=true");
        path.Append(CultureInfo.InvariantCulture, $"&skip={query.Skip}&take={query.Take}");
        if (query.OrderId is { } orderId)
            path.Append("&orderId=").Append(Uri.EscapeDataString(orderId));
        if (query.StartDate is { } start)
            path.Append(CultureInfo.InvariantCulture, $"&startDate={start}");
        if (query.IncludeArchived)
            path.Append("&includeArchived=true");
        return transport.SendAsync(HttpMethod.Get, path.ToString(), Json.ListBtcPayInvoice, null, ct);
    }

    /// <summary>How an invoice can be paid now, and every payment it has.</summary>
    public Task<BtcPayAnswer<List<BtcPayInvoiceMethod>>> InvoiceMethodsAsync(string id, CancellationToken ct) =>
        transport.SendAsync(HttpMethod.Get, $"{Invoice(id)}/payment-methods", Json.ListBtcPayInvoiceMethod, null, ct);

    /// <summary>Cancels an invoice. The answer still shows its state before; read it again.</summary>
    public Task<BtcPayAnswer<BtcPayInvoice>> MarkInvalidAsync(string id, CancellationToken ct) =>
        transport.SendAsync(
            HttpMethod.Post, $"{Invoice(id)}/status", Json.BtcPayInvoice, BtcPayTransport.Body(new BtcPayMark("Invalid"), Json.BtcPayMark), ct);

    public Task<BtcPayAnswer<BtcPayServerInfo>> ServerInfoAsync(CancellationToken ct) =>
        transport.SendAsync(HttpMethod.Get, "api/v1/server/info", Json.BtcPayServerInfo, null, ct);

    public Task<BtcPayAnswer<BtcPayKey>> CurrentKeyAsync(CancellationToken ct) =>
        transport.SendAsync(HttpMethod.Get, "api/v1/api-keys/current", Json.BtcPayKey, null, ct);

    /// <summary>What the key that may spend may do.</summary>
    public Task<BtcPayAnswer<BtcPayKey>> SpendKeyAsync(CancellationToken ct) =>
        transport.SendAsync(HttpMethod.Get, "api/v1/api-keys/current", Json.BtcPayKey, null, ct, options.Value.SpendApiKey);

    public Task<BtcPayAnswer<BtcPayStore>> StoreAsync(CancellationToken ct) =>
        transport.SendAsync(HttpMethod.Get, Store, Json.BtcPayStore, null, ct);

    public Task<BtcPayAnswer<List<BtcPayStoreMethod>>> StoreMethodsAsync(CancellationToken ct) =>
        transport.SendAsync(HttpMethod.Get, $"{Store}/payment-methods", Json.ListBtcPayStoreMethod, null, ct);

    /// <summary>What one bitcoin is worth in a currency at this store, its spread included.</summary>
    public Task<BtcPayAnswer<List<BtcPayRate>>> RateAsync(string currency, CancellationToken ct) =>
        transport.SendAsync(HttpMethod.Get, $"{Store}/rates?currencyPair=BTC_{Uri.EscapeDataString(currency)}", Json.ListBtcPayRate, null, ct);

    public Task<BtcPayAnswer<List<BtcPayWebhook>>> WebhooksAsync(CancellationToken ct) =>
        transport.SendAsync(HttpMethod.Get, $"{Store}/webhooks", Json.ListBtcPayWebhook, null, ct);

    public Task<BtcPayAnswer<BtcPayWebhook>> CreateWebhookAsync(BtcPayWebhookRequest webhook, CancellationToken ct) =>
        transport.SendAsync(HttpMethod.Post, $"{Store}/webhooks", Json.BtcPayWebhook, BtcPayTransport.Body(webhook, Json.BtcPayWebhookRequest), ct);

    /// <summary>Replaces the whole webhook, secret included.</summary>
    public Task<BtcPayAnswer<BtcPayWebhook>> UpdateWebhookAsync(string id, BtcPayWebhookRequest webhook, CancellationToken ct) =>
        transport.SendAsync(
            HttpMethod.Put, $"{Store}/webhooks/{Uri.EscapeDataString(id)}", Json.BtcPayWebhook, BtcPayTransport.Body(webhook, Json.BtcPayWebhookRequest), ct);

    /// <summary>The last deliveries of a webhook, newest first.</summary>
    public Task<BtcPayAnswer<List<BtcPayDelivery>>> DeliveriesAsync(string webhookId, int count, CancellationToken ct) =>
        transport.SendAsync(
            HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"{Store}/webhooks/{Uri.EscapeDataString(webhookId)}/deliveries?count={count}"),
            Json.ListBtcPayDelivery, null, ct);

    /// <summary>Makes a pull payment for a settled invoice. Each call makes another one.</summary>
    public Task<BtcPayAnswer<BtcPayPullPayment>> RefundAsync(string invoiceId, BtcPayRefundRequest refund, CancellationToken ct) =>
        transport.SendAsync(
            HttpMethod.Post, $"{Invoice(invoiceId)}/refund", Json.BtcPayPullPayment, BtcPayTransport.Body(refund, Json.BtcPayRefundRequest), ct);

    public Task<BtcPayAnswer<BtcPayPullPayment>> PullPaymentAsync(string id, CancellationToken ct) =>
        transport.SendAsync(HttpMethod.Get, $"api/v1/pull-payments/{Uri.EscapeDataString(id)}", Json.BtcPayPullPayment, null, ct);

    /// <summary>What was claimed of a pull payment.</summary>
    public Task<BtcPayAnswer<List<BtcPayPayout>>> PayoutsAsync(string pullPaymentId, CancellationToken ct) =>
        transport.SendAsync(
            HttpMethod.Get, $"api/v1/pull-payments/{Uri.EscapeDataString(pullPaymentId)}/payouts", Json.ListBtcPayPayout, null, ct);

    /// <summary>A Lightning invoice without a BTCPay invoice around it; needs <see cref="BtcPayPermissions.NeededForPasses"/>.</summary>
    public Task<BtcPayAnswer<BtcPayLightningInvoice>> CreateLightningInvoiceAsync(BtcPayNewLightningInvoice invoice, CancellationToken ct) =>
        transport.SendAsync(
            HttpMethod.Post, $"{Store}/lightning/BTC/invoices", Json.BtcPayLightningInvoice,
            BtcPayTransport.Body(invoice, Json.BtcPayNewLightningInvoice), ct);

    public Task<BtcPayAnswer<BtcPayLightningInvoice>> LightningInvoiceAsync(string id, CancellationToken ct) =>
        transport.SendAsync(
            HttpMethod.Get, $"{Store}/lightning/BTC/invoices/{Uri.EscapeDataString(id)}", Json.BtcPayLightningInvoice, null, ct);

    /// <summary>Pays a BOLT11 from the store's Lightning node, with the key that may spend. An answer that is lost says nothing about the money.</summary>
    public Task<BtcPayAnswer<BtcPayLightningPayment>> PayLightningInvoiceAsync(BtcPayNewLightningPayment payment, CancellationToken ct) =>
        transport.SendAsync(
            HttpMethod.Post, $"{Store}/lightning/BTC/invoices/pay", Json.BtcPayLightningPayment,
            BtcPayTransport.Body(payment, Json.BtcPayNewLightningPayment), ct, options.Value.SpendApiKey);

    private string Invoice(string id) => $"{Store}/invoices/{Uri.EscapeDataString(id)}";
}
