using System.Net;
using System.Text.Json;
using Datt.Paid.Regtest.Node;
using Datt.Paid.Server.Payments;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Regtest.BitcoinCore;

/// <summary>A buyer pays months on-chain at a real server over a real node, and searches.</summary>
public class NodeStoryTests
{
    [Fact]
    public async Task A_buyer_pays_a_bundle_on_chain_and_searches_also_when_the_server_was_away_meanwhile()
    {
        await using var node = await RegtestNode.StartAsync();
        await using var dialect = await CoreDialect.StartAsync(node);
        var settings = NodeShop.Settings(dialect.Url, node.Password);
        settings["Datt:Payments:ReconcileInterval"] = "00:00:05";
        await using var server = await ServerOnDisk.StartAsync(settings);
        using var buyer = await server.NewCustomerAsync();
        Assert.Equal(HttpStatusCode.PaymentRequired, (await buyer.Http.GetAsync("/api/v1/search?q=paris")).StatusCode);

        var invoice = await buyer.InvoiceAsync(12);
        Assert.Equal(120_000, invoice.GetProperty("dueSats").GetInt64());
        Assert.Equal(JsonValueKind.Null, invoice.GetProperty("lightning").ValueKind);
        await node.PayAsync(invoice.GetProperty("address").GetString()!, 120_000);
        await node.MineAsync();
        await Eventually.HoldsAsync(async () => (await buyer.Http.GetAsync("/api/v1/search?q=paris")).StatusCode == HttpStatusCode.OK, "the buyer may search");

        using var other = await server.NewCustomerAsync();
        var second = await other.InvoiceAsync(6);
        await server.StopAsync();
        await node.PayAsync(second.GetProperty("address").GetString()!, 60_000);
        await node.MineAsync(3);
        await server.RestartAsync();
        using var back = server.With(other.ApiKey);
        await Eventually.HoldsAsync(async () => (await back.GetAsync("/api/v1/search?q=paris")).StatusCode == HttpStatusCode.OK, "the other buyer may search");
    }

    [Fact]
    public async Task The_check_of_the_shell_finds_a_good_node_good_and_a_wrong_password_wrong()
    {
        await using var node = await RegtestNode.StartAsync();
        await using var dialect = await CoreDialect.StartAsync(node);
        var (well, output) = await CheckAsync(NodeShop.Settings(dialect.Url, node.Password));
        Assert.Equal(0, well);
        Assert.Contains("not-mainnet", output, StringComparison.Ordinal);
        var (wrong, reason) = await CheckAsync(NodeShop.Settings(dialect.Url, "another"));
        Assert.Equal(1, wrong);
        Assert.Contains("rpc-credentials", reason, StringComparison.Ordinal);
        Assert.DoesNotContain("another", reason, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output)> CheckAsync(Dictionary<string, string?> settings)
    {
        using var output = new StringWriter();
        var code = await PaymentVerb.RunAsync(["check", .. settings.Select(s => $"--{s.Key}={s.Value}")], output, CancellationToken.None);
        return (code, output.ToString());
    }
}
