namespace Datt.Paid.BtcPayServer.Chain;

/// <summary>
/// A block chain in memory, for thousands of payments without a node: mempool, blocks, replacement, conflicting blocks and reorganisation. Every
/// payment spends one coin of its own. Calls tell the server before they return, so what follows from them is there when they do.
/// </summary>
public sealed class MemoryChain : IBitcoinChain
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ChainTransaction> _transactions = [];
    private readonly Dictionary<string, List<ChainTransaction>> _byAddress = [];
    private readonly Dictionary<string, int> _heights = [];
    private readonly Dictionary<string, string> _confirmedSpends = [];
    private readonly HashSet<string> _mempool = [];
    private readonly List<List<string>> _blocks = [];
    private readonly HashSet<string> _watched = [];
    private readonly string _wallet;
    private long _number;

    /// <param name="wallet">Name that the addresses are made from; two wallets share none.</param>
    /// <param name="height">Empty blocks to begin with.</param>
    public MemoryChain(string wallet = "store", int height = 110)
    {
        _wallet = wallet;
        for (var i = 0; i < height; i++)
            _blocks.Add([]);
    }

    public event Action<ChainTransaction>? Seen;

    public event Action? BlocksChanged;

    public int Height
    {
        get
        {
            lock (_gate)
                return _blocks.Count;
        }
    }

    public Task<string> NewAddressAsync(AddressKind kind, CancellationToken ct)
    {
        lock (_gate)
        {
            var address = RegtestAddress.Create(kind, _wallet, _watched.Count);
            _watched.Add(address);
            return Task.FromResult(address);
        }
    }

    public TransactionState Find(string transactionId)
    {
        lock (_gate)
        {
            var confirmations = _heights.TryGetValue(transactionId, out var height) ? _blocks.Count - height + 1 : 0;
            var doubleSpent = _transactions.TryGetValue(transactionId, out var transaction)
                && transaction.Spends.Any(coin => _confirmedSpends.TryGetValue(coin, out var spender) && spender != transactionId);
            return new TransactionState(confirmations, doubleSpent);
        }
    }

    public IReadOnlyList<ChainTransaction> PaymentsTo(IReadOnlySet<string> addresses)
    {
        lock (_gate)
            return [.. addresses.SelectMany(address => _byAddress.GetValueOrDefault(address) ?? []).Distinct()];
    }

    /// <summary>Confirmed satoshi that the addresses of this wallet hold: what the merchant really has.</summary>
    public long ConfirmedBalance()
    {
        lock (_gate)
            return _heights.Keys.Sum(id => _transactions[id].Outputs.Where(output => _watched.Contains(output.Address)).Sum(output => output.Sats));
    }

    /// <summary>Sends a payment into the mempool.</summary>
    /// <returns>Its txid.</returns>
    public string Pay(string address, long sats, bool signalsReplacement = false) =>
        Publish([NewCoin()], [new ChainOutput(0, address, sats)], signalsReplacement, confirmed: false);

    /// <summary>Replaces a payment in the mempool: by one that pays <paramref name="address"/>, or (without) by one that pays the payer himself.</summary>
    public string Replace(string transactionId, string? address = null, long sats = 0)
    {
        IReadOnlyList<string> coins;
        lock (_gate)
        {
            if (!_mempool.Remove(transactionId))
                throw new InvalidOperationException($"{transactionId} is not in the mempool.");
            coins = _transactions[transactionId].Spends;
        }
        return Publish(coins, address is null ? [] : [new ChainOutput(0, address, sats)], signalsReplacement: true, confirmed: false);
    }

    /// <summary>Mines blocks; the first takes all of the mempool.</summary>
    public void Mine(int blocks = 1)
    {
        lock (_gate)
        {
            for (var i = 0; i < blocks; i++)
            {
                _blocks.Add([]);
                foreach (var id in _mempool)
                    Confirm(id);
                _mempool.Clear();
            }
        }
        BlocksChanged?.Invoke();
    }

    /// <summary>Mines a block whose only transaction spends the coins of a payment otherwise, so that the payment can never confirm.</summary>
    public void MineConflict(string transactionId)
    {
        IReadOnlyList<string> coins;
        lock (_gate)
        {
            coins = _transactions[transactionId].Spends;
            _mempool.RemoveWhere(id => _transactions[id].Spends.Any(coins.Contains));
            _blocks.Add([]);
        }
        Publish(coins, [], signalsReplacement: false, confirmed: true);
        BlocksChanged?.Invoke();
    }

    /// <summary>
    /// Replaces the last blocks by a branch that is one longer. Their transactions go back to the mempool and are left there, except
    /// <paramref name="doubleSpent"/>, whose coins the first new block spends otherwise.
    /// </summary>
    public void Reorganise(int depth, params IReadOnlyList<string> doubleSpent)
    {
        lock (_gate)
        {
            foreach (var id in _blocks[^depth..].SelectMany(block => block))
            {
                _heights.Remove(id);
                foreach (var coin in _transactions[id].Spends)
                    _confirmedSpends.Remove(coin);
                _mempool.Add(id);
            }
            _blocks.RemoveRange(_blocks.Count - depth, depth);
            _blocks.Add([]);
            foreach (var id in doubleSpent)
                _mempool.Remove(id);
        }
        foreach (var id in doubleSpent)
            Publish(_transactions[id].Spends, [], signalsReplacement: false, confirmed: true);
        lock (_gate)
        {
            for (var i = 0; i < depth; i++)
                _blocks.Add([]);
        }
        BlocksChanged?.Invoke();
    }

    private string NewCoin() => $"{RegtestAddress.TransactionId(Interlocked.Increment(ref _number))}:0";

    private string Publish(IReadOnlyList<string> coins, IReadOnlyList<ChainOutput> outputs, bool signalsReplacement, bool confirmed)
    {
        var transaction = new ChainTransaction(
            RegtestAddress.TransactionId(Interlocked.Increment(ref _number)), outputs, coins, signalsReplacement);
        bool watched;
        lock (_gate)
        {
            _transactions.Add(transaction.Id, transaction);
            foreach (var output in outputs)
            {
                if (!_byAddress.TryGetValue(output.Address, out var list))
                    _byAddress.Add(output.Address, list = []);
                list.Add(transaction);
            }
            if (confirmed)
                Confirm(transaction.Id);
            else
                _mempool.Add(transaction.Id);
            watched = outputs.Any(output => _watched.Contains(output.Address));
        }
        if (watched)
            Seen?.Invoke(transaction);
        return transaction.Id;
    }

    private void Confirm(string id)
    {
        _blocks[^1].Add(id);
        _heights[id] = _blocks.Count;
        foreach (var coin in _transactions[id].Spends)
            _confirmedSpends[coin] = id;
    }
}
