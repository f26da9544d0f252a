namespace Datt.Paid.BtcPayServer.Chain;

/// <summary>Script types of the store's wallet; each has a dust limit of its own.</summary>
public enum AddressKind
{
    Segwit,
    Taproot,
    NestedSegwit,
    Legacy,
}

/// <param name="Index">Position of the output in its transaction.</param>
public sealed record ChainOutput(int Index, string Address, long Sats);

/// <param name="SignalsReplacement">An input signals BIP 125 replacement.</param>
/// <param name="Spends">The coins it spends, as <c>txid:vout</c>.</param>
public sealed record ChainTransaction(string Id, IReadOnlyList<ChainOutput> Outputs, IReadOnlyList<string> Spends, bool SignalsReplacement);

/// <param name="Confirmations">0 while it is in no block of the best chain.</param>
/// <param name="DoubleSpent">A transaction of the best chain spends one of its coins: it can never confirm there.</param>
public readonly record struct TransactionState(int Confirmations, bool DoubleSpent);

/// <summary>
/// What the server sees of the bitcoin network, as NBXplorer shows it to BTCPay: transactions that pay known addresses, and blocks. Two parts fill it:
/// <see cref="MemoryChain"/>, and a real node on regtest.
/// </summary>
public interface IBitcoinChain
{
    /// <summary>A transaction that pays a known address came, in the mempool or with a block.</summary>
    event Action<ChainTransaction>? Seen;

    /// <summary>The best chain changed. Transactions it brought were reported before.</summary>
    event Action? BlocksChanged;

    int Height { get; }

    /// <summary>A fresh address, watched from now on.</summary>
    Task<string> NewAddressAsync(AddressKind kind, CancellationToken ct);

    TransactionState Find(string transactionId);

    /// <summary>Every transaction seen so far that pays one of the addresses, oldest first; also those that were replaced since.</summary>
    IReadOnlyList<ChainTransaction> PaymentsTo(IReadOnlySet<string> addresses);
}
