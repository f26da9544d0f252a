using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Datt.Paid.Regtest.Node;

/// <summary>
/// A real bitcoin full node on regtest that belongs to one test: 110 blocks old when it starts, with a payer who owns their coins, and a watch-only wallet
/// <c>shop</c> of native segwit addresses. The calls return after that wallet knows what they did.
/// </summary>
public abstract class RegtestNode : IAsyncDisposable
{
    public const string User = "datt";

    /// <summary>Blocks it has when it starts: the first ten may be spent.</summary>
    public const int FirstBlocks = 110;

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };

    private protected RegtestNode(Uri rpcUrl, Uri walletRpcUrl, string password)
    {
        (RpcUrl, WalletRpcUrl, Password) = (rpcUrl, walletRpcUrl, password);
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{password}")));
    }

    public Uri RpcUrl { get; }

    public Uri WalletRpcUrl { get; }

    public string Password { get; }

    /// <summary>It answers as bitcoind does because it is bitcoind.</summary>
    public abstract bool IsBitcoind { get; }

    /// <summary>
    /// Starts the node that this build tests with, here and nowhere else: bcoin, or bitcoind where it was built with <c>UseNBitcoin</c>. Skips the test where
    /// that node is not to be had, and says why.
    /// </summary>
    public static async Task<RegtestNode> StartAsync() =>
#if USE_NBITCOIN
        await Official.BitcoindNode.StartAsync();
#else
        await BcoinNode.StartAsync();
#endif

    /// <summary>A call of the node.</summary>
    public Task<JsonNode?> RpcAsync(string method, params IReadOnlyList<JsonNode?> arguments) => CallAsync(RpcUrl, method, arguments);

    /// <summary>A call of the watch-only wallet.</summary>
    public Task<JsonNode?> WalletRpcAsync(string method, params IReadOnlyList<JsonNode?> arguments) => CallAsync(WalletRpcUrl, method, arguments);

    public async Task<string> NewAddressAsync() => (await WalletRpcAsync("getnewaddress", ""))!.ToString();

    /// <summary>A block with all of its transactions, as <c>getblock</c> shows them.</summary>
    public abstract Task<JsonNode?> BlockAsync(string hash);

    /// <summary>Mines blocks with all of the mempool.</summary>
    public abstract Task MineAsync(int blocks = 1);

    /// <summary>Sends a payment; returns its txid.</summary>
    public abstract Task<string> PayAsync(string address, long sats, bool signalsReplacement = false);

    /// <summary>Replaces a payment in the mempool by one from the same coins, that pays another address or (null) the payer himself.</summary>
    public abstract Task<string> ReplaceAsync(string transactionId, string? address = null, long sats = 0);

    /// <summary>Mines a block that spends a payment's coins otherwise.</summary>
    public abstract Task MineConflictAsync(string transactionId);

    /// <summary>Replaces the last blocks by a branch one longer, without the mempool; its first block double spends the given payments.</summary>
    public abstract Task ReorganiseAsync(int depth, params IReadOnlyList<string> doubleSpent);

    public virtual ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private protected static string NewPassword() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private async Task<JsonNode?> CallAsync(Uri url, string method, IReadOnlyList<JsonNode?> arguments)
    {
        var call = new JsonObject { ["id"] = 1, ["method"] = method, ["params"] = new JsonArray([.. arguments.Select(a => a?.DeepClone())]) };
        using var content = new StringContent(call.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync(url, content);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        return answer["error"] is { } error ? throw new RegtestRpcException(method, (int)error["code"]!, error["message"]!.ToString()) : answer["result"];
    }
}

/// <summary>The node refused a call.</summary>
/// <param name="code">As in bitcoind, such as -4 for the wallet's errors.</param>
public sealed class RegtestRpcException(string method, int code, string message) : Exception($"{method}: {message} ({code})")
{
    public int Code { get; } = code;
}
