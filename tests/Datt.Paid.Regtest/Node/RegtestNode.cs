using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Datt.Paid.Regtest.Node;

/// <summary>
/// A real bitcoin full node on regtest: bcoin 1.0.2 as a child process, in memory, on free ports, that ends when it is disposed and also when this
/// process dies (it watches its standard input). It starts with 110 blocks; <see cref="PayAsync"/> pays from a wallet that owns their coins.
/// <para>
/// <b>What it answers.</b> JSON-RPC over HTTP with basic authentication (any user, <see cref="Password"/>), in two servers as bcoin has them:
/// <see cref="RpcUrl"/> is the node (<c>getblockchaininfo, getblockcount, getbestblockhash, getblockhash, getblock, getblockheader, getrawmempool,
/// getmempoolentry, getrawtransaction, sendrawtransaction, createrawtransaction, decoderawtransaction, validateaddress, estimatesmartfee, gettxout,
/// generatetoaddress, getnetworkinfo, …</c>), <see cref="WalletRpcUrl"/> the wallet (<c>getnewaddress, gettransaction, listtransactions,
/// listsinceblock, listunspent, getreceivedbyaddress, getwalletinfo, importaddress, selectwallet, …</c>). A method of one is unknown
/// (-32601) to the other. The wallet selected here is <c>shop</c>: watch-only, native segwit, made from an extended public key.
/// </para>
/// <para>
/// <b>Where its wallet is not bitcoind's.</b> <c>getnewaddress</c> wants exactly one argument, the account, <c>""</c> will do; an address type cannot be
/// asked for. <c>gettransaction</c> has no <c>confirmations</c> and calls every transaction not replaceable; <c>listtransactions</c> and
/// <c>listsinceblock</c> have both. A watch-only wallet shows nothing to them unless <c>includeWatchonly</c> is true. <c>listtransactions</c> counts from the
/// oldest, bitcoind from the newest. <c>listsinceblock</c> wants the hash of a block that the wallet knows, and has no <c>removed</c>. A transaction that was
/// double spent disappears (-4), where bitcoind keeps it with negative confirmations and <c>walletconflicts</c>. One that a reorganisation took out of the
/// chain stays with 0 confirmations. <c>getaddressinfo, createwallet, importdescriptors, loadwallet, getbalances, bumpfee</c> and paths like
/// <c>/wallet/name</c> do not exist. The wallet follows the chain in its own time; the calls of this class return after it did.
/// The mempool takes no replacement by itself; <see cref="ReplaceAsync"/> does what BIP 125 would.
/// </para>
/// </summary>
public sealed class RegtestNode : IAsyncDisposable
{
    public const string User = "datt";

    /// <summary>What brings the node's packages.</summary>
    public const string Setup = ".ci/regtest-setup";

