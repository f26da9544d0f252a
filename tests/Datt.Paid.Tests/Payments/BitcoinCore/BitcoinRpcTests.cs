using System.Text;
using Datt.Paid.Payments;
using Datt.Paid.Payments.BitcoinCore;
using Microsoft.AspNetCore.Http;

namespace Datt.Paid.Tests.Payments.BitcoinCore;

/// <summary>Everything that may come back instead of an answer has a name, and nothing of it shows the password.</summary>
public sealed class BitcoinRpcTests : IAsyncLifetime
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private ScriptedNode _node = null!;
    private MoneyServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await ScriptedNode.StartAsync();
        _server = await MoneyServer.StartAsync(_node.Settings("shop of mine"));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task Wallet_calls_name_the_wallet_and_node_calls_do_not()
    {
        Assert.Equal("shop", (await Node.WalletInfoAsync(Ct)).OrThrow("").Walletname);
        Assert.Equal("regtest", (await Node.ChainInfoAsync(Ct)).OrThrow("").Chain);
        Assert.Equal(["/wallet/shop%20of%20mine", "/"], _node.Calls.Select(c => c.Path));
    }

    [Theory]
    [InlineData(-28, "Loading wallet…", RpcFailureKind.WarmingUp)]
    [InlineData(-32601, "Method not found", RpcFailureKind.UnknownCall)]
    [InlineData(-18, "Requested wallet does not exist or is not loaded", RpcFailureKind.NoWallet)]
    [InlineData(-19, "Wallet file not specified", RpcFailureKind.NoWallet)]
    [InlineData(-5, "Block not found", RpcFailureKind.NotFound)]
    [InlineData(-12, "Error: Keypool ran out", RpcFailureKind.NoAddresses)]
    [InlineData(-8, "Invalid parameter", RpcFailureKind.Refused)]
    public async Task An_error_code_is_a_named_outcome_and_not_asked_again(int code, string message, RpcFailureKind expected)
    {
        _node.Before = async (call, http) =>
        {
            await ScriptedNode.WriteAsync(http, call.Id, null, (code, message));
            return true;
        };
        var failure = (await Node.WalletInfoAsync(Ct)).Failure!;
        Assert.Equal((expected, (int?)code), (failure.Kind, failure.Code));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.Single(_node.Calls);
    }

    [Fact]
    public async Task A_wallet_without_an_active_descriptor_has_no_addresses()
    {
        _node.Before = async (call, http) =>
        {
            await ScriptedNode.WriteAsync(http, call.Id, null, (-4, "Error: This wallet has no available keys"));
            return true;
        };
        Assert.Equal(RpcFailureKind.NoAddresses, (await Node.NewAddressAsync("x", Ct)).Failure!.Kind);
    }

    [Theory]
    [InlineData(401, "", RpcFailureKind.Unauthenticated)]
    [InlineData(403, "", RpcFailureKind.Forbidden)]
    [InlineData(404, "<html>not here</html>", RpcFailureKind.Unreachable)]
    [InlineData(302, "", RpcFailureKind.Unreachable)]
    [InlineData(200, "<html>a portal</html>", RpcFailureKind.Unreachable)]
    [InlineData(200, "", RpcFailureKind.Unreachable)]
    [InlineData(200, "{\"result\":{\"chain\":\"main\",\"blocks\":1,\"headers\":1},\"error\":null,\"id\":987654}", RpcFailureKind.Unreachable)] // another call's
    [InlineData(200, "{\"result\":null,\"error\":null,\"id\":1}", RpcFailureKind.Unreachable)]
    [InlineData(200, "{\"result\":{\"chain\":7},\"error\":null,\"id\":1}", RpcFailureKind.Unreachable)]
    [InlineData(200, "[]", RpcFailureKind.Unreachable)]
    public async Task What_is_no_answer_of_a_node_is_a_failure(int status, string body, RpcFailureKind expected)
    {
        _node.Before = async (call, http) =>
        {
            http.Response.StatusCode = status;
            await http.Response.WriteAsync(body);
            return true;
        };
        Assert.Equal(expected, (await Node.ChainInfoAsync(Ct)).Failure!.Kind);
    }

    [Fact]
    public async Task A_full_queue_is_tried_again_but_never_for_an_address()
    {
        _node.Before = (call, http) =>
        {
            http.Response.StatusCode = 503; // "Work queue depth exceeded"
            return Task.FromResult(_node.Calls.Count < 3);
        };
        Assert.Equal("regtest", (await Node.ChainInfoAsync(Ct)).OrThrow("").Chain);
        Assert.Equal(3, _node.Calls.Count);

        _node.Calls.Clear();
        _node.Before = (call, http) =>
        {
            http.Response.StatusCode = 503;
            return Task.FromResult(true);
        };
        Assert.Equal(RpcFailureKind.Unreachable, (await Node.NewAddressAsync("x", Ct)).Failure!.Kind);
        Assert.Single(_node.Calls);
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        var chunk = Encoding.ASCII.GetBytes(new string(' ', 1 << 20));
        _node.Before = async (call, http) =>
        {
            for (var sent = 0; sent <= BitcoinRpc.MaximumAnswer + chunk.Length && !http.RequestAborted.IsCancellationRequested; sent += chunk.Length)
                await http.Response.Body.WriteAsync(chunk);
            return true;
        };
        Assert.Equal(RpcFailureKind.Unreachable, (await Node.NewAddressAsync("x", Ct)).Failure!.Kind);
    }

    [Fact]
    public async Task A_node_that_is_away_makes_no_invoice_and_the_password_shows_nowhere()
    {
        await _node.DisposeAsync();
        var failure = (await Node.ChainInfoAsync(Ct)).Failure!;
        Assert.Contains("Datt:Payments:BitcoinCore:RpcUrl", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(ScriptedNode.Password, failure.Message + failure.Cause, StringComparison.Ordinal);
        var (account, _) = await _server.AccountAsync();
        Assert.IsType<InvoiceOutcome.Unavailable>(await _server.Invoices.CreateAsync(account, new InvoiceRequest(1, null), _server.Now, Ct));
    }

    [Fact]
    public async Task The_cookie_is_read_anew_when_the_node_wrote_another()
    {
        var cookie = Path.Combine(_server.Directory, ".cookie");
        var settings = _node.Settings();
        settings.Remove("Datt:Payments:BitcoinCore:User");
        settings.Remove("Datt:Payments:BitcoinCore:Password");
        settings["Datt:Payments:BitcoinCore:CookieFile"] = cookie;
        await using var server = await MoneyServer.StartAsync(settings);
        var node = server.Get<BitcoinNode>();
        Assert.Contains("CookieFile", (await node.ChainInfoAsync(Ct)).Failure!.Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(cookie, "__cookie__:old", Ct);
        Assert.Equal(RpcFailureKind.Unauthenticated, (await node.ChainInfoAsync(Ct)).Failure!.Kind);
        await File.WriteAllTextAsync(cookie, $"{ScriptedNode.User}:{ScriptedNode.Password}\n", Ct);
        Assert.Null((await node.ChainInfoAsync(Ct)).Failure);
    }

    private BitcoinNode Node => _server.Get<BitcoinNode>();
}
