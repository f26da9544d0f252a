using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Tests.Payments.BitcoinCore;

/// <summary>
/// JSON-RPC over a real web server, as bitcoind 28 answers the calls that are used, over a chain in memory. A test may put any answer before it.
/// </summary>
internal sealed class ScriptedNode : IAsyncDisposable
{
    public const string User = "datt";
    public const string Password = "the-rpc-password-of-this-test";

    private readonly WebApplication _app;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Transaction> _transactions = [];
    private readonly Dictionary<string, string> _labels = [];
    private int _height = 200;
    private int _branch;
    private int _branchFrom = int.MaxValue;

    private ScriptedNode(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    public ConcurrentQueue<Call> Calls { get; } = new();

    /// <summary>Answers a call instead of the node; false lets the node answer.</summary>
    public Func<Call, HttpContext, Task<bool>>? Before { get; set; }

    public JsonObject ChainInfo { get; } = new() { ["chain"] = "regtest", ["blocks"] = 200, ["headers"] = 200, ["initialblockdownload"] = false, ["pruned"] = false };

    public JsonObject WalletInfo { get; } = new() { ["walletname"] = "shop", ["private_keys_enabled"] = false, ["keypoolsize"] = 1000 };

    public JsonObject NetworkInfo { get; } = new() { ["version"] = 280_100, ["subversion"] = "/Satoshi:28.1.0/", ["connections"] = 8 };

    public IReadOnlyDictionary<string, string> Labels => _labels;

    public static async Task<ScriptedNode> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var node = new ScriptedNode(app);
        app.MapPost("/{**path}", node.AnswerAsync);
        await app.StartAsync();
        return node;
    }

    public Dictionary<string, string?> Settings(string wallet = "shop", int confirmations = 1) => new()
    {
        ["Datt:Payments:Provider"] = "BitcoinCore",
        ["Datt:Payments:BitcoinCore:RpcUrl"] = Url,
        ["Datt:Payments:BitcoinCore:User"] = User,
        ["Datt:Payments:BitcoinCore:Password"] = Password,
        ["Datt:Payments:BitcoinCore:Wallet"] = wallet,
        ["Datt:Payments:BitcoinCore:Confirmations"] = confirmations.ToString(CultureInfo.InvariantCulture),
        ["Datt:Pricing:Model"] = "Flat",
        ["Datt:Pricing:Currency"] = "SATS",
        ["Datt:Pricing:Base"] = "10000",
        ["Datt:Pricing:Minimum"] = "1",
        ["Datt:Pricing:Maximum"] = "1000000",
    };

