using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Datt.Paid.BtcPayServer.Stores;

namespace Datt.Paid.BtcPayServer.Invoices;

/// <summary>The body of a create call, checked as BTCPay does.</summary>
internal sealed record InvoiceRequest
{
    public decimal? Amount { get; private set; }

    public string? Currency { get; private set; }

    public JsonObject Metadata { get; private set; } = [];

    public IReadOnlyList<string> SearchTerms { get; private set; } = [];

    public SpeedPolicy? SpeedPolicy { get; private set; }

    /// <summary>Wanted methods by their full names; null: all.</summary>
    public IReadOnlyList<string>? Methods { get; private set; }

    public decimal? ExpirationMinutes { get; private set; }

    public decimal? MonitoringMinutes { get; private set; }

    public decimal? Tolerance { get; private set; }

    public JsonObject Checkout { get; private set; } = [];

    /// <summary>Reads a body; the list names what is wrong, path by path.</summary>
    public static (InvoiceRequest Request, List<(string Path, string Message)> Problems) Read(JsonObject body)
    {
        var problems = new List<(string, string)>();
        var request = new InvoiceRequest
        {
            Amount = Number(body["amount"], "amount", "The supplied value is invalid.", problems),
            Currency = body["currency"]?.ToString(),
            Metadata = body["metadata"] as JsonObject ?? [],
            Checkout = body["checkout"] as JsonObject ?? [],
            SearchTerms = body["additionalSearchTerms"] is JsonArray terms ? [.. terms.Select(term => term?.ToString() ?? "")] : [],
        };
        if (request.Amount < 0)
            problems.Add(("Amount", "The amount should be 0 or more."));
        request.ReadCheckout(problems);
        return (request, problems);
    }

    private void ReadCheckout(List<(string Path, string Message)> problems)
    {
        if (Checkout["speedPolicy"]?.ToString() is { } speed)
        {
            if (Enum.TryParse<SpeedPolicy>(speed, out var policy) && Enum.IsDefined(policy))
                SpeedPolicy = policy;
            else
                problems.Add(("checkout.speedPolicy", $"Error converting value \"{speed}\" to a speed policy."));
        }
        ExpirationMinutes = Minutes("expirationMinutes", problems);
        MonitoringMinutes = Minutes("monitoringMinutes", problems);
        Tolerance = Number(Checkout["paymentTolerance"], "checkout.paymentTolerance", "The supplied value is invalid.", problems);
        if (Tolerance is < 0 or > 100)
            problems.Add(("Checkout.PaymentTolerance", "PaymentTolerance can only be between 0 and 100 percent"));
        if (Checkout["paymentMethods"] is JsonArray methods && methods.Count > 0)
        {
            var names = methods.Select((method, index) => FullName(method?.ToString(), index, problems)).OfType<string>();
            Methods = [.. names];
        }
    }

    private decimal? Minutes(string name, List<(string Path, string Message)> problems)
    {
        var minutes = Number(Checkout[name], $"checkout.{name}", "Invalid timespan", problems);
        if (minutes is { } value && (value != Math.Truncate(value) || value < 1))
        {
            problems.Add(($"checkout.{name}", "Invalid timespan"));
            return null;
        }
        return minutes;
    }

    private static string? FullName(string? name, int index, List<(string Path, string Message)> problems)
    {
        switch (name)
        {
            case "BTC" or "BTC-CHAIN" or "BTC_OnChain" or "BTC-OnChain":
                return InvoiceMethod.Chain;
            case "BTC-LN" or "BTC-LightningNetwork" or "BTC_LightningNetwork" or "BTC-OffChain":
                return InvoiceMethod.LightningNetwork;
            default:
                problems.Add((string.Create(CultureInfo.InvariantCulture, $"Checkout.PaymentMethods[{index}]"), "Invalid PaymentMethodId"));
                return null;
        }
    }

    private static decimal? Number(JsonNode? node, string path, string message, List<(string Path, string Message)> problems)
    {
        if (node is null)
            return null;
        if (node is JsonValue value && value.GetValueKind() is JsonValueKind.String or JsonValueKind.Number
            && decimal.TryParse(node.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }
        problems.Add((path, message));
        problems.Add(("request", "The request field is required."));
        return null;
    }
}
