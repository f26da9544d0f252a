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

    [Fact]
    public async Task Who_made_and_undid_a_rule_is_kept_and_repeating_changes_nothing()
    {
        await using var server = await ServerOnDisk.StartAsync(Free);
        using var customer = await server.NewCustomerAsync();
        await Refused.WithAsync(server.Anyone.GetAsync(PolicyDesk.Path), HttpStatusCode.Unauthorized, "unauthorized");
        await Refused.WithAsync(customer.Http.PostAsJsonAsync(PolicyDesk.Path, new { kind = "word", value = "x", reason = "y" }), HttpStatusCode.Forbidden, "forbidden");
        using var desk = await PolicyDesk.OpenAsync(server);
        var made = await desk.BlockAsync("origin", new string('a', 52));
        Assert.Equal(made.GetProperty("id").GetString(), (await desk.BlockAsync("origin", new string('A', 52))).GetProperty("id").GetString());
        Assert.NotEqual("", made.GetProperty("addedBy").GetString());

        // Saying otherwise about dropping takes the place of the old rule.
        var dropped = await desk.BlockAsync("origin", new string('a', 52), drop: true);
        Assert.True(dropped.GetProperty("drop").GetBoolean());
        Assert.Single((await desk.ListAsync("?kind=origin")).GetProperty("rules").EnumerateArray());
        await desk.UnblockAsync(dropped);
        await desk.UnblockAsync(dropped);
        var past = (await desk.ListAsync("?removed=true")).GetProperty("rules").EnumerateArray().ToList();
        Assert.Equal(["replaced", "enough"], past.Select(rule => rule.GetProperty("removedReason").GetString()));
        Assert.All(past, rule => Assert.Equal(made.GetProperty("addedBy").GetString(), rule.GetProperty("removedBy").GetString()));
        Assert.Empty((await desk.ListAsync()).GetProperty("rules").EnumerateArray());

        var (first, second) = (await desk.BlockAsync("word", "one"), await desk.BlockAsync("word", "two"));
        var page = await desk.ListAsync("?limit=1");
        Assert.Equal(first.GetProperty("id").GetString(), Assert.Single(page.GetProperty("rules").EnumerateArray()).GetProperty("id").GetString());
        page = await desk.ListAsync($"?limit=1&cursor={page.GetProperty("next").GetString()}");
        Assert.Equal(second.GetProperty("id").GetString(), Assert.Single(page.GetProperty("rules").EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal(JsonValueKind.Null, page.GetProperty("next").ValueKind);
        var metrics = await server.Anyone.GetStringAsync("/metrics");
        Assert.Matches(@"(?m)^datt_policy_rules\S* 2\b", metrics);
        Assert.Matches(@"(?m)^datt_policy_hidden_contents\S* 0\b", metrics);
    }

    [Theory]
    [InlineData("""{"kind":"planet","value":"x","reason":"y"}""", "invalid_kind")]
    [InlineData("""{"value":"x","reason":"y"}""", "invalid_kind")]
    [InlineData("""{"kind":"word","reason":"y"}""", "invalid_value")]
    [InlineData("""{"kind":"word","value":"...","reason":"y"}""", "invalid_value")]
    [InlineData("""{"kind":"size","value":"x","reason":"y"}""", "invalid_value")]
    [InlineData("""{"kind":"word","value":"x"}""", "invalid_reason")]
    [InlineData("""{"kind":"word","value":"x","reason":"y","drop":true}""", "invalid_drop")]
    [InlineData("""{"kind":"origin","value":"{self}","reason":"y","drop":true}""", "invalid_drop")]
    public async Task What_cannot_be_a_rule_is_refused(string body, string code)
    {
        await using var server = await ServerOnDisk.StartAsync();
        using var desk = await PolicyDesk.OpenAsync(server);
        using var content = new StringContent(body.Replace("{self}", Network.IdOf(server)), System.Text.Encoding.UTF8, "application/json");
        await Refused.WithAsync(await desk.Http.PostAsync(PolicyDesk.Path, content), HttpStatusCode.BadRequest, code);
        await Refused.WithAsync(await desk.Http.DeleteAsync($"{PolicyDesk.Path}/rule_nothing"), HttpStatusCode.NotFound, "not_found");
        await Refused.WithAsync(await desk.Http.GetAsync($"{PolicyDesk.Path}?value=x"), HttpStatusCode.BadRequest, "invalid_kind");
        await Refused.WithAsync(await desk.Http.GetAsync($"{PolicyDesk.Path}?cursor=eA"), HttpStatusCode.BadRequest, "invalid_cursor");
    }
}
