using Datt.Paid.Server.Tests.Cli;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Policy;

/// <summary>An operator hides and shows from the command line.</summary>
public sealed class PolicyCommandTests
{
    [Fact]
    public async Task An_operator_blocks_lists_and_unblocks()
    {
        await using var server = await ServerOnDisk.StartAsync(new() { ["Datt:Search:Access"] = "Free" });
        using var baker = await server.NewCustomerAsync();
        await baker.AnnounceAsync("baker", "cake:1", new { title = "Hot CHOCOLATE cake" });
        await baker.FindsAsync("q=cake", "cake:1");
        var key = await OperatorOf.KeyAsync(server);
        using var terminal = new Terminal(server.Address, key);

        var (exit, text, _) = await terminal.RunAsync("operator", "policy", "list");
        Assert.Equal(0, exit);
        Assert.Contains("policy block", text);
        var made = await terminal.JsonAsync("operator", "policy", "block", "word", "hot chocolate", "--reason", "too sweet");
        Assert.Equal(("word", "hot chocolate", "too sweet"), (made.GetProperty("kind").GetString(), made.GetProperty("value").GetString(), made.GetProperty("reason").GetString()));
        await baker.FindsAsync("q=cake");
        var again = await terminal.JsonAsync("operator", "policy", "block", "word", "Hot  Chocolate", "--reason", "still");
        Assert.Equal(made.GetProperty("id").GetString(), again.GetProperty("id").GetString());
        Assert.Contains("too sweet", (await terminal.RunAsync("operator", "policy", "list")).Out);

        Assert.Equal(0, (await terminal.RunAsync("operator", "policy", "unblock", "word", "HOT chocolate", "--reason", "winter")).Exit);
        await baker.FindsAsync("q=cake", "cake:1");
        Assert.Equal(5, (await terminal.RunAsync("operator", "policy", "unblock", "word", "hot chocolate")).Exit);
        var past = await terminal.JsonAsync("operator", "policy", "list", "--removed");
        Assert.Equal("winter", Assert.Single(past.GetProperty("rules").EnumerateArray()).GetProperty("removedReason").GetString());
    }

    [Theory]
    [InlineData("operator policy block planet x --reason y", 2)]
    [InlineData("operator policy block word x", 2)]
    [InlineData("operator policy block size many --reason y", 2)]
    [InlineData("operator policy block label x --reason y --drop", 2)]
    [InlineData("operator policy list --kind planet", 2)]
    public async Task What_cannot_be_a_rule_is_refused_with_the_reason(string line, int expected)
    {
        await using var server = await ServerOnDisk.StartAsync();
        using var terminal = new Terminal(server.Address, await OperatorOf.KeyAsync(server));
        var (exit, _, error) = await terminal.RunAsync(line.Split(' '));
        Assert.Equal(expected, exit);
        Assert.NotEqual("", error);
    }
}
