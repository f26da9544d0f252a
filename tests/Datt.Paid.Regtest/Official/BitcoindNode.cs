using System.Net;
using System.Text.Json.Nodes;
using Datt.Paid.Regtest.Node;
using NBitcoin;
using NBitcoin.RPC;
using NBitcoin.Tests;

namespace Datt.Paid.Regtest.Official;

/// <summary>
/// bitcoind on regtest, run by NBitcoin.TestFramework in a folder of its own and without connections. Its wallet <c>shop</c> is a descriptor wallet
/// without private keys, as the product asks for; what pays is made and signed by NBitcoin outside the node.
/// </summary>
public sealed class BitcoindNode : RegtestNode
{
    private static readonly TimeSpan StartWithin = TimeSpan.FromSeconds(60);

    private readonly string _folder;
    private readonly CoreNode _core;
    private readonly RPCClient _rpc;
    private readonly BitcoindPayer _payer;

    private BitcoindNode(string folder, CoreNode core, string password)
        : base(core.RPCUri, new Uri(core.RPCUri, "wallet/shop"), password)
    {
        (_folder, _core, _rpc) = (folder, core, core.CreateRPCClient());
        _payer = new BitcoindPayer(_rpc);
    }

    public override bool IsBitcoind => true;

    /// <summary>Starts a node of its own. Skips the test where bitcoind is not to be had.</summary>
    public static new async Task<BitcoindNode> StartAsync()
    {
        await Bitcoind.NeedAsync();
        var folder = Directory.CreateTempSubdirectory("datt-bitcoind-").FullName;
        var builder = NodeBuilder.Create(Bitcoind.Release, Network.RegTest, folder);
        builder.CreateWallet = false;
        builder.ConfigParameters.Add("listen", "0");
        builder.ConfigParameters.Add("dnsseed", "0");
        var core = builder.CreateNode();
        core.CookieAuth = false;
        core.RPCCredentials = new NetworkCredential(User, NewPassword());
        var node = new BitcoindNode(folder, core, core.RPCCredentials.Password);
        try
        {
            await core.StartAsync().WaitAsync(StartWithin);
            if (core.State != CoreNodeState.Running)
                throw new InvalidOperationException($"bitcoind ended at once; its debug.log is below {folder}.");
            await node.CreateShopAsync();
            await node.MineAsync(FirstBlocks);
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
        return node;
    }

    public override Task<JsonNode?> BlockAsync(string hash) => RpcAsync("getblock", hash, 2);

    public override async Task MineAsync(int blocks = 1)
    {
        await _rpc.GenerateToAddressAsync(blocks, _payer.Address);
        await WalletCaughtUpAsync();
    }

    public override async Task<string> PayAsync(string address, long sats, bool signalsReplacement = false) =>
        await SendAsync(await _payer.PaymentAsync(address, sats, signalsReplacement));

    public override async Task<string> ReplaceAsync(string transactionId, string? address = null, long sats = 0) =>
        await SendAsync(await _payer.ConflictAsync(transactionId, address, sats));

    public override async Task MineConflictAsync(string transactionId) =>
        await MineOnlyAsync(_payer.Address, await _payer.ConflictAsync(transactionId, null, 0));

    public override async Task ReorganiseAsync(int depth, params IReadOnlyList<string> doubleSpent)
    {
        var conflicts = new List<Transaction>();
        foreach (var id in doubleSpent)
            conflicts.Add(await _payer.ConflictAsync(id, null, 0));
        // Another miner: an empty block to the same address in the same second would be the very block that was made invalid.
        using var key = new Key();
        var miner = key.GetAddress(ScriptPubKeyType.Segwit, Network.RegTest);
        await _rpc.InvalidateBlockAsync(await _rpc.GetBlockHashAsync(await _rpc.GetBlockCountAsync() - depth + 1));
        await MineOnlyAsync(miner, [.. conflicts]);
        for (var i = 0; i < depth; i++)
            await MineOnlyAsync(miner);
    }

    public override async ValueTask DisposeAsync()
    {
        await Task.Run(() => _core.Kill(cleanFolder: true));
        Directory.Delete(_folder, recursive: true);
        await base.DisposeAsync();
    }

    private async Task CreateShopAsync()
    {
        await RpcAsync("createwallet", "shop", true, true);
        var account = new ExtKey().Derive(new KeyPath("84'/1'/0'")).Neuter().ToString(Network.RegTest);
        var descriptor = (await RpcAsync("getdescriptorinfo", $"wpkh({account}/0/*)"))!["descriptor"]!.ToString();
        var imported = (await WalletRpcAsync("importdescriptors", new JsonArray(
            new JsonObject { ["desc"] = descriptor, ["active"] = true, ["internal"] = false, ["timestamp"] = "now", ["range"] = 999 })))![0]!;
        if (!(bool)imported["success"]!)
            throw new InvalidOperationException($"bitcoind did not take the shop's descriptor: {imported["error"]}");
    }

    private async Task<string> SendAsync(Transaction transaction)
    {
        var id = await _rpc.SendRawTransactionAsync(transaction);
        await WalletCaughtUpAsync();
        return id.ToString();
    }

    /// <summary>A block with these transactions and nothing of the mempool.</summary>
    private async Task MineOnlyAsync(BitcoinAddress miner, params IReadOnlyList<Transaction> transactions)
    {
        await RpcAsync("generateblock", miner.ToString(), new JsonArray([.. transactions.Select(t => JsonValue.Create(t.ToHex()))]));
        await WalletCaughtUpAsync();
    }

    private async Task WalletCaughtUpAsync() => await RpcAsync("syncwithvalidationinterfacequeue");
}
