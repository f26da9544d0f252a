namespace Datt.Paid.Payments.BitcoinCore;

/// <summary>The calls of the node and its wallet that are needed. All may be repeated but <see cref="NewAddressAsync"/>.</summary>
public sealed class BitcoinNode(BitcoinRpc rpc)
{
    private const bool WatchOnly = true;
    private const bool WithRemoved = false;

    public Task<RpcAnswer<ChainInfo>> ChainInfoAsync(CancellationToken ct) =>
        rpc.CallAsync(RpcTarget.Node, "getblockchaininfo", [], RpcJson.Default.ChainInfo, mayRepeat: true, ct);

    public Task<RpcAnswer<NetworkInfo>> NetworkInfoAsync(CancellationToken ct) =>
        rpc.CallAsync(RpcTarget.Node, "getnetworkinfo", [], RpcJson.Default.NetworkInfo, mayRepeat: true, ct);

    public Task<RpcAnswer<string>> BestBlockAsync(CancellationToken ct) =>
        rpc.CallAsync(RpcTarget.Node, "getbestblockhash", [], RpcJson.Default.String, mayRepeat: true, ct);

    public Task<RpcAnswer<WalletInfo>> WalletInfoAsync(CancellationToken ct) =>
        rpc.CallAsync(RpcTarget.Wallet, "getwalletinfo", [], RpcJson.Default.WalletInfo, mayRepeat: true, ct);

    /// <summary>An address that was never given before.</summary>
    /// <param name="label">Kept by the wallet beside the address.</param>
    public async Task<RpcAnswer<string>> NewAddressAsync(string label, CancellationToken ct)
    {
        var answer = await rpc.CallAsync(RpcTarget.Wallet, "getnewaddress", [label], RpcJson.Default.String, mayRepeat: false, ct);
        // -4, a wallet error, is here that the wallet has nothing active to derive addresses from.
        return answer.Failure is { Code: -4 } failure ? new(null, failure with { Kind = RpcFailureKind.NoAddresses }) : answer;
    }

    /// <summary>Everything in blocks after one, and everything that is in none.</summary>
    /// <param name="block">Null: from the first block on.</param>
    /// <param name="depth">The answer's <see cref="WalletChanges.Lastblock"/> has so many confirmations: what is younger is listed again next time.</param>
    public Task<RpcAnswer<WalletChanges>> ChangesAsync(string? block, int depth, CancellationToken ct) => rpc.CallAsync(
        RpcTarget.Wallet, "listsinceblock", [block ?? "", depth, WatchOnly, WithRemoved], RpcJson.Default.WalletChanges, mayRepeat: true, ct);

    public Task<RpcAnswer<WalletTransaction>> TransactionAsync(string txid, CancellationToken ct) =>
        rpc.CallAsync(RpcTarget.Wallet, "gettransaction", [txid, WatchOnly], RpcJson.Default.WalletTransaction, mayRepeat: true, ct);

    /// <summary>Whether the node would mine the transaction now.</summary>
    /// <exception cref="ProviderUnavailableException">The node cannot be asked.</exception>
    public async Task<bool> IsInMempoolAsync(string txid, CancellationToken ct)
    {
        var answer = await rpc.CallAsync(RpcTarget.Node, "getmempoolentry", [txid], RpcJson.Default.MempoolEntry, mayRepeat: true, ct);
        if (answer.Failure is { Kind: RpcFailureKind.NotFound })
            return false;
        answer.OrThrow($"the mempool cannot be asked for {txid}");
        return true;
    }
}
