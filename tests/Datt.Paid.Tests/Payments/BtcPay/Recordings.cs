using System.Text.Json;
using Datt.Paid.Tests.Architecture;

namespace Datt.Paid.Tests.Payments.BtcPay;

/// <summary>
/// Exchanges recorded from a real BTCPay Server: below <c>DATT_BTCPAY</c>, else below <c>../shared/btcpay</c> of the project root.
/// </summary>
internal static class Recordings
{
    private static readonly string Folder = Path.Combine(
        Environment.GetEnvironmentVariable("DATT_BTCPAY") ?? Path.Combine(Repository.Root, "..", "shared", "btcpay"), "recordings");

    /// <summary>Every recording; the test is skipped where they are not there.</summary>
    public static IReadOnlyList<Recording> All()
    {
        if (!Directory.Exists(Folder))
            Assert.Skip("The recordings of BTCPay Server are not there: put them below ../shared/btcpay, or their parent's path into DATT_BTCPAY.");
        return [.. Directory.GetFiles(Folder, "*.json").Where(f => char.IsAsciiDigit(Path.GetFileName(f)[0])).Order().Select(Recording.Read)];
    }

    public static Recording Of(string number) => All().Single(r => r.Name.StartsWith(number + "-", StringComparison.Ordinal));
}

internal sealed record Recording(string Name, IReadOnlyList<Exchange> Exchanges, IReadOnlyList<Delivered> Deliveries)
{
    public static Recording Read(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        var steps = document.RootElement.GetProperty("steps").Clone().EnumerateArray().ToList();
        var exchanges = steps.Where(s => Kind(s) == "http").Select(s => new Exchange(
            s.GetProperty("label").GetString() ?? "", s.GetProperty("request").GetProperty("method").GetString()!,
            s.GetProperty("request").GetProperty("path").GetString()!, s.GetProperty("response").GetProperty("status").GetInt32(),
            s.GetProperty("response").GetProperty("body")));
        var deliveries = steps.Where(s => Kind(s) == "webhookDeliveries").SelectMany(s => s.GetProperty("deliveries").EnumerateArray())
            .Where(d => d.TryGetProperty("bodyBase64", out var body) && body.ValueKind == JsonValueKind.String)
            .Select(d => new Delivered(
                d.GetProperty("headers").GetProperty("BTCPay-Sig").GetString()!, d.GetProperty("secret").GetString()!,
                d.GetProperty("bodyBase64").GetBytesFromBase64()));
        return new Recording(Path.GetFileNameWithoutExtension(file), [.. exchanges], [.. deliveries]);
    }

    private static string Kind(JsonElement step) => step.GetProperty("kind").GetString()!;
}

/// <param name="Path">With its query.</param>
internal sealed record Exchange(string Label, string Method, string Path, int Status, JsonElement Body)
{
    /// <summary>Without its query, cut at the slashes: <c>api, v1, stores, {storeId}, …</c>.</summary>
    public string[] Segments => Path.Split('?')[0].Trim('/').Split('/');

    public override string ToString() => $"{Label}: {Method} {Path} -> {Status}";
}

/// <summary>A webhook delivery as it arrived.</summary>
internal sealed record Delivered(string Signature, string Secret, byte[] Body)
{
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Body);
}
