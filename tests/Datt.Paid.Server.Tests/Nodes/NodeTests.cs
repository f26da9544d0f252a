using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Datt.Paid.Server.Jobs;
using Datt.Paid.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Nodes;

public class NodeTests(SharedServer shared)
{
    [Fact]
    public async Task A_node_is_online_until_its_time_is_over_or_it_leaves()
    {
        var time = new WallClock("2026-11-22T12:00:00Z");
        await using var server = await ServerOnDisk.StartAsync(time: time);
        using var customer = await server.NewCustomerAsync();
        await PutAsync(customer, "n1", """{"endpoints":["wss://n1.example/"],"ttlSeconds":10}""");
        await PutAsync(customer, "n2", """{"endpoints":[]}""");
        Assert.Equal([("n1", true), ("n2", true)], await OnlineAsync(server));
        time.Advance(TimeSpan.FromSeconds(9));
        await PutAsync(customer, "n1", """{"endpoints":["wss://n1.example/"],"ttlSeconds":10}""");
        time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal([("n1", true), ("n2", true)], await OnlineAsync(server));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal([("n1", false), ("n2", true)], await OnlineAsync(server));
        Assert.Equal(HttpStatusCode.NoContent, (await customer.Http.DeleteAsync("/api/v1/nodes/n2")).StatusCode);
        Assert.Equal([("n1", false), ("n2", false)], await OnlineAsync(server));

        var card = await server.Anyone.GetFromJsonAsync<JsonElement>("/api/v1/server");
        Assert.Equal(2, card.GetProperty("nodes").GetProperty("known").GetInt32());
    }

    [Theory]
    [InlineData("{}", "invalid_endpoints")]
    [InlineData("""{"endpoints":["not a url"]}""", "invalid_endpoints")]
    [InlineData("""{"endpoints":["/relative"]}""", "invalid_endpoints")]
    [InlineData("""{"endpoints":["javascript://x/%0aalert(1)"]}""", "invalid_endpoints")]
    [InlineData("""{"endpoints":["file:///etc/passwd"]}""", "invalid_endpoints")]
    [InlineData("""{"endpoints":["https://exa mple/"]}""", "invalid_endpoints")]
    [InlineData("""{"endpoints":[null]}""", "invalid_endpoints")]
    [InlineData("""{"endpoints":"https://x/"}""", "invalid_endpoints")]
    [InlineData("""{"endpoints":[],"ttlSeconds":9}""", "invalid_ttl_seconds")]
    [InlineData("""{"endpoints":[],"ttlSeconds":86401}""", "invalid_ttl_seconds")]
    [InlineData("""{"endpoints":[],"ttlSeconds":"60"}""", "invalid_ttl_seconds")]
    [InlineData("""{"endpoints":[],"kind":"a\u0000b"}""", "invalid_kind")]
    public async Task A_bad_presence_names_its_field(string body, string code)
    {
        using var customer = await shared.Server.NewCustomerAsync();
        await Refused.WithAsync(
            customer.Http.PutAsync("/api/v1/nodes/bad-presence", new StringContent(body, Encoding.UTF8, "application/json")), HttpStatusCode.BadRequest, code);
    }