    private static readonly TimeSpan StartWithin = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };

    private RegtestNode(Process process, int port, int walletPort, string password)
    {
        _process = process;
        Password = password;
        RpcUrl = new Uri(FormattableString.Invariant($"http://127.0.0.1:{port}/"));
        WalletRpcUrl = new Uri(FormattableString.Invariant($"http://127.0.0.1:{walletPort}/"));
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{password}")));
    }

    public Uri RpcUrl { get; }

    public Uri WalletRpcUrl { get; }

    public string Password { get; }

    /// <summary>Starts a node of its own. Skips the test where Node.js or the packages are missing, and says what brings them.</summary>
    public static async Task<RegtestNode> StartAsync()
    {
        var folder = Folder();
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "bcoin")))
            Assert.Skip($"The regtest node is not installed: run {Setup} (it needs Node.js with npm).");
        var (port, walletPort) = FreePorts();
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var start = new ProcessStartInfo("node")
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in new[] { "node.js", port.ToString(CultureInfo.InvariantCulture), walletPort.ToString(CultureInfo.InvariantCulture), password })
            start.ArgumentList.Add(argument);
        start.Environment["NODE_BACKEND"] = "js";
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"Node.js is not installed; the regtest node needs it and {Setup}.");
            throw;
        }
        var node = new RegtestNode(process, port, walletPort, password);
        try
        {
            await node.ReadyAsync();
            await node.MineAsync(110);
            await node.WalletRpcAsync("selectwallet", "shop");
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
        return node;
    }

    /// <summary>A call of the node.</summary>
    public Task<JsonNode?> RpcAsync(string method, params IReadOnlyList<JsonNode?> arguments) => CallAsync(RpcUrl, method, arguments);

    /// <summary>A call of the watch-only wallet.</summary>
    public Task<JsonNode?> WalletRpcAsync(string method, params IReadOnlyList<JsonNode?> arguments) => CallAsync(WalletRpcUrl, method, arguments);

    public async Task<string> NewAddressAsync() => (await WalletRpcAsync("getnewaddress", ""))!.ToString();

    /// <summary>Mines blocks with all of the mempool.</summary>
    public async Task MineAsync(int blocks = 1) => await RpcAsync("mine", blocks);

    /// <summary>Sends a payment; returns its txid.</summary>
    public async Task<string> PayAsync(string address, long sats, bool signalsReplacement = false) =>
        (await RpcAsync("pay", address, sats, signalsReplacement))!.ToString();

    /// <summary>Replaces a payment in the mempool by one from the same coins, that pays another address or (null) the payer himself.</summary>
    public async Task<string> ReplaceAsync(string transactionId, string? address = null, long sats = 0) =>
        (await RpcAsync("replace", transactionId, address, sats))!.ToString();

    /// <summary>Mines a block that spends a payment's coins otherwise.</summary>
    public async Task MineConflictAsync(string transactionId) => await RpcAsync("mineconflict", transactionId);

    /// <summary>Replaces the last blocks by a branch one longer, without the mempool; its first block double spends the given payments.</summary>
    public async Task ReorganiseAsync(int depth, params IReadOnlyList<string> doubleSpent) =>
        await RpcAsync("reorganise", depth, new JsonArray([.. doubleSpent.Select(id => JsonValue.Create(id))]));

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }
        _process.Dispose();
    }

    private async Task ReadyAsync()
    {
        using var deadline = new CancellationTokenSource(StartWithin);
        var errors = _process.StandardError.ReadToEndAsync(CancellationToken.None);
        if (await _process.StandardOutput.ReadLineAsync(deadline.Token) != "ready")
            throw new InvalidOperationException($"The regtest node did not start: {await errors}");
    }

    private async Task<JsonNode?> CallAsync(Uri url, string method, IReadOnlyList<JsonNode?> arguments)
    {
        var call = new JsonObject { ["id"] = 1, ["method"] = method, ["params"] = new JsonArray([.. arguments.Select(a => a?.DeepClone())]) };
        using var content = new StringContent(call.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync(url, content);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        return answer["error"] is { } error ? throw new RegtestRpcException(method, (int)error["code"]!, error["message"]!.ToString()) : answer["result"];
    }

    private static string Folder()
    {
        for (var root = new DirectoryInfo(AppContext.BaseDirectory); root is not null; root = root.Parent)
        {
            if (File.Exists(Path.Combine(root.FullName, "Datt.Paid.sln")))
                return Path.Combine(root.FullName, "tests", "Datt.Paid.Regtest", "Node", "bcoin");
        }
        throw new InvalidOperationException("These tests run from the project's tree.");
    }

    private static (int, int) FreePorts()
    {
        using var one = new TcpListener(IPAddress.Loopback, 0);
        using var other = new TcpListener(IPAddress.Loopback, 0);
        one.Start();
        other.Start();
        return (((IPEndPoint)one.LocalEndpoint).Port, ((IPEndPoint)other.LocalEndpoint).Port);
    }
}

/// <summary>The node refused a call.</summary>
/// <param name="code">As in bitcoind, such as -4 for the wallet's errors.</param>
public sealed class RegtestRpcException(string method, int code, string message) : Exception($"{method}: {message} ({code})")
{
    public int Code { get; } = code;
}
