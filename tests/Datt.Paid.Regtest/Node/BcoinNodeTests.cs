namespace Datt.Paid.Regtest.Node;

/// <summary>Where bcoin is not like bitcoind; whoever translates between them rests on it.</summary>
public class BcoinNodeTests
{
    [Fact]
    public async Task Each_server_knows_only_its_own_methods()
    {
        await using var node = await BcoinNode.StartAsync();
        Assert.Equal(-32601, (await Assert.ThrowsAsync<RegtestRpcException>(() => node.RpcAsync("getnewaddress", ""))).Code);
        Assert.Equal(-32601, (await Assert.ThrowsAsync<RegtestRpcException>(() => node.WalletRpcAsync("getblockhash", 1))).Code);
        Assert.True((bool)(await node.RpcAsync("validateaddress", await node.NewAddressAsync()))!["isvalid"]!);
    }

    [Fact]
    public async Task The_wallet_forgets_what_was_double_spent()
    {
        await using var node = await BcoinNode.StartAsync();
        var replaced = await node.PayAsync(await node.NewAddressAsync(), 5_000, signalsReplacement: true);
        await node.ReplaceAsync(replaced);
        Assert.Equal(-4, (await Assert.ThrowsAsync<RegtestRpcException>(() => node.WalletRpcAsync("gettransaction", replaced, true))).Code);
    }
}
