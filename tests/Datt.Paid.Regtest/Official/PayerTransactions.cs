using NBitcoin;
using NBitcoin.Policy;

namespace Datt.Paid.Regtest.Official;

/// <summary>Transactions of one key, built, signed and checked by NBitcoin.</summary>
internal sealed class PayerTransactions(Key key, ScriptPubKeyType type)
{
    private static readonly FeeRate Rate = new(10m);

    public BitcoinAddress Address { get; } = key.GetAddress(type, Network.RegTest);

    /// <summary>Pays an address and gives the rest back.</summary>
    public Transaction Payment(IEnumerable<Coin> coins, string address, long sats, bool signalsReplacement)
    {
        var builder = Builder(coins, signalsReplacement);
        builder.Send(BitcoinAddress.Create(address, Network.RegTest), Money.Satoshis(sats)).SendEstimatedFees(Rate);
        return Signed(builder);
    }

    /// <summary>Spends all coins of a transaction otherwise, for a fee that lets it take that one's place (BIP 125).</summary>
    /// <param name="address">Null: nobody is paid.</param>
    public Transaction Conflict(Transaction old, IReadOnlyList<Coin> coins, string? address, long sats)
    {
        var fee = coins.Sum(coin => coin.Amount) - old.TotalOut;
        var builder = Builder(coins, signalsReplacement: true);
        if (address is not null)
            builder.Send(BitcoinAddress.Create(address, Network.RegTest), Money.Satoshis(sats));
        builder.SendFees((fee * 2) + Money.Satoshis(2_000)).SendAllRemainingToChange();
        return Signed(builder);
    }

    private TransactionBuilder Builder(IEnumerable<Coin> coins, bool signalsReplacement) =>
        Network.RegTest.CreateTransactionBuilder().AddKeys(key).AddCoins(coins).SetChange(Address).SetOptInRBF(signalsReplacement);

    private static Transaction Signed(TransactionBuilder builder)
    {
        var transaction = builder.BuildTransaction(sign: true);
        return builder.Verify(transaction, out TransactionPolicyError[] errors)
            ? transaction
            : throw new InvalidOperationException(string.Join<TransactionPolicyError>("; ", errors));
    }
}
