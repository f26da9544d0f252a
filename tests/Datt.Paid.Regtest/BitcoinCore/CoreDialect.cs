using System.Text;
using System.Text.Json.Nodes;
using Datt.Paid.Regtest.Node;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Regtest.BitcoinCore;

/// <summary>
/// The real node, spoken to as bitcoind is: one server for node and wallet, addresses with labels, <c>listsinceblock</c> with an entry per output and with
/// what is unconfirmed, and a transaction that was double spent stays in the wallet with negative confirmations. All of it is said out of what the node's own
/// wallet says; nothing about the chain is made up here. To a node that is bitcoind every call is passed on as it came.
/// </summary>
internal sealed class CoreDialect : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly RegtestNode _node;
    private readonly SemaphoreSlim _asking = new(1);
    private readonly Dictionary<string, string> _labels = [];
    private readonly Dictionary<string, (JsonObject Transaction, int Confirmations)> _seen = [];

    private CoreDialect(WebApplication app, RegtestNode node) => (_app, _node) = (app, node);

    public string Url => _app.Urls.First();

    /// <summary>Every connection is cut without an answer.</summary>
    public bool Down { get; set; }

    /// <summary>Asked before each call, with its method: true cuts the connection after the call was done, without an answer.</summary>
    public Func<string, bool>? Loses { get; set; }

    /// <summary>Unix seconds at which a transaction was sent, where a test has a calendar of its own; null leaves the node's time.</summary>
    public Func<string, long?> SentAt { get; set; } = _ => null;

    public static async Task<CoreDialect> StartAsync(RegtestNode node)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var dialect = new CoreDialect(app, node);
        app.MapPost("/{**path}", dialect.AnswerAsync);
        await app.StartAsync();
        return dialect;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        if (Down)
        {
            http.Abort();
            return;
        }
        if (_node.IsBitcoind)
        {
            await PassOnAsync(http);
            return;
        }
        var expected = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{RegtestNode.User}:{_node.Password}"));
        if (http.Request.Headers.Authorization != expected)
        {
            http.Response.StatusCode = 401;
            return;
        }
        var call = (await JsonNode.ParseAsync(http.Request.Body))!;
        var reply = new JsonObject { ["id"] = call["id"]!.DeepClone(), ["result"] = null, ["error"] = null };
        await _asking.WaitAsync();
        try
        {
            reply["result"] = (await ResultAsync(call["method"]!.ToString(), (JsonArray)call["params"]!))?.DeepClone();
        }
        catch (RegtestRpcException refusal)
        {
            http.Response.StatusCode = 500;
            reply["error"] = new JsonObject { ["code"] = refusal.Code, ["message"] = refusal.Message };
        }
        finally
        {
            _asking.Release();
        }
        if (Loses?.Invoke(call["method"]!.ToString()) == true)
        {
            http.Abort();
            return;
        }
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(reply.ToJsonString());
    }

    private async Task PassOnAsync(HttpContext http)
    {
        using var call = new HttpRequestMessage(HttpMethod.Post, new Uri(_node.RpcUrl, http.Request.Path.Value)) { Content = new StreamContent(http.Request.Body) };
        call.Headers.TryAddWithoutValidation("Authorization", http.Request.Headers.Authorization.ToString());
        using var answer = await _http.SendAsync(call);
        http.Response.StatusCode = (int)answer.StatusCode;
        http.Response.ContentType = "application/json";
        await answer.Content.CopyToAsync(http.Response.Body);
    }

    private async Task<JsonNode?> ResultAsync(string method, JsonArray arguments) => method switch
    {
        "getnewaddress" => await NewAddressAsync(arguments[0]!.ToString()),
        "listsinceblock" => await SinceAsync(arguments[0]!.ToString(), (int)arguments[1]!),
        "gettransaction" => await TransactionAsync(arguments[0]!.ToString()),
        "getmempoolentry" => await MempoolEntryAsync(arguments[0]!.ToString()),
        "getwalletinfo" => new JsonObject { ["walletname"] = "shop", ["private_keys_enabled"] = false, ["keypoolsize"] = 1000 },
        _ => await _node.RpcAsync(method, [.. arguments]),
    };

    private async Task<JsonNode> NewAddressAsync(string label)
    {
        var address = await _node.NewAddressAsync();
        _labels[address] = label;
        return address;
    }

    private async Task<JsonNode> TransactionAsync(string txid)
    {
        await LookAsync();
        return _seen.TryGetValue(txid, out var found)
            ? new JsonObject { ["txid"] = txid, ["confirmations"] = found.Confirmations }
            : throw new RegtestRpcException("gettransaction", -5, "Invalid or non-wallet transaction id");
    }

    private async Task<JsonNode?> MempoolEntryAsync(string txid)
    {
        var pool = (JsonArray)(await _node.RpcAsync("getrawmempool"))!;
        return pool.Any(id => id!.ToString() == txid)
            ? new JsonObject { ["time"] = 0 }
            : throw new RegtestRpcException("getmempoolentry", -5, "Transaction not in mempool");
    }

    private async Task<JsonNode> SinceAsync(string block, int depth)
    {
        var tip = (int)(await _node.RpcAsync("getblockcount"))!;
        var from = block.Length == 0 ? -1 : (int)(await _node.RpcAsync("getblockheader", block))!["height"]!;
        await LookAsync();
        var list = new JsonArray();
        foreach (var (txid, (transaction, confirmations)) in _seen)
        {
            if (confirmations > 0 && tip - confirmations + 1 <= from)
                continue;
            foreach (var output in ((JsonArray)transaction["details"]!).Where(d => d!["category"]!.ToString() == "receive"))
            {
                var entry = (JsonObject)output!.DeepClone();
                entry["txid"] = txid;
                entry["label"] = _labels.GetValueOrDefault(entry["address"]!.ToString());
                entry["confirmations"] = confirmations;
                entry["timereceived"] = SentAt(txid) ?? transaction["timereceived"]!.DeepClone();
                entry["blocktime"] = confirmations > 0 ? transaction["blocktime"]!.DeepClone() : null;
                list.Add(entry);
            }
        }
        return new JsonObject { ["transactions"] = list, ["lastblock"] = (await _node.RpcAsync("getblockhash", Math.Max(0, tip + 1 - depth)))!.ToString() };
    }

    /// <summary>The wallet drops what was double spent; bitcoind keeps it, as a conflict.</summary>
    private async Task LookAsync()
    {
        var listed = new HashSet<string>();
        foreach (var entry in (JsonArray)(await _node.WalletRpcAsync("listtransactions", "*", 100_000, 0, true))!)
        {
            var txid = entry!["txid"]!.ToString();
            listed.Add(txid);
            var confirmations = (int)entry["confirmations"]!;
            // All that changes of a transaction is whether it has a block.
            _seen[txid] = _seen.TryGetValue(txid, out var known) && known.Confirmations > 0 == confirmations > 0
                ? (known.Transaction, confirmations)
                : ((JsonObject)(await _node.WalletRpcAsync("gettransaction", txid, true))!, confirmations);
        }
        foreach (var gone in _seen.Keys.Except(listed).ToList())
            _seen[gone] = (_seen[gone].Transaction, -1);
    }
}