    [Theory]
    [InlineData("a%20b")]
    [InlineData("%C3%A4")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public async Task A_bad_name_is_refused(string node)
    {
        using var customer = await shared.Server.NewCustomerAsync();
        await Refused.WithAsync(
            customer.Http.PutAsJsonAsync("/api/v1/nodes/" + node, new { endpoints = Array.Empty<string>() }), HttpStatusCode.BadRequest, "invalid_node");
    }

    [Fact]
    public async Task A_node_belongs_to_the_account_that_used_it_first_also_after_a_restart()
    {
        await using var server = await ServerOnDisk.StartAsync();
        using var first = await server.NewCustomerAsync();
        using var second = await server.NewCustomerAsync();
        // Announcing is enough to own a node; presence is not asked for.
        await first.AnnounceAsync("mine", "c:1", new { title = "x" });
        await IsTakenAsync(second.Http);
        await server.RestartAsync();
        using var later = server.With(second.ApiKey);
        await IsTakenAsync(later);
        using var owner = server.With(first.ApiKey);
        Assert.Equal(HttpStatusCode.NoContent, (await owner.DeleteAsync("/api/v1/content/c:1?node=mine")).StatusCode);
    }

    [Fact]
    public async Task Nodes_are_listed_in_pages()
    {
        await using var server = await ServerOnDisk.StartAsync();
        using var customer = await server.NewCustomerAsync();
        string[] names = ["a", "B", "c.d", "e-f", "g_h"];
        foreach (var name in names)
            await PutAsync(customer, name, """{"endpoints":["https://h.example/"]}""");
        await customer.AnnounceAsync("a", "c:1", new { title = "x" });
        var seen = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await server.Anyone.GetFromJsonAsync<JsonElement>($"/api/v1/nodes?limit=2&cursor={cursor}");
            seen.AddRange(page.GetProperty("nodes").EnumerateArray());
            cursor = page.GetProperty("next").GetString();
        }
        while (cursor is not null);
        Assert.Equal(names.Order(StringComparer.Ordinal), seen.Select(n => n.GetProperty("nodeId").GetString()));
        Assert.Equal(1, seen.Single(n => n.GetProperty("nodeId").GetString() == "a").GetProperty("records").GetInt32());
        var card = await server.Anyone.GetFromJsonAsync<JsonElement>("/api/v1/server");
        Assert.All(seen, n => Assert.Equal(card.GetProperty("id").GetString(), n.GetProperty("server").GetString()));
        await Refused.WithAsync(server.Anyone.GetAsync("/api/v1/nodes?limit=1001"), HttpStatusCode.BadRequest, "invalid_limit");
        await Refused.WithAsync(server.Anyone.GetAsync("/api/v1/nodes?cursor=%FF%FF"), HttpStatusCode.BadRequest, "invalid_cursor");
    }

    [Fact]
    public async Task Records_of_a_node_unseen_for_long_are_deleted_and_others_stay()
    {
        var time = new WallClock("2026-11-22T12:00:00Z");
        await using var server = await ServerOnDisk.StartAsync(new() { ["Datt:Catalog:ForgetAfter"] = "10.00:00:00", ["Datt:Search:Access"] = "Free" }, time);
        using var customer = await server.NewCustomerAsync();
        await customer.AnnounceAsync("gone", "c:gone", new { title = "forgotten" });
        await customer.AnnounceAsync("here", "c:here", new { title = "remembered" });
        time.Advance(TimeSpan.FromDays(9));
        await PutAsync(customer, "here", """{"endpoints":[]}""");
        // The time it was seen must outlive a restart.
        await server.RestartAsync();
        time.Advance(TimeSpan.FromDays(2));
        await server.Services.GetRequiredService<ServerJobs>().ForgetAsync(CancellationToken.None);
        await Refused.WithAsync(server.Anyone.GetAsync("/api/v1/content/c:gone"), HttpStatusCode.NotFound, "not_found");
        Assert.Equal(HttpStatusCode.OK, (await server.Anyone.GetAsync("/api/v1/content/c:here")).StatusCode);
    }

    private static async Task IsTakenAsync(HttpClient client)
    {
        var presence = new { endpoints = Array.Empty<string>() };
        await Refused.WithAsync(client.PutAsJsonAsync("/api/v1/nodes/mine", presence), HttpStatusCode.Forbidden, "node_taken");
        await Refused.WithAsync(client.DeleteAsync("/api/v1/nodes/mine"), HttpStatusCode.Forbidden, "node_taken");
        await Refused.WithAsync(client.PutAsJsonAsync("/api/v1/content/c:2?node=mine", new { title = "x" }), HttpStatusCode.Forbidden, "node_taken");
        await Refused.WithAsync(client.DeleteAsync("/api/v1/content/c:1?node=mine"), HttpStatusCode.Forbidden, "node_taken");
        await Refused.WithAsync(client.PostAsync("/api/v1/content/bulk?node=mine", Customer.Ndjson("{}")), HttpStatusCode.Forbidden, "node_taken");
    }

    private static async Task PutAsync(Customer customer, string node, string body) => Assert.Equal(
        HttpStatusCode.NoContent, (await customer.Http.PutAsync("/api/v1/nodes/" + node, new StringContent(body, Encoding.UTF8, "application/json"))).StatusCode);

    private static async Task<List<(string?, bool)>> OnlineAsync(ServerOnDisk server) =>
        [.. (await server.Anyone.GetFromJsonAsync<JsonElement>("/api/v1/nodes")).GetProperty("nodes").EnumerateArray()
            .Select(n => (n.GetProperty("nodeId").GetString(), n.GetProperty("online").GetBoolean()))];
}
