using System.Text.Json.Serialization;

namespace Datt.Paid.Payments.BitcoinCore;

/// <summary>Reads what the node's JSON-RPC answers. Members have the node's names in lower case; unknown ones are ignored.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, MaxDepth = 32)]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(RpcError))]
[JsonSerializable(typeof(ChainInfo))]
[JsonSerializable(typeof(NetworkInfo))]
[JsonSerializable(typeof(WalletInfo))]
[JsonSerializable(typeof(WalletChanges))]
[JsonSerializable(typeof(WalletTransaction))]
[JsonSerializable(typeof(MempoolEntry))]
[JsonSerializable(typeof(InvoiceLabel))]
internal sealed partial class RpcJson : JsonSerializerContext;

internal sealed record RpcError(int Code, string? Message = null);

/// <summary>Answer of <c>getblockchaininfo</c>.</summary>
/// <param name="Chain"><c>main</c>, <c>test</c>, <c>testnet4</c>, <c>signet</c>, <c>regtest</c>.</param>
/// <param name="Initialblockdownload">The node is still reading the chain.</param>
public sealed record ChainInfo(string Chain, int Blocks, int Headers, bool Initialblockdownload = false, bool Pruned = false);

/// <summary>Answer of <c>getnetworkinfo</c>.</summary>
public sealed record NetworkInfo(long Version, string Subversion, int Connections);

/// <summary>Answer of <c>getwalletinfo</c>.</summary>
/// <param name="PrivateKeysEnabled">The wallet can hold keys that spend.</param>
/// <param name="Keypoolsize">Addresses it has ready.</param>
public sealed record WalletInfo(string? Walletname = null, bool? PrivateKeysEnabled = null, int? Keypoolsize = null);

/// <summary>Answer of <c>listsinceblock</c>.</summary>
/// <param name="Lastblock">Where the next call goes on.</param>
public sealed record WalletChanges(IReadOnlyList<WalletOutput> Transactions, string Lastblock);

/// <summary>One output (or spending) of a transaction, as the wallet lists it.</summary>
/// <param name="Category"><c>receive</c> for what came in.</param>
/// <param name="Amount">In bitcoin.</param>
/// <param name="Confirmations">Below 0: a transaction in a block stands against it.</param>
/// <param name="Timereceived">Unix seconds at which the node saw it first.</param>
/// <param name="Blocktime">Unix seconds of its block.</param>
/// <param name="Walletconflicts">Transactions of the wallet that spend the same coins.</param>
/// <param name="Mempoolconflicts">Transactions in the mempool that spend the same coins.</param>
public sealed record WalletOutput(
    string Txid, int Vout, string Category, decimal Amount, int Confirmations, long Timereceived, string? Address = null, string? Label = null,
    long? Blocktime = null, bool Abandoned = false, IReadOnlyList<string>? Walletconflicts = null, IReadOnlyList<string>? Mempoolconflicts = null);

/// <summary>Answer of <c>gettransaction</c>, as far as it says whether the transaction still stands.</summary>
public sealed record WalletTransaction(
    string Txid, int Confirmations, IReadOnlyList<string>? Walletconflicts = null, IReadOnlyList<string>? Mempoolconflicts = null);

/// <summary>Answer of <c>getmempoolentry</c>: that there is one is all that matters.</summary>
public sealed record MempoolEntry(long? Time = null);
