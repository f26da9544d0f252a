using System.Text.Json.Nodes;

namespace Datt.Paid.Regtest.BtcPayServer;

/// <summary>What a key with one permission may do: every call and permission of the recorded matrix.</summary>
public class PermissionTests
{
    [Fact]
    public async Task Each_permission_allows_what_it_allowed_on_the_real_server()
    {
        var file = Directory.GetFiles(Path.Combine(Recording.Folder(), "recordings"), "17-*.json").Single();
        var matrix = (JsonObject)JsonNode.Parse(await File.ReadAllBytesAsync(file))!["matrix"]!;
        await using var shop = await ShopFixture.StartAsync();
        var webhook = await shop.RegisterWebhookAsync();
        var invoice = (await shop.CreateInvoiceAsync("10"))["id"]!.ToString();
        shop.Server.PayLightning(invoice);
        await shop.RestAsync();
        var delivery = shop.Receiver.Received.First().Json["deliveryId"]!.ToString();
        var calls = Calls(shop.Server.StoreId, invoice, webhook, delivery);

        var wrong = new List<string>();
        foreach (var (permission, expected) in matrix)
        {
            shop.Key = shop.Server.CreateApiKey($"{permission}:{shop.Server.StoreId}");
            foreach (var (name, (method, path, body)) in calls)
            {
                var (status, _) = await shop.CallAsync(method, path, body?.DeepClone());
                var allowed = (int)expected![name]! != 403;
                if (status != 403 != allowed)
                    wrong.Add($"{permission}: {name} gave {status}");
            }
        }
        Assert.Empty(wrong);
        Assert.Equal(15, matrix.Count);
    }

    private static Dictionary<string, (string Method, string Path, JsonObject? Body)> Calls(string store, string invoice, string webhook, string delivery) => new()
    {
        ["create invoice"] = ("POST", $"/stores/{store}/invoices", new JsonObject { ["amount"] = "1", ["currency"] = "USD" }),
        ["list invoices"] = ("GET", $"/stores/{store}/invoices?take=1", null),
        ["get invoice"] = ("GET", $"/stores/{store}/invoices/{invoice}", null),
        ["get invoice (short path)"] = ("GET", $"/invoices/{invoice}", null),
        ["invoice payment methods"] = ("GET", $"/stores/{store}/invoices/{invoice}/payment-methods", null),
        ["mark invoice"] = ("POST", $"/stores/{store}/invoices/{invoice}/status", new JsonObject { ["status"] = "Invalid" }),
        ["update invoice metadata"] = ("PUT", $"/stores/{store}/invoices/{invoice}", new JsonObject { ["metadata"] = new JsonObject() }),
        ["archive invoice"] = ("DELETE", $"/stores/{store}/invoices/{invoice}", null),
        ["refund invoice"] = ("POST", $"/stores/{store}/invoices/{invoice}/refund", new JsonObject { ["refundVariant"] = "RateThen" }),
        ["list webhooks"] = ("GET", $"/stores/{store}/webhooks", null),
        ["create webhook"] = ("POST", $"/stores/{store}/webhooks", new JsonObject { ["url"] = "http://127.0.0.1:9/none", ["enabled"] = false }),
        ["list deliveries"] = ("GET", $"/stores/{store}/webhooks/{webhook}/deliveries", null),
        ["redeliver"] = ("POST", $"/stores/{store}/webhooks/{webhook}/deliveries/{delivery}/redeliver", null),
        ["get store"] = ("GET", $"/stores/{store}", null),
        ["store payment methods"] = ("GET", $"/stores/{store}/payment-methods", null),
        ["rates"] = ("GET", $"/stores/{store}/rates?currencyPair=BTC_USD", null),
        ["list pull payments"] = ("GET", $"/stores/{store}/pull-payments", null),
        ["list payouts"] = ("GET", $"/stores/{store}/payouts", null),
        ["server info"] = ("GET", "/server/info", null),
        ["current api key"] = ("GET", "/api-keys/current", null),
    };
}
