using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Polly;

namespace Datt.Paid.Payments.Rates;

/// <summary>Fetches a JSON document from a URL of the operator's choice and takes the rate out of it.</summary>
public sealed class HttpRateSource(IHttpClientFactory clients, IOptions<RatesOptions> options) : IRateSource
{
    /// <summary>Name of the client at the factory.</summary>
    public const string ClientName = "bitcoin-rate";

    /// <summary>Largest document that is read, in bytes.</summary>
    public const int MaximumAnswer = 1024 * 1024;

    public async Task<RateReading> ReadAsync(CancellationToken ct)
    {
        try
        {
            using var client = clients.CreateClient(ClientName);
            using var response = await client.GetAsync(new Uri(options.Value.Url), ct);
            if (!response.IsSuccessStatusCode)
                return new RateReading.Failed($"{RatesOptions.Section}:Url answers with status {(int)response.StatusCode}");
            using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(ct), new JsonDocumentOptions { MaxDepth = 32 });
            return Find(document.RootElement, options.Value.Path) is { } found && Number(found) is { } rate
                ? new RateReading.Rate(rate)
                : new RateReading.Failed($"the document of {RatesOptions.Section}:Url has no number at {RatesOptions.Section}:Path '{options.Value.Path}'");
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw;
        }
        catch (JsonException e)
        {
            return new RateReading.Failed($"{RatesOptions.Section}:Url does not answer with JSON", e);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or ExecutionRejectedException or IOException)
        {
            return new RateReading.Failed($"{RatesOptions.Section}:Url does not answer", e);
        }
    }

    /// <summary>What a JSON pointer (RFC 6901) points at.</summary>
    internal static JsonElement? Find(JsonElement root, string pointer)
    {
        var at = root;
        foreach (var part in pointer.Split('/').Skip(1).Select(p => p.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)))
        {
            if (at.ValueKind == JsonValueKind.Object && at.TryGetProperty(part, out var member))
                at = member;
            else if (at.ValueKind == JsonValueKind.Array && int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < at.GetArrayLength())
                at = at[index];
            else
                return null;
        }
        return at;
    }

    private static decimal? Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.TryGetDecimal(out var number) ? number : null,
        JsonValueKind.String => decimal.TryParse(value.GetString(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : null,
        _ => null,
    };
}
