using System.Text.Json.Serialization;

namespace Datt.Paid.Payments.BtcPay;

/// <summary>
/// Reads and writes Greenfield's JSON: camel case, numbers as strings or numbers, unknown members ignored. A null or a gap where a
/// member is needed is an error.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowReadingFromString,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    MaxDepth = 32)]
[JsonSerializable(typeof(BtcPayInvoice))]
[JsonSerializable(typeof(List<BtcPayInvoice>))]
[JsonSerializable(typeof(List<BtcPayInvoiceMethod>))]
[JsonSerializable(typeof(BtcPayNewInvoice))]
[JsonSerializable(typeof(BtcPayMark))]
[JsonSerializable(typeof(BtcPayServerInfo))]
[JsonSerializable(typeof(BtcPayKey))]
[JsonSerializable(typeof(BtcPayStore))]
[JsonSerializable(typeof(List<BtcPayStoreMethod>))]
[JsonSerializable(typeof(List<BtcPayRate>))]
[JsonSerializable(typeof(BtcPayWebhook))]
[JsonSerializable(typeof(List<BtcPayWebhook>))]
[JsonSerializable(typeof(BtcPayWebhookRequest))]
[JsonSerializable(typeof(List<BtcPayDelivery>))]
[JsonSerializable(typeof(BtcPayRefundRequest))]
[JsonSerializable(typeof(BtcPayPullPayment))]
[JsonSerializable(typeof(List<BtcPayPayout>))]
[JsonSerializable(typeof(BtcPayNewLightningInvoice))]
[JsonSerializable(typeof(BtcPayLightningInvoice))]
[JsonSerializable(typeof(BtcPayNewLightningPayment))]
[JsonSerializable(typeof(BtcPayLightningPayment))]
[JsonSerializable(typeof(List<BtcPayFieldError>))]
[JsonSerializable(typeof(BtcPayErrorBody))]
internal sealed partial class BtcPayJson : JsonSerializerContext;

/// <summary>Body of 400, 401, 403, 404 and 409.</summary>
internal sealed record BtcPayErrorBody(string Code, string? Message = null, string? MissingPermission = null);
