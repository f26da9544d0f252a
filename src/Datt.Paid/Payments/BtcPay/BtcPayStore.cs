namespace Datt.Paid.Payments.BtcPay;

/// <param name="Version">As <c>2.4.1+03345c28…</c>.</param>
public sealed record BtcPayServerInfo(string Version, bool FullySynched);

/// <param name="Permissions"><c>policy:storeId</c>, or <c>policy</c> for all stores of its user.</param>
public sealed record BtcPayKey(IReadOnlyList<string> Permissions, string? Label = null);

/// <summary>Settings of the store that matter here.</summary>
/// <param name="MonitoringExpiration">Seconds.</param>
public sealed record BtcPayStore(
    string Id, string SpeedPolicy, string NetworkFeeMode, long MonitoringExpiration, string? Name = null, bool Archived = false);

public sealed record BtcPayStoreMethod(string PaymentMethodId, bool Enabled);

/// <param name="Rate">Null: the store has none; <paramref name="Errors"/> says why.</param>
public sealed record BtcPayRate(string CurrencyPair, decimal? Rate, IReadOnlyList<string>? Errors = null);

/// <summary>A webhook of the store. Its secret is never shown again.</summary>
public sealed record BtcPayWebhook(string Id, string Url, bool Enabled, bool AutomaticRedelivery, BtcPayWebhookEvents AuthorizedEvents);

public sealed record BtcPayWebhookEvents(bool Everything, IReadOnlyList<string>? SpecificEvents = null);

/// <summary>Body that makes or replaces a webhook.</summary>
public sealed record BtcPayWebhookRequest(
    string Url, string Secret, BtcPayWebhookEvents AuthorizedEvents, bool Enabled = true, bool AutomaticRedelivery = true);

/// <param name="Status"><c>HttpSuccess</c>, <c>HttpError</c> or <c>Failed</c>.</param>
public sealed record BtcPayDelivery(string Id, string Status, int? HttpCode = null, string? ErrorMessage = null);

/// <summary>Body of a refund of a fixed amount.</summary>
/// <param name="CustomAmount">Decimal string.</param>
public sealed record BtcPayRefundRequest(
    string Name, string Description, string CustomAmount, string CustomCurrency, string RefundVariant = "Custom");

/// <summary>A pull payment: money that whoever has the link may claim.</summary>
public sealed record BtcPayPullPayment(string Id, string Currency, decimal Amount, bool Archived, string? ViewLink = null);

/// <param name="State"><c>AwaitingApproval</c>, <c>AwaitingPayment</c>, <c>InProgress</c>, <c>Completed</c>, <c>Cancelled</c>.</param>
public sealed record BtcPayPayout(string Id, string State);

/// <summary>Body of a Lightning invoice without a BTCPay invoice around it.</summary>
/// <param name="Amount">Millisatoshi as a decimal string.</param>
/// <param name="Expiry">Seconds.</param>
public sealed record BtcPayNewLightningInvoice(string Amount, string Description, long Expiry);

/// <param name="Status"><c>Unpaid</c>, <c>Paid</c> or <c>Expired</c>.</param>
/// <param name="Amount">Millisatoshi.</param>
/// <param name="ExpiresAt">Unix seconds.</param>
/// <param name="PaidAt">Unix seconds.</param>
/// <param name="Preimage">Hex, once paid.</param>
/// <param name="AmountReceived">Millisatoshi; null unless paid.</param>
public sealed record BtcPayLightningInvoice(
    string Id, string Status, [property: System.Text.Json.Serialization.JsonPropertyName("BOLT11")] string Bolt11, string PaymentHash,
    long Amount, long ExpiresAt, long? PaidAt = null, string? Preimage = null, long? AmountReceived = null);

/// <summary>Body that pays a Lightning invoice.</summary>
/// <param name="MaxFeeFlat">Highest fee, satoshi as a decimal string.</param>
/// <param name="SendTimeout">Seconds that BTCPay waits for the end; what takes longer is answered as pending.</param>
public sealed record BtcPayNewLightningPayment(
    [property: System.Text.Json.Serialization.JsonPropertyName("BOLT11")] string Bolt11, string MaxFeeFlat, int SendTimeout);

/// <param name="Status"><c>Unknown</c>, <c>Pending</c>, <c>Complete</c> or <c>Failed</c>.</param>
/// <param name="TotalAmount">Millisatoshi, the fee included.</param>
public sealed record BtcPayLightningPayment(string? Id = null, string? Status = null, string? PaymentHash = null, long? TotalAmount = null, long? FeeAmount = null);
