using Datt.Paid.Cli.Terminal;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Cli;

/// <summary>Somebody without an account at a terminal: buys a pass and searches with it.</summary>
public class PassTests
{
    private static readonly Dictionary<string, string?> Sells = new() { ["Datt:L402:Enabled"] = "true" };

    [Fact]
    public async Task A_pass_is_bought_with_play_money_and_opens_search_and_nothing_else()
    {
        await using var server = await ServerOnDisk.StartAsync(Sells);
        using var buyer = new Terminal(server.Anyone.BaseAddress!);
        Assert.Equal((int)ExitCode.PaymentRequired, (await buyer.RunAsync("search", "paris")).Exit);
        var offer = await buyer.JsonAsync("pass", "buy");
        Assert.Equal(System.Text.Json.JsonValueKind.Null, offer.GetProperty("pass").ValueKind);
        var bought = await buyer.JsonAsync("pass", "buy", "--pay-sandbox");
        Assert.Equal(offer.GetProperty("token").GetString(), bought.GetProperty("token").GetString());
        var pass = bought.GetProperty("pass").GetString()!;
        var (exit, text, error) = await buyer.RunAsync("search", "--pass", pass, "paris");
        Assert.True(exit == 0, error);
        Assert.Contains("Nothing found", text, StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.PaymentRequired, (await buyer.RunAsync("search", "paris")).Exit);

        var unpaid = $"{offer.GetProperty("token").GetString()}:{new string('0', 64)}";
        Assert.Equal((int)ExitCode.Unauthorized, (await buyer.RunAsync("search", "--pass", unpaid, "paris")).Exit);
    }

    [Fact]
    public async Task Where_offers_come_on_request_alone_it_asks_for_one()
    {
        await using var server = await ServerOnDisk.StartAsync(new(Sells) { ["Datt:L402:Challenge"] = "OnRequest" });
        using var buyer = new Terminal(server.Anyone.BaseAddress!);
        Assert.NotEqual("", (await buyer.JsonAsync("pass", "buy")).GetProperty("invoice").GetString());
    }

    [Fact]
    public async Task Without_play_money_it_shows_the_invoice_and_how_to_hand_in_the_preimage()
    {
        await using var server = await ServerOnDisk.StartAsync(Sells);
        using var buyer = new Terminal(server.Anyone.BaseAddress!);
        var (exit, text, error) = await buyer.RunAsync("pass", "buy");
        Assert.True(exit == 0, error);
        var offer = await buyer.JsonAsync("pass", "buy");
        Assert.Contains(offer.GetProperty("invoice").GetString()!, text, StringComparison.Ordinal);
        Assert.Contains($"datt search --pass {offer.GetProperty("token").GetString()}:<preimage>", text.ReplaceLineEndings(""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("token")]
    [InlineData("token:12")]
    [InlineData(":0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("to ken:0000000000000000000000000000000000000000000000000000000000000000")]
    public async Task What_cannot_be_a_pass_is_wrong_usage(string pass)
    {
        using var buyer = new Terminal(new Uri("http://127.0.0.1:9/"));
        var (exit, _, error) = await buyer.RunAsync("search", "--pass", pass, "paris");
        Assert.Equal((int)ExitCode.Usage, exit);
        Assert.Contains("preimage", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_no_passes_are_sold_or_none_are_needed_it_says_so()
    {
        await using var paid = await ServerOnDisk.StartAsync();
        using var buyer = new Terminal(paid.Anyone.BaseAddress!);
        var (exit, _, error) = await buyer.RunAsync("pass", "buy");
        Assert.Equal((int)ExitCode.Unavailable, exit);
        Assert.Contains("sells no passes", error, StringComparison.Ordinal);

        await using var free = await ServerOnDisk.StartAsync(new() { ["Datt:Search:Access"] = "Free" });
        using var reader = new Terminal(free.Anyone.BaseAddress!);
        Assert.Contains("free", (await reader.RunAsync("pass", "buy")).Out, StringComparison.Ordinal);
    }
}
