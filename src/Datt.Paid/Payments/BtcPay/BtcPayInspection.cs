using Datt.Paid.Payments.L402;
using Datt.Paid.Pricing;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Payments.BtcPay;

/// <summary>
/// Asks BTCPay everything that <see cref="BtcPayCheck"/> judges, and registers the webhook or puts it right. Repeating it changes nothing more.
/// </summary>
public sealed class BtcPayInspection(
    BtcPayClient client, IOptions<BtcPayOptions> options, IOptions<PricingOptions> pricing, IOptions<L402Options> passes, TimeProvider time) : IPaymentCheck
{
    /// <summary>Where the deliveries go, below the server's public address.</summary>
    public const string WebhookPath = "/webhooks/btcpay";

    private const int LastDeliveries = 5;

    public PaymentProviderKind Kind => PaymentProviderKind.BtcPay;

    public bool IsSet => options.Value.IsSet;

    public Task<IReadOnlyList<PaymentFinding>> CheckAsync(string? publicUrl, CancellationToken ct) =>
        RunAsync(publicUrl is null ? null : publicUrl + WebhookPath, ct);

    /// <param name="webhookUrl">Null when the server's public address is not known: the webhook is then left alone.</param>
    public async Task<IReadOnlyList<PaymentFinding>> RunAsync(string? webhookUrl, CancellationToken ct) =>
        BtcPayCheck.Judge(await LookAsync(webhookUrl, ct));

    private async Task<BtcPaySituation> LookAsync(string? webhookUrl, CancellationToken ct)
    {
        var seen = new BtcPaySituation
        {
            Options = options.Value,
            Currency = pricing.Value.Currency,
            WebhookUrl = webhookUrl,
            SellsPasses = passes.Value.Enabled,
            Server = await client.ServerInfoAsync(ct),
        };
        if (seen.Server.Failure is not null)
            return seen;
        seen = seen with { Clock = ClockComparison.Of(seen.Server.Date, time.GetUtcNow()) };
        seen = seen with
        {
            Key = await client.CurrentKeyAsync(ct),
            SpendKey = options.Value.SpendApiKey.Length > 0 ? await client.SpendKeyAsync(ct) : null,
            Store = await client.StoreAsync(ct),
        };
        if (seen.Store.Failure is not null)
            return seen;
        seen = seen with
        {
            Methods = await client.StoreMethodsAsync(ct),
            Rate = seen.Currency is "BTC" or "SATS" ? null : await client.RateAsync(seen.Currency, ct),
            Webhooks = await client.WebhooksAsync(ct),
        };
        return webhookUrl is null || !seen.Webhooks.TryGet(out var webhooks, out _) ? seen : await RegisterAsync(seen, webhooks, webhookUrl, ct);
    }

    /// <summary>The secret at BTCPay cannot be read, so an existing webhook is always written anew with ours.</summary>
    private async Task<BtcPaySituation> RegisterAsync(BtcPaySituation seen, List<BtcPayWebhook> webhooks, string url, CancellationToken ct)
    {
        var wanted = new BtcPayWebhookRequest(url, options.Value.WebhookSecret, new BtcPayWebhookEvents(Everything: true));
        if (webhooks.Find(w => BtcPayCheck.IsOurs(w, url)) is not { } present)
            return seen with { Registered = await client.CreateWebhookAsync(wanted, ct) };
        return seen with
        {
            Deliveries = await client.DeliveriesAsync(present.Id, LastDeliveries, ct),
            Registered = await client.UpdateWebhookAsync(present.Id, wanted, ct),
        };
    }
}
