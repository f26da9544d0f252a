using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Datt.Paid.Payments.BtcPay;

/// <summary>
/// A delivery of BTCPay's webhook. Its signature covers the raw bytes and holds no time: an old one can be sent again, so a delivery only
/// says which invoice to look at.
/// </summary>
public static class WebhookDelivery
{
    private const string Scheme = "sha256=";
    private const int MaximumId = 100;

    /// <summary>Checks <c>BTCPay-Sig</c>, HMAC-SHA256 in hex keyed with the UTF-8 secret, in constant time.</summary>
    public static bool IsGenuine(ReadOnlySpan<byte> body, string? signature, string secret)
    {
        if (secret.Length == 0 || signature is null || !signature.StartsWith(Scheme, StringComparison.Ordinal))
            return false;
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (signature.Length != Scheme.Length + 2 * given.Length
            || Convert.FromHexString(signature.AsSpan(Scheme.Length), given, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body, expected);
        return CryptographicOperations.FixedTimeEquals(expected, given);
    }

    /// <summary>The invoice of a store that a delivery is about; null when it is about something else or cannot be read.</summary>
    public static string? InvoiceOf(ReadOnlySpan<byte> body, string storeId)
    {
        try
        {
            var told = JsonSerializer.Deserialize(body, WebhookJson.Default.WebhookHead);
            return told?.StoreId == storeId && told.InvoiceId is { Length: > 0 and <= MaximumId } id && id.All(char.IsAsciiLetterOrDigit) ? id : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

internal sealed record WebhookHead(string? StoreId, string? InvoiceId);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 64)]
[JsonSerializable(typeof(WebhookHead))]
internal sealed partial class WebhookJson : JsonSerializerContext;
