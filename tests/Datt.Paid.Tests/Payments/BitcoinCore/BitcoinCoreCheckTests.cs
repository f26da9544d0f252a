using Datt.Paid.Payments;
using Datt.Paid.Payments.BitcoinCore;
using Microsoft.AspNetCore.Http;

namespace Datt.Paid.Tests.Payments.BitcoinCore;

public sealed class BitcoinCoreCheckTests : IAsyncLifetime
{
    private ScriptedNode _node = null!;
    private MoneyServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await ScriptedNode.StartAsync();
        _server = await MoneyServer.StartAsync(_node.Settings());
        _node.ChainInfo["chain"] = "main";
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task A_node_as_it_should_be_has_no_findings_and_loses_no_address()
    {
        Assert.Empty(await FindAsync());
        Assert.Equal(0, _node.Count("getnewaddress"));
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_found_at_once()
    {
        (_node.ChainInfo["initialblockdownload"], _node.ChainInfo["pruned"]) = (true, true);
        (_node.NetworkInfo["version"], _node.NetworkInfo["connections"]) = (210_000, 0);
        (_node.WalletInfo["private_keys_enabled"], _node.WalletInfo["keypoolsize"]) = (true, 0);
        var found = await FindAsync();
        Assert.Equal(["no-addresses", "no-peers", "not-synced", "pruned", "version", "wallet-can-spend"], found.Select(f => f.Code).Order());
        Assert.Equal(["pruned", "wallet-can-spend"], found.Where(f => f.Severity == FindingSeverity.Warning).Select(f => f.Code).Order());
        Assert.All(found, f => Assert.NotEmpty(f.Remedy));
    }

    [Theory]
    [InlineData("getwalletinfo", -18, "wallet-missing")]
    [InlineData("getwalletinfo", -32601, "wallet-disabled")]
    [InlineData("getwalletinfo", -4, "wallet-unreadable")]
    [InlineData("getblockchaininfo", -28, "node-starting")]
    public async Task A_refused_call_says_what_is_missing(string method, int code, string expected)
    {
        _node.Before = async (call, http) =>
        {
            if (call.Method != method)
                return false;
            await ScriptedNode.WriteAsync(http, call.Id, null, (code, "refused"));
            return true;
        };
        Assert.Equal(expected, Assert.Single(await FindAsync()).Code);
    }

    [Fact]
    public async Task A_node_that_is_away_and_a_missing_rate_are_findings()
    {
        var settings = _node.Settings();
        settings["Datt:Pricing:Currency"] = "USD";
        settings["Datt:Pricing:Base"] = "1";
        settings["Datt:Payments:Rates:Url"] = "http://127.0.0.1:9/";
        settings["Datt:Payments:Rates:Minimum"] = "1";
        settings["Datt:Payments:Rates:Maximum"] = "2";
        await using var server = await MoneyServer.StartAsync(settings);
        await _node.DisposeAsync();
        var found = await server.Get<BitcoinCoreInspection>().CheckAsync(null, CancellationToken.None);
        Assert.Equal(["no-rate", "unreachable"], found.Select(f => f.Code).Order());
    }

    [Theory]
    [InlineData(10, "The clock of the bitcoin node is ahead")]
    [InlineData(-10, "This server's clock is ahead")]
    public async Task A_clock_that_is_ten_minutes_off_is_found_by_what_the_node_answers(int minutes, string says)
    {
        _node.Before = (_, http) =>
        {
            http.Response.GetTypedHeaders().Date = TimeProvider.System.GetUtcNow().AddMinutes(minutes);
            return Task.FromResult(false);
        };
        var finding = Assert.Single(await FindAsync());
        Assert.Equal("clock-skew", finding.Code);
        Assert.StartsWith(says, finding.Problem, StringComparison.Ordinal);
        Assert.Contains("Datt:Payments:BitcoinCore:RpcUrl", finding.Problem, StringComparison.Ordinal);
    }

    private Task<IReadOnlyList<PaymentFinding>> FindAsync() => _server.Get<BitcoinCoreInspection>().CheckAsync(null, CancellationToken.None);
}
