using System.Globalization;
using System.Text.Json.Nodes;

namespace Datt.Paid.Regtest.BtcPayServer;

/// <summary>Exchanges recorded from a real BTCPay Server, and its OpenAPI document. They lie beside the project and are not part of it.</summary>
internal sealed record Recording(string Name, IReadOnlyList<JsonObject> Steps)
{
    /// <summary>
    /// The folder with <c>greenfield.openapi.json</c> and <c>recordings/</c>: <c>DATT_BTCPAY</c>, else <c>../shared/btcpay</c> of the project root. Skips
    /// the test when it is not there.
    /// </summary>
    public static string Folder()
    {
        var folder = Environment.GetEnvironmentVariable("DATT_BTCPAY");
        for (var root = new DirectoryInfo(AppContext.BaseDirectory); folder is null && root is not null; root = root.Parent)
        {
            if (File.Exists(Path.Combine(root.FullName, "Datt.Paid.sln")))
                folder = Path.Combine(root.FullName, "..", "shared", "btcpay");
        }
        if (!File.Exists(Path.Combine(folder ?? "", "greenfield.openapi.json")))
            Assert.Skip("The recordings of BTCPay Server are not there: put them into ../shared/btcpay, or their folder's path into DATT_BTCPAY.");
        return folder!;
    }

    /// <param name="number">The first two digits of its file.</param>
    public static Recording Read(int number)
    {
        var pattern = number.ToString("00", CultureInfo.InvariantCulture) + "-*.json";
        return Read(Directory.GetFiles(Path.Combine(Folder(), "recordings"), pattern).Single());
    }

    public static IReadOnlyList<Recording> ReadAll() =>
        [.. Directory.GetFiles(Path.Combine(Folder(), "recordings"), "??-*.json").Order(StringComparer.Ordinal).Select(Read)];

    /// <summary>Everything that the webhook receivers got, in order of time, without what is written down twice.</summary>
    public IReadOnlyList<JsonObject> Deliveries => [.. Steps.Where(step => Is(step, "webhookDeliveries"))
        .SelectMany(step => (JsonArray)step["deliveries"]!).OfType<JsonObject>()
        .DistinctBy(delivery => delivery["body"]!["deliveryId"]!.ToString()).OrderBy(delivery => (double)delivery["at"]!)];

    public static bool Is(JsonObject step, string kind) => step["kind"]!.ToString() == kind;

    private static Recording Read(string file) => new(
        Path.GetFileNameWithoutExtension(file),
        [.. ((JsonArray)JsonNode.Parse(File.ReadAllBytes(file))!["steps"]!).OfType<JsonObject>()]);
}
