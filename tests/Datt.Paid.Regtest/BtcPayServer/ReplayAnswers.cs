using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Datt.Paid.Regtest.BtcPayServer;

/// <summary>What of an answer must be the same as recorded; ids, times and texts for people differ.</summary>
internal static class ReplayAnswers
{
    private static readonly string[] Compared =
    [
        "status", "additionalStatus", "amount", "paidAmount", "currency", "type", "archived", "availableStatusesForManualMarking",
        "paymentMethodId", "rate", "paymentMethodPaid", "totalPaid", "due", "paymentMethodFee", "activated", "value", "fee",
        "code", "missingPermission", "networkFeeMode", "speedPolicy", "invoiceExpiration", "monitoringExpirationSeconds", "paymentTolerance",
        "enabled", "automaticRedelivery", "authorizedEvents", "errorMessage", "httpCode", "state", "originalAmount", "originalCurrency", "payoutAmount",
        "autoApproveClaims", "amountReceived", "currencyPair", "errors", "spread", "effectiveScript", "metadata", "checkout", "permissions",
        "paymentAmountNow", "paymentAmountThen", "invoiceAmount", "overpaidPaymentAmount", "invoiceCurrency", "paymentCurrency",
    ];

    /// <summary>The comparable parts as one text, in the order of the document.</summary>
    public static string Describe(JsonNode? node, ReplayNames names)
    {
        var lines = new List<string>();
        Walk(node, "$", lines);
        return names.Translate(string.Join('\n', lines));
    }

    private static void Walk(JsonNode? node, string path, List<string> lines)
    {
        switch (node)
        {
            case JsonArray { Count: > 0 } array when array[0] is JsonObject problem && problem.ContainsKey("path") && problem.ContainsKey("message"):
                // Spelling and number of paths follow the real server's JSON library where the body could not be read at all.
                lines.Add($"{path}: a list of problems");
                break;
            case JsonArray { Count: > 1 } array when array[0] is JsonObject invoice && invoice.ContainsKey("additionalStatus"):
                // Invoices of the same second come in any order.
                var parts = array.Select(item =>
                {
                    var inner = new List<string>();
                    Walk(item, path, inner);
                    return string.Join('\n', inner);
                });
                lines.AddRange(parts.Order(StringComparer.Ordinal));
                break;
            case JsonArray array:
                for (var i = 0; i < array.Count; i++)
                    Walk(array[i], FormattableString.Invariant($"{path}[{i}]"), lines);
                break;
            case JsonObject json:
                foreach (var name in json.Select(property => property.Key).Order(StringComparer.Ordinal))
                {
                    if (json[name] is JsonObject or JsonArray && name is not "errors" and not "authorizedEvents" and not "metadata" and not "availableStatusesForManualMarking")
                    {
                        if (name is "payments" or "paymentMethods")
                            Walk(json[name], $"{path}.{name}", lines);
                    }
                    else if (Compared.Contains(name))
                        lines.Add($"{path}.{name}: {Text(json[name])}");
                }
                break;
        }
    }

    /// <summary>Numbers by their value; amounts, which are texts, as they are written.</summary>
    private static string Text(JsonNode? node) => node switch
    {
        null => "null",
        JsonValue value when value.GetValueKind() == JsonValueKind.Number =>
            decimal.Parse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture).ToString("0.############", CultureInfo.InvariantCulture),
        _ => node.ToJsonString(),
    };
}
