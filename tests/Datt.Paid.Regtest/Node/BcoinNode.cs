using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Datt.Paid.Regtest.Node;

/// <summary>
/// bcoin 1.0.2 as a child process, in memory, on free ports, that ends when it is disposed and also when this
/// process dies (it watches its standard input).
/// <para>
/// <b>What it answers.</b> JSON-RPC over HTTP with basic authentication (any user), in two servers as bcoin has them:
/// <see cref="RegtestNode.RpcUrl"/> is the node (<c>getblockchaininfo, getblockcount, getbestblockhash, getblockhash, getblock, getblockheader, getrawmempool,
/// getmempoolentry, getrawtransaction, sendrawtransaction, createrawtransaction, decoderawtransaction, validateaddress, estimatesmartfee, gettxout,
/// generatetoaddress, getnetworkinfo, …</c>), <see cref="RegtestNode.WalletRpcUrl"/> the wallet (<c>getnewaddress, gettransaction, listtransactions,
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
public sealed class BcoinNode : RegtestNode
{
    /// <summary>What brings the node's packages.</summary>
    public const string Setup = ".ci/regtest-setup";

    private static readonly TimeSpan StartWithin = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private BcoinNode(Process process, Uri url, Uri walletUrl, string password)
        : base(url, walletUrl, password) => _process = process;

    public override bool IsBitcoind => false;

    /// <summary>Starts a node of its own. Skips the test where Node.js or the packages are missing, and says what brings them.</summary>
    public static new async Task<BcoinNode> StartAsync()
    {
        var folder = Folder();
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "bcoin")))
            Assert.Skip($"The regtest node is not installed: run {Setup} (it needs Node.js with npm).");
        var (port, walletPort) = FreePorts();
        var password = NewPassword();
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
        var node = new BcoinNode(process, Local(port), Local(walletPort), password);
        try
        {
            await node.ReadyAsync();
            await node.MineAsync(FirstBlocks);
            await node.WalletRpcAsync("selectwallet", "shop");
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
        return node;
    }

    public override Task<JsonNode?> BlockAsync(string hash) => RpcAsync("getblock", hash, true, true);

    public override async Task MineAsync(int blocks = 1) => await RpcAsync("mine", blocks);

    public override async Task<string> PayAsync(string address, long sats, bool signalsReplacement = false) =>
        (await RpcAsync("pay", address, sats, signalsReplacement))!.ToString();

    public override async Task<string> ReplaceAsync(string transactionId, string? address = null, long sats = 0) =>
        (await RpcAsync("replace", transactionId, address, sats))!.ToString();

    public override async Task MineConflictAsync(string transactionId) => await RpcAsync("mineconflict", transactionId);

    public override async Task ReorganiseAsync(int depth, params IReadOnlyList<string> doubleSpent) =>
        await RpcAsync("reorganise", depth, new JsonArray([.. doubleSpent.Select(id => JsonValue.Create(id))]));

    public override async ValueTask DisposeAsync()
    {
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
        await base.DisposeAsync();
    }

    private async Task ReadyAsync()
    {
        using var deadline = new CancellationTokenSource(StartWithin);
        var errors = _process.StandardError.ReadToEndAsync(CancellationToken.None);
        if (await _process.StandardOutput.ReadLineAsync(deadline.Token) != "ready")
            throw new InvalidOperationException($"The regtest node did not start: {await errors}");
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

    private static Uri Local(int port) => new(FormattableString.Invariant($"http://127.0.0.1:{port}/"));

    private static (int, int) FreePorts()
    {
        using var one = new TcpListener(IPAddress.Loopback, 0);
        using var other = new TcpListener(IPAddress.Loopback, 0);
        one.Start();
        other.Start();
        return (((IPEndPoint)one.LocalEndpoint).Port, ((IPEndPoint)other.LocalEndpoint).Port);
    }
}
