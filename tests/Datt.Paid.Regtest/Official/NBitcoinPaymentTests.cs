using Datt.Paid.Regtest.Node;
using NBitcoin;

namespace Datt.Paid.Regtest.Official;

/// <summary>What NBitcoin builds is taken, relayed and mined by a node that shares no code with it.</summary>
public class NBitcoinPaymentTests
{
    [Fact]
    public async Task A_payment_built_by_NBitcoin_is_mined_and_signals_as_asked()
    {
        await using var node = await BcoinNode.StartAsync();
        var chain = new RegtestChain(node);
        var payer = new PayerTransactions(new Key(), ScriptPubKeyType.Legacy);
        foreach (var signals in new[] { false, true })
        {
            var coin = await FundAsync(node, payer.Address);
            var address = await node.NewAddressAsync();
            var payment = payer.Payment([coin], address, 12_345, signals);
            Assert.Equal(payment.GetHash().ToString(), (await node.RpcAsync("sendrawtransaction", payment.ToHex()))!.ToString());
            await chain.SyncAsync();
            var seen = Assert.Single(chain.PaymentsTo(new HashSet<string> { address }));
            Assert.Equal(signals, seen.SignalsReplacement);
            Assert.Equal(12_345, seen.Outputs.Single(output => output.Address == address).Sats);
            await chain.MineAsync();
            Assert.Equal(new(1, false), chain.Find(seen.Id));
        }
    }

    [Fact]
    public async Task A_conflict_built_by_NBitcoin_double_spends_all_coins_of_a_payment_for_a_higher_fee()
    {
        await using var node = await BcoinNode.StartAsync();
        var payer = new PayerTransactions(new Key(), ScriptPubKeyType.Legacy);
        Coin[] coins = [await FundAsync(node, payer.Address), await FundAsync(node, payer.Address)];
        var address = await node.NewAddressAsync();
        var payment = payer.Payment(coins, address, 1_500_000, signalsReplacement: true);
        Assert.Equal(2, payment.Inputs.Count);

        var conflict = payer.Conflict(payment, coins, address, 1_000_000);
        Assert.Equal(payment.Inputs.Select(input => input.PrevOut).ToHashSet(), conflict.Inputs.Select(input => input.PrevOut).ToHashSet());
        Assert.True(payment.TotalOut > conflict.TotalOut);
        await node.RpcAsync("sendrawtransaction", conflict.ToHex());
        var chain = new RegtestChain(node);
        await chain.MineAsync();
        Assert.Equal(new(1, false), chain.Find(conflict.GetHash().ToString()));

        var unpaid = payer.Conflict(payment, coins, null, 0);
        Assert.Equal(payer.Address.ScriptPubKey, Assert.Single(unpaid.Outputs).ScriptPubKey);
    }

    private static async Task<Coin> FundAsync(RegtestNode node, BitcoinAddress address)
    {
        var id = await node.PayAsync(address.ToString(), 1_000_000);
        var funding = Transaction.Parse((await node.RpcAsync("getrawtransaction", id))!.ToString(), Network.RegTest);
        await node.MineAsync();
        return funding.Outputs.AsCoins().Single(coin => coin.ScriptPubKey == address.ScriptPubKey);
    }
}
