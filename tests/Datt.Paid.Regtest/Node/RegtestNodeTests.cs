using System.Text.Json.Nodes;

namespace Datt.Paid.Regtest.Node;

/// <summary>The node does what its description says; the product's tests rest on it.</summary>
public class RegtestNodeTests
{
    [Fact]
    public async Task A_payment_is_seen_confirmed_and_reorganised_away()
    {
        await using var node = await RegtestNode.StartAsync();
        Assert.Equal("regtest", (await node.RpcAsync("getblockchaininfo"))!["chain"]!.ToString());
        Assert.Equal(110, (int)(await node.RpcAsync("getblockcount"))!);
        var address = await node.NewAddressAsync();
        Assert.StartsWith("bcrt1q", address, StringComparison.Ordinal);

        var id = await node.PayAsync(address, 5_000);
        Assert.Contains(id, ((JsonArray)(await node.RpcAsync("getrawmempool"))!).Select(n => n!.ToString()));
        Assert.Equal((0, 5_000), await ListedAsync(node, id));
        await node.MineAsync(2);
        Assert.Equal((2, 5_000), await ListedAsync(node, id));
        Assert.NotNull((await node.WalletRpcAsync("gettransaction", id, true))!["blockhash"]);

        await node.ReorganiseAsync(2);
        Assert.Equal(113, (int)(await node.RpcAsync("getblockcount"))!);
        Assert.Equal((0, 5_000), await ListedAsync(node, id));
    }

    [Fact]
    public async Task A_replaced_or_double_spent_payment_leaves_the_wallet()
    {
        await using var node = await RegtestNode.StartAsync();
        var address = await node.NewAddressAsync();

        var replaced = await node.PayAsync(address, 5_000, signalsReplacement: true);
        var by = await node.ReplaceAsync(replaced, address, 6_000);
        await node.MineAsync();
        Assert.Equal((1, 6_000), await ListedAsync(node, by));
        Assert.Null(await ListedAsync(node, replaced));

        var unconfirmed = await node.PayAsync(address, 7_000);
        await node.MineConflictAsync(unconfirmed);
        Assert.Null(await ListedAsync(node, unconfirmed));

        var confirmed = await node.PayAsync(address, 8_000);
        await node.MineAsync();
        Assert.Equal((1, 8_000), await ListedAsync(node, confirmed));
        await node.ReorganiseAsync(1, confirmed);
        Assert.Null(await ListedAsync(node, confirmed));
    }

    /// <summary>Null for what the wallet has forgotten, or keeps as the loser of a conflict: with negative confirmations, as bitcoind does.</summary>
    private static async Task<(int Confirmations, long Sats)?> ListedAsync(RegtestNode node, string id)
    {
        var list = (JsonArray)(await node.WalletRpcAsync("listtransactions", "*", 100, 0, true))!;
        return list.FirstOrDefault(entry => entry!["txid"]!.ToString() == id) is { } found && (int)found["confirmations"]! >= 0
            ? ((int)found["confirmations"]!, (long)((decimal)found["amount"]! * 100_000_000m))
            : null;
    }
}