    /// <summary>A transaction in the mempool.</summary>
    public string Pay(DateTimeOffset at, params (string Address, long Sats)[] outputs)
    {
        lock (_gate)
        {
            var id = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(_transactions.Count)));
            _transactions.Add(id, new Transaction(outputs, at.ToUnixTimeSeconds()) { InMempool = true });
            return id;
        }
    }

    /// <summary>Mines blocks; the first takes the mempool in.</summary>
    public void Mine(int blocks = 1, long? blocktime = null)
    {
        lock (_gate)
        {
            foreach (var transaction in _transactions.Values.Where(t => t.InMempool))
                (transaction.InMempool, transaction.Height, transaction.Blocktime) = (false, _height + 1, blocktime ?? transaction.Received);
            _height += blocks;
        }
    }

    /// <summary>Another branch takes the place of the last blocks: what was in them waits again.</summary>
    public void Reorganise(int depth)
    {
        lock (_gate)
        {
            _branch++;
            _branchFrom = _height - depth + 1;
            foreach (var transaction in _transactions.Values.Where(t => t.Height >= _branchFrom))
                (transaction.InMempool, transaction.Height) = (true, null);
            _height++;
        }
    }

    /// <summary>Changes what the node knows of a transaction.</summary>
    public void Change(string id, Action<Transaction> change)
    {
        lock (_gate)
            change(_transactions[id]);
    }

    public void Forget(string id)
    {
        lock (_gate)
            _transactions.Remove(id);
    }

    public int Count(string method) => Calls.Count(c => c.Method == method);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        using var body = await JsonDocument.ParseAsync(http.Request.Body);
        var call = new Call(
            body.RootElement.GetProperty("id").GetInt64(), http.Request.Path, body.RootElement.GetProperty("method").GetString()!, body.RootElement.GetProperty("params").Clone(), http.Request.Headers.Authorization.ToString());
        Calls.Enqueue(call);
        if (Before is { } before && await before(call, http))
            return;
        if (call.Authorization != "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{User}:{Password}")))
        {
            http.Response.StatusCode = 401;
            return;
        }
        JsonNode? result = null;
        (int Code, string Message)? error = null;
        lock (_gate)
        {
            try
            {
                result = Result(call);
            }
            catch (RpcRefusal refusal)
            {
                error = (refusal.Code, refusal.Message);
            }
        }
        await WriteAsync(http, call.Id, result, error);
    }

    public static Task WriteAsync(HttpContext http, long id, JsonNode? result, (int Code, string Message)? error)
    {
        http.Response.StatusCode = error is null ? 200 : error.Value.Code == -32601 ? 404 : 500;
        http.Response.ContentType = "application/json";
        var reply = new JsonObject
        {
            ["result"] = result,
            ["error"] = error is { } e ? new JsonObject { ["code"] = e.Code, ["message"] = e.Message } : null,
            ["id"] = id,
        };
        return http.Response.WriteAsync(reply.ToJsonString());
    }

    private JsonNode? Result(Call call) => call.Method switch
    {
        "getblockchaininfo" => ChainInfo.DeepClone(),
        "getnetworkinfo" => NetworkInfo.DeepClone(),
        "getwalletinfo" => WalletInfo.DeepClone(),
        "getbestblockhash" => Hash(_height),
        "getnewaddress" => NewAddress(call.Parameters[0].GetString()!),
        "listsinceblock" => Since(call.Parameters[0].GetString()!, call.Parameters[1].GetInt32()),
        "gettransaction" => _transactions.TryGetValue(call.Parameters[0].GetString()!, out var found)
            ? new JsonObject { ["txid"] = call.Parameters[0].GetString(), ["confirmations"] = Confirmations(found), ["details"] = new JsonArray() }
            : throw new RpcRefusal(-5, "Invalid or non-wallet transaction id"),
        "getmempoolentry" => _transactions.TryGetValue(call.Parameters[0].GetString()!, out var seen) && seen.InMempool
            ? new JsonObject { ["time"] = seen.Received }
            : throw new RpcRefusal(-5, "Transaction not in mempool"),
        _ => throw new RpcRefusal(-32601, "Method not found"),
    };

    private JsonNode NewAddress(string label)
    {
        var address = $"bcrt1qscripted{_labels.Count}";
        _labels.Add(address, label);
        return address;
    }

    private JsonObject Since(string block, int depth)
    {
        var from = -1;
        if (block.Length > 0)
        {
            from = Enumerable.Range(0, _height + 1).FirstOrDefault(h => Hash(h) == block, -1);
            if (from < 0 && !block.StartsWith("block", StringComparison.Ordinal))
                throw new RpcRefusal(-5, "Block not found");
            if (from < 0)
                from = _branchFrom - 1; // a block of another branch counts as the point where they parted
        }
        var list = new JsonArray();
        foreach (var (id, transaction) in _transactions)
        {
            if (transaction.Height <= from)
                continue;
            for (var vout = 0; vout < transaction.Outputs.Length; vout++)
            {
                var (address, sats) = transaction.Outputs[vout];
                if (!_labels.TryGetValue(address, out var label))
                    continue;
                list.Add(new JsonObject
                {
                    ["address"] = address,
                    ["label"] = label,
                    ["category"] = "receive",
                    ["amount"] = sats / 100_000_000m,
                    ["vout"] = vout,
                    ["confirmations"] = Confirmations(transaction),
                    ["blocktime"] = transaction.Height is null ? null : transaction.Blocktime,
                    ["txid"] = id,
                    ["walletconflicts"] = new JsonArray(),
                    ["mempoolconflicts"] = new JsonArray([.. transaction.MempoolConflicts.Select(c => JsonValue.Create(c))]),
                    ["timereceived"] = transaction.Received,
                    ["abandoned"] = false,
                });
            }
        }
        return new JsonObject { ["transactions"] = list, ["removed"] = new JsonArray(), ["lastblock"] = Hash(Math.Max(0, _height + 1 - depth)) };
    }

    private int Confirmations(Transaction transaction) =>
        transaction.Conflicted ? -1 : transaction.Height is { } height ? _height - height + 1 : 0;

    private string Hash(int height) => height >= _branchFrom ? $"block{height}branch{_branch}" : $"block{height}";

    internal sealed record Call(long Id, string Path, string Method, JsonElement Parameters, string Authorization);

    internal sealed class Transaction((string Address, long Sats)[] outputs, long received)
    {
        public (string Address, long Sats)[] Outputs { get; } = outputs;

        public long Received { get; set; } = received;

        public int? Height { get; set; }

        public long? Blocktime { get; set; }

        public bool InMempool { get; set; }

        /// <summary>A block spends its coins otherwise.</summary>
        public bool Conflicted { get; set; }

        public List<string> MempoolConflicts { get; } = [];
    }

    private sealed class RpcRefusal(int code, string message) : Exception(message)
    {
        public int Code { get; } = code;
    }
}
