using NBitcoin;
using NBitcoin.RPC;
using Newtonsoft.Json.Linq;

namespace Datt.Paid.Regtest.Official;

/// <summary>Owns what the node mines. Finds its coins in the node's set of unspent outputs; the oldest pay first, as a branch may be too young for others.</summary>
internal sealed class BitcoindPayer(RPCClient rpc)
{
    /// <summary>A block's own coin may be spent by the hundredth block after it.</summary>
    private const int Maturity = 100;

    private static readonly Money FeeReserve = Money.Coins(0.001m);

    private readonly PayerTransactions _transactions = new(new Key(), ScriptPubKeyType.Segwit);

    public BitcoinAddress Address => _transactions.Address;

    public async Task<Transaction> PaymentAsync(string address, long sats, bool signalsReplacement) =>
        _transactions.Payment(await CoinsAsync(Money.Satoshis(sats) + FeeReserve), address, sats, signalsReplacement);

    /// <summary>Another transaction from the coins of one that was sent, in the mempool or in a block.</summary>
    public async Task<Transaction> ConflictAsync(string transactionId, string? address, long sats)
    {
        var old = await rpc.GetRawTransactionAsync(uint256.Parse(transactionId));
        var coins = new List<Coin>();
        foreach (var input in old.Inputs)
            coins.Add(new Coin(await rpc.GetRawTransactionAsync(input.PrevOut.Hash), input.PrevOut.N));
        return _transactions.Conflict(old, coins, address, sats);
    }

    private async Task<IReadOnlyList<Coin>> CoinsAsync(Money amount)
    {
        var scan = (await rpc.SendCommandAsync("scantxoutset", "start", new JArray($"addr({Address})"))).Result;
        var next = (int)scan["height"]! + 1;
        var coins = new List<Coin>();
        foreach (var unspent in scan["unspents"]!.OrderBy(u => (int)u["height"]!))
        {
            if ((bool)unspent["coinbase"]! && next - (int)unspent["height"]! < Maturity)
                continue;
            var point = new OutPoint(uint256.Parse((string)unspent["txid"]!), (int)unspent["vout"]!);
            // Null where a transaction of the mempool spends it.
            if ((await rpc.SendCommandAsync("gettxout", point.Hash.ToString(), (int)point.N, true)).Result is null or { Type: JTokenType.Null })
                continue;
            coins.Add(new Coin(point, new TxOut(Money.Coins((decimal)unspent["amount"]!), Address)));
            if (coins.Sum(coin => coin.Amount) >= amount)
                return coins;
        }
        throw new InvalidOperationException($"The payer has no {amount} BTC to spend; mine first.");
    }
}
