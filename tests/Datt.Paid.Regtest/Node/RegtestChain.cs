using System.Text.Json.Nodes;
using Datt.Paid.BtcPayServer.Chain;

namespace Datt.Paid.Regtest.Node;

/// <summary>
/// A real node as the test server's chain. It reads mempool and blocks after each of its own actions, or when told, so that what follows from an action
/// is there when the call returns. Addresses are of the node's watch-only wallet.
/// </summary>
public sealed class RegtestChain(RegtestNode node) : IBitcoinChain
{
    private readonly SemaphoreSlim _reading = new(1);
    private readonly Lock _gate = new();
    private readonly List<(string Hash, IReadOnlyList<string> Transactions)> _blocks = [];
    private readonly Dictionary<string, ChainTransaction> _transactions = [];
    private readonly Dictionary<string, int> _heights = [];
    private readonly Dictionary<string, string> _spent = [];
    private readonly HashSet<string> _watched = [];

    public event Action<ChainTransaction>? Seen;

    public event Action? BlocksChanged;

    /// <summary>Height of the block read last; the genesis block is 0.</summary>
    public int Height
    {
        get
        {
            lock (_gate)
                return _blocks.Count - 1;
        }
    }

    public async Task<string> NewAddressAsync(AddressKind kind, CancellationToken ct)
    {
        if (kind != AddressKind.Segwit)
            throw new NotSupportedException($"The node's wallet has no {kind} addresses.");
        var address = await node.NewAddressAsync();
        lock (_gate)
            _watched.Add(address);
        return address;
    }

    public TransactionState Find(string transactionId)
    {
        lock (_gate)
        {
            var doubleSpent = _transactions.TryGetValue(transactionId, out var transaction)
                && transaction.Spends.Any(coin => _spent.TryGetValue(coin, out var spender) && spender != transactionId);
            return new TransactionState(_heights.TryGetValue(transactionId, out var height) ? _blocks.Count - height : 0, doubleSpent);
        }
    }

    public IReadOnlyList<ChainTransaction> PaymentsTo(IReadOnlySet<string> addresses)
    {
        lock (_gate)
            return [.. _transactions.Values.Where(transaction => transaction.Outputs.Any(output => addresses.Contains(output.Address)))];
    }

    public Task<string> PayAsync(string address, long sats, bool signalsReplacement = false) =>
        ThenSync(node.PayAsync(address, sats, signalsReplacement));

    public Task<string> ReplaceAsync(string transactionId, string? address = null, long sats = 0) =>
        ThenSync(node.ReplaceAsync(transactionId, address, sats));

    public async Task MineAsync(int blocks = 1)
    {
        await node.MineAsync(blocks);
        await SyncAsync();
    }

    public async Task MineConflictAsync(string transactionId)
    {
        await node.MineConflictAsync(transactionId);
        await SyncAsync();
    }

    public async Task ReorganiseAsync(int depth, params IReadOnlyList<string> doubleSpent)
    {
        await node.ReorganiseAsync(depth, doubleSpent);
        await SyncAsync();
    }

    /// <summary>Reads what is new in blocks and mempool, and tells.</summary>
    public async Task SyncAsync()
    {
        await _reading.WaitAsync();
        try
        {
            var changed = await ReadBlocksAsync();
            foreach (var id in (JsonArray)(await node.RpcAsync("getrawmempool"))!)
            {
                if (!Knows(id!.ToString()))
                    Take((await node.RpcAsync("getrawtransaction", id.ToString(), true))!, height: null);
            }
            if (changed)
                BlocksChanged?.Invoke();
        }
        finally
        {
            _reading.Release();
        }
    }

    private async Task<string> ThenSync(Task<string> action)
    {
        var result = await action;
        await SyncAsync();
        return result;
    }

    private async Task<bool> ReadBlocksAsync()
    {
        var fresh = new Stack<JsonNode>();
        var hash = (await node.RpcAsync("getbestblockhash"))!.ToString();
        while (_blocks.FindIndex(block => block.Hash == hash) < 0)
        {
            var block = (await node.BlockAsync(hash))!;
            fresh.Push(block);
            if ((int)block["height"]! == 0)
                break;
            hash = block["previousblockhash"]!.ToString();
        }
        if (fresh.Count == 0)
            return false;
        lock (_gate)
            Disconnect((int)fresh.Peek()["height"]!);
        while (fresh.TryPop(out var block))
        {
            var transactions = (JsonArray)block["tx"]!;
            lock (_gate)
                _blocks.Add((block["hash"]!.ToString(), [.. transactions.Select(t => t!["txid"]!.ToString())]));
            foreach (var transaction in transactions)
                Take(transaction!, (int)block["height"]!);
        }
        return true;
    }

    private void Disconnect(int height)
    {
        foreach (var id in _blocks.Skip(height).SelectMany(block => block.Transactions))
        {
            _heights.Remove(id);
            foreach (var coin in _transactions[id].Spends)
                _spent.Remove(coin);
        }
        _blocks.RemoveRange(height, _blocks.Count - height);
    }

    private bool Knows(string id)
    {
        lock (_gate)
            return _transactions.ContainsKey(id);
    }

    private void Take(JsonNode json, int? height)
    {
        var inputs = ((JsonArray)json["vin"]!).Where(input => input!["txid"] is not null).ToList();
        var transaction = new ChainTransaction(
            json["txid"]!.ToString(),
            [.. ((JsonArray)json["vout"]!).Select(Output).OfType<ChainOutput>()],
            [.. inputs.Select(input => $"{input!["txid"]}:{input["vout"]}")],
            inputs.Any(input => (long)input!["sequence"]! < 0xfffffffe));
        bool isNew;
        lock (_gate)
        {
            isNew = _transactions.TryAdd(transaction.Id, transaction) && transaction.Outputs.Any(output => _watched.Contains(output.Address));
            if (height is { } at)
            {
                _heights[transaction.Id] = at;
                foreach (var coin in transaction.Spends)
                    _spent[coin] = transaction.Id;
            }
        }
        if (isNew)
            Seen?.Invoke(transaction);
    }

    private static ChainOutput? Output(JsonNode? output)
    {
        var script = output!["scriptPubKey"]!;
        var address = script["address"]?.ToString() ?? (script["addresses"] as JsonArray)?.FirstOrDefault()?.ToString();
        return address is null ? null : new ChainOutput((int)output["n"]!, address, (long)((decimal)output["value"]! * 100_000_000m));
    }
}
