using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Policy;

/// <summary>What an operator blocks is not found, and comes back when it is unblocked.</summary>
public sealed class PolicyTests
{
    private static readonly Dictionary<string, string?> Free = new() { ["Datt:Search:Access"] = "Free" };

    [Theory]
    [InlineData("label", "News")]
    [InlineData("language", "pt")]
    [InlineData("language", "PT-br")]
    [InlineData("size", "999")]
    [InlineData("word", "Éclair")]
    [InlineData("word", "chocolate  eclair")]
    [InlineData("word", "pastry")]
    [InlineData("word", "sweet-tooth")]
    [InlineData("content", "cake:1")]
    [InlineData("node", "{self}/baker")]
    [InlineData("origin", "{self}")]
    public async Task Each_kind_of_rule_hides_at_once_and_undoing_it_shows_again(string kind, string value)
    {
        await using var server = await ServerOnDisk.StartAsync(Free);
        using var desk = await PolicyDesk.OpenAsync(server);
        using var baker = await server.NewCustomerAsync();
        var cake = new
        {
            title = "The chocolate éclair",
            summary = "A pastry of choux dough",
            label = "news",
            language = "pt-br",
            size = 1_000,
            tags = new[] { "sweet tooth", "fr" },
        };
        Assert.True((await baker.AnnounceAsync("baker", "cake:1", cake)).IsSuccessStatusCode);
        if (kind != "origin")
            Assert.True((await baker.AnnounceAsync("other", "bread:1", new { title = "A loaf without chocolate", language = "en", size = 999, label = "newsletter" })).IsSuccessStatusCode);
        string[] others = kind == "origin" ? [] : ["bread:1"];
        await baker.FindsAsync("q=chocolate", ["cake:1", .. others]);

        var rule = await desk.BlockAsync(kind, value.Replace("{self}", Network.IdOf(server)));
        Assert.Equal(others, Customer.IdsOf(await baker.SearchAsync("q=chocolate")));
        await Refused.WithAsync(baker.Http.GetAsync("/api/v1/content/cake:1"), HttpStatusCode.NotFound, "not_found");
        await desk.SettledAsync();
        await Eventually.HoldsAsync(
            async () => (await baker.SearchAsync("q=chocolate")).GetProperty("total").GetProperty("value").GetInt64() == others.Length, "the total counts nothing hidden");
        Assert.Equal((1, 1), ((await desk.ListAsync()).GetProperty("hiddenContents").GetInt64(), (await desk.ListAsync()).GetProperty("hiddenRecords").GetInt64()));
        Assert.DoesNotContain("cake", await (await baker.Http.GetAsync("/search.atom?q=chocolate")).Content.ReadAsStringAsync());
        await Eventually.HoldsAsync(
            async () => (await baker.Http.GetFromJsonAsync<JsonElement>("/api/v1/suggest?q=ecl")).GetProperty("suggestions").GetArrayLength() == 0,
            "no completion names what is hidden");

        await desk.UnblockAsync(rule);
        Assert.Equal(HttpStatusCode.OK, (await baker.Http.GetAsync("/api/v1/content/cake:1")).StatusCode);
        await baker.FindsAsync("q=chocolate", ["cake:1", .. others]);
        await desk.SettledAsync();
        Assert.Equal(0, (await desk.ListAsync()).GetProperty("hiddenContents").GetInt64());
    }

    [Fact]
    public async Task A_hidden_holder_is_left_out_and_its_description_counts_for_nothing()
    {
        await using var server = await ServerOnDisk.StartAsync(Free);
        using var desk = await PolicyDesk.OpenAsync(server);
        using var baker = await server.NewCustomerAsync();
        foreach (var node in new[] { "spam1", "spam2" })
            await baker.AnnounceAsync(node, "cake:1", new { title = "Cheap pills" });
        await baker.AnnounceAsync("honest", "cake:1", new { title = "A cake" });
        await baker.FindsAsync("q=pills", "cake:1");

        await desk.BlockAsync("node", $"{Network.IdOf(server)}/spam1");
        await desk.BlockAsync("node", $"{Network.IdOf(server)}/spam2");
        await desk.SettledAsync();
        await baker.FindsAsync("q=cake", "cake:1");
        await baker.FindsAsync("q=pills");
        var shown = await baker.Http.GetFromJsonAsync<JsonElement>("/api/v1/content/cake:1");
        Assert.Equal(("A cake", 1), (shown.GetProperty("title").GetString(), shown.GetProperty("holderCount").GetInt32()));
        Assert.Equal("honest", Assert.Single(shown.GetProperty("holders").EnumerateArray()).GetProperty("nodeId").GetString());
        var list = await desk.ListAsync();
        Assert.Equal((0, 2), (list.GetProperty("hiddenContents").GetInt64(), list.GetProperty("hiddenRecords").GetInt64()));
    }

    [Fact]
    public async Task Rules_outlive_a_restart_and_hide_what_is_announced_later()
    {
        await using var server = await ServerOnDisk.StartAsync(Free);
        using var desk = await PolicyDesk.OpenAsync(server);
        using var baker = await server.NewCustomerAsync();
        await baker.AnnounceAsync("baker", "cake:1", new { title = "Cake", label = "news" });
        await baker.FindsAsync("q=cake", "cake:1");
        await desk.BlockAsync("label", "news");
        await desk.SettledAsync();
        await server.RestartAsync();

        using var again = await server.NewCustomerAsync();
        await again.AnnounceAsync("late", "cake:2", new { title = "Cake", label = "NEWS" });
        await again.AnnounceAsync("late", "cake:3", new { title = "Cake" });
        await again.FindsAsync("q=cake", "cake:3");
        using var later = new PolicyDesk(server.With(desk.Http.DefaultRequestHeaders.Authorization!.Parameter!));
        var rule = Assert.Single((await later.ListAsync()).GetProperty("rules").EnumerateArray());
        await later.UnblockAsync(rule);
        await again.FindsAsync("q=cake", "cake:1", "cake:2", "cake:3");
    }

    [Fact]
    public async Task A_live_search_shows_nothing_hidden()
    {
        await using var server = await ServerOnDisk.StartAsync(Free);
        using var desk = await PolicyDesk.OpenAsync(server);
        using var baker = await server.NewCustomerAsync();
        await desk.BlockAsync("word", "pills");
        var cancel = TestContext.Current.CancellationToken;
        using var response = await baker.Http.GetAsync("/api/v1/search/stream?q=cheap", HttpCompletionOption.ResponseHeadersRead, cancel);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(cancel));
        Assert.Equal(":", await lines.ReadLineAsync(cancel));
        await baker.AnnounceAsync("baker", "spam:1", new { title = "Cheap pills" });
        await baker.AnnounceAsync("baker", "cake:1", new { title = "Cheap cake" });
        string? line;
        do
            line = await lines.ReadLineAsync(cancel);
        while (line is not null && !line.StartsWith("data:", StringComparison.Ordinal));
        Assert.Contains("cake:1", line);
    }
}
