using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Datt.Paid.Regtest.BitcoinCore;
using Datt.Paid.Regtest.Node;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;

namespace Datt.Paid.Regtest.Campaigns;

/// <summary>A real node on regtest with a watch-only wallet. Payments are dated by the campaign's calendar, which has nothing to do with the node's clock.</summary>
internal sealed class CoreSide : IPaymentSide
{
    /// <summary>The least that a payer's wallet sends to a native segwit address: what is below is dust, which no node passes on.</summary>
    private const long Dust = 294;

    private readonly RegtestNode _node;
    private readonly CoreDialect _dialect;
    private readonly ConcurrentDictionary<string, long> _sent = [];
    private readonly Dictionary<string, string> _raw = [];
    private readonly Lock _random = new();
    private DateTimeOffset _now;

    private CoreSide(RegtestNode node, CoreDialect dialect, DateTimeOffset now, Random random)
    {
        (_node, _dialect, _now) = (node, dialect, now);
        Trouble = new Trouble(random);
        dialect.SentAt = txid => _sent.TryGetValue(txid, out var at) ? at : null;
        dialect.Loses = _ =>
        {
            lock (_random)
            {
                if (!Trouble.On || random.Next(1000) >= 20)
                    return false;
            }
            Trouble.Count("rpc answer lost");
            return true;
        };
    }

    public string Provider => "BitcoinCore";

    public bool KeepsUndonePayments => false;

    public IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>(NodeShop.Settings(_dialect.Url, _node.Password))
    {
        ["Datt:Pricing:Model"] = "PerMillionRecords",
        ["Datt:Pricing:PerMillionRecords"] = "2500",
        ["Datt:Pricing:Maximum"] = "20000",
    };

    /// <summary>Prices are in satoshi.</summary>
    public decimal Rate
    {
        get => 100_000_000m;
        set => throw new NotSupportedException("A bitcoin is always 100,000,000 satoshi.");
    }

    public Trouble Trouble { get; }

    public static async Task<CoreSide> StartAsync(DateTimeOffset now, Random random)
    {
        var node = await RegtestNode.StartAsync();
        return new CoreSide(node, await CoreDialect.StartAsync(node), now, random);
    }

    public void Customise(IServiceCollection services) => services.ConfigureAll<HttpStandardResilienceOptions>(options =>
    {
        options.Retry.Delay = TimeSpan.FromMilliseconds(5);
        options.CircuitBreaker.BreakDuration = TimeSpan.FromMilliseconds(500);
    });

    public string Pay(string address, long sats, bool replaceable = false) =>
        Done(async () => await SentAsync(await _node.PayAsync(address, Math.Max(sats, Dust), replaceable)));

    public string Replace(string transaction, string? address, long sats) => Done(async () => await SentAsync(await _node.ReplaceAsync(transaction, address, sats)));

    public void Mine() => Done(async () =>
    {
        await _node.MineAsync();
        return 0;
    });

    public void MineConflict(string transaction) => Done(async () =>
    {
        await _node.MineConflictAsync(transaction);
        return 0;
    });

    public void ReorganiseAway(string transaction) => Reorganise(transaction, [transaction]);

    public void ReorganiseOut(string transaction) => Reorganise(transaction, []);

    public void SendAgain(string transaction) => Done(() => TrySendAsync(transaction));

    public bool PayLightning(string bolt11) => throw new NotSupportedException("A bitcoin node has no Lightning.");

    public bool Mark(string invoiceId, bool settled) => throw new NotSupportedException("A bitcoin node has no invoices.");

    public int WithdrawRefunds(IEnumerable<string> ids) => 0;

    /// <summary>What the wallet lists, read beside the dialect that the server speaks to.</summary>
    public IReadOnlyList<SidePayment> Payments() => Done(async () =>
    {
        var payments = new List<SidePayment>();
        foreach (var entry in (JsonArray)(await _node.WalletRpcAsync("listtransactions", "*", 100_000, 0, true))!)
        {
            if (entry!["category"]!.ToString() == "receive" && (int)entry["confirmations"]! is >= 0 and var confirmations)
            {
                payments.Add(new SidePayment(
                    $"{entry["txid"]}-{entry["vout"]}", entry["address"]!.ToString(), (long)((decimal)entry["amount"]! * 100_000_000m), confirmations > 0));
            }
        }
        return payments;
    });

    /// <summary>Confirmed coins of the wallet, in satoshi: what it received and still has, for nothing here can spend them.</summary>
    public long Coins() => Done(async () =>
        ((JsonArray)(await _node.WalletRpcAsync("listunspent", 1))!).Sum(c => (long)((decimal)c!["amount"]! * 100_000_000m)));

    public Task AdvanceAsync(TimeSpan by)
    {
        _now += by;
        return Task.CompletedTask;
    }

    public Task RestAsync() => Task.CompletedTask;

    public Task StopAsync(bool refuses)
    {
        _dialect.Down = true;
        return Task.CompletedTask;
    }

    public Task StartAgainAsync()
    {
        _dialect.Down = false;
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _dialect.DisposeAsync();
        await _node.DisposeAsync();
    }

    /// <summary>What else the block held is sent again by its payers.</summary>
    private void Reorganise(string transaction, IReadOnlyList<string> doubleSpent) => Done(async () =>
    {
        var block = (await _node.BlockAsync((await _node.RpcAsync("getbestblockhash"))!.ToString()))!;
        var others = ((JsonArray)block["tx"]!).Select(t => t!["txid"]!.ToString()).Where(id => id != transaction && _raw.ContainsKey(id)).ToList();
        await _node.ReorganiseAsync(1, doubleSpent);
        foreach (var other in others)
            await TrySendAsync(other);
        return 0;
    });

    private async Task<string> SentAsync(string transaction)
    {
        _sent[transaction] = _now.ToUnixTimeSeconds();
        _raw[transaction] = (await _node.RpcAsync("getrawtransaction", transaction))!.ToString();
        return transaction;
    }

    /// <summary>False where its coins are spent otherwise, or it is there.</summary>
    private async Task<bool> TrySendAsync(string transaction)
    {
        try
        {
            await _node.RpcAsync("sendrawtransaction", _raw[transaction]);
            return true;
        }
        catch (RegtestRpcException)
        {
            return false;
        }
    }

    private static T Done<T>(Func<Task<T>> work) => Task.Run(work).GetAwaiter().GetResult();
}
