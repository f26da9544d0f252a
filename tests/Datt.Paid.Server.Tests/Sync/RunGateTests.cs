using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Datt.Paid.Catalog;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Sync.Exchange;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Sync;

/// <summary>Who gets bytes of runs from a real server.</summary>
public class RunGateTests
{
    private const string Federation = "Datt:Federation:Access";

    [Fact]
    public async Task Where_runs_are_sold_a_subscriber_with_the_right_key_gets_them_and_nobody_else()
    {
        await using var server = await ServerOnDisk.StartAsync(new() { [Federation] = "Paid", ["Datt:Search:Access"] = "Free" });
        using var customer = await server.NewCustomerAsync();
        var run = await RunAsync(server, customer);

        var refused = await server.Anyone.GetAsync($"/federation/v1/runs/{run}");
        Assert.Equal(HttpStatusCode.PaymentRequired, refused.StatusCode);
        var problem = await refused.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("payment_required", problem.GetProperty("code").GetString());
        Assert.Equal("0.25", problem.GetProperty("price").GetProperty("amount").GetString());
        Assert.StartsWith("http", problem.GetProperty("subscribeUrl").GetString(), StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.Forbidden, (await customer.Http.GetAsync($"/federation/v1/runs/{run}")).StatusCode); // without the scope
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.With("datt_nonsense").GetAsync($"/federation/v1/runs/{run}")).StatusCode);
        using var key = await KeyAsync(server, customer);
        Assert.Equal(HttpStatusCode.PaymentRequired, (await key.GetAsync($"/federation/v1/runs/{run}")).StatusCode);
        await customer.SubscribeAsync();
        Assert.Equal(HttpStatusCode.OK, (await key.GetAsync($"/federation/v1/runs/{run}")).StatusCode);
        Assert.Equal(HttpStatusCode.PaymentRequired, (await server.Anyone.GetAsync($"/federation/v1/runs/{run}")).StatusCode);

        // Its card says what it asks for, although searching is free.
        var card = await server.Anyone.GetFromJsonAsync<JsonElement>("/api/v1/server");
        Assert.Equal("0.25", card.GetProperty("price").GetProperty("amount").GetString());
    }

    [Fact]
    public async Task Heads_and_manifests_are_free_and_so_are_sixty_four_leaves_a_day()
    {
        await using var server = await ServerOnDisk.StartAsync(new() { [Federation] = "Paid" });
        using var customer = await server.NewCustomerAsync();
        var run = await RunAsync(server, customer);
        Assert.Equal(HttpStatusCode.OK, (await server.Anyone.GetAsync("/federation/v1/feeds")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.Anyone.GetAsync($"/federation/v1/feeds/{Network.IdOf(server)}/manifest")).StatusCode);
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 66; i++)
            answers.Add((await server.Anyone.GetAsync($"/federation/v1/runs/{run}/proof?leaf=0")).StatusCode);
        Assert.Equal(64, answers.Count(status => status == HttpStatusCode.OK));
        Assert.Equal([HttpStatusCode.PaymentRequired, HttpStatusCode.PaymentRequired], answers[64..]);
    }

    [Fact]
    public async Task Where_runs_are_exchanged_the_pool_is_spent_and_then_Retry_After_is_told()
    {
        await using var server = await ServerOnDisk.StartAsync(new() { [Federation] = "Reciprocal", ["Datt:Federation:Exchange:PoolPerDay"] = "8000" });
        using var customer = await server.NewCustomerAsync();
        var run = await RunAsync(server, customer);
        Assert.Equal(HttpStatusCode.PartialContent, (await RangeAsync(server, run, 600)).StatusCode);
        Assert.Equal(7_400, server.Services.GetRequiredService<RunAdmission>().PoolLeft(DateTimeOffset.UtcNow));
        var refused = await RangeAsync(server, run, 600); // an eighth of the pool for one address
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("quota_exceeded", (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        Assert.Equal(HttpStatusCode.PartialContent, (await RangeAsync(server, run, 400)).StatusCode);
    }

    [Fact]
    public async Task What_went_both_ways_is_counted_by_server_and_outlives_a_restart()
    {
        await using var network = await Network.LineAsync(2, new() { ["Datt:Search:Access"] = "Free", [Federation] = "Reciprocal" });
        await network.CompleteAsync();
        using var customer = await network[0].NewCustomerAsync();
        await customer.AnnounceAsync("node", "sha256:one", new { title = "Given away" });
        await Eventually.HoldsAsync(
            async () => (await network[1].Anyone.GetFromJsonAsync<JsonElement>("/api/v1/search?q=given")).GetProperty("hits").GetArrayLength() == 1, "the other finds it");

        var (giver, taker) = (Totals(network[0], network[1]), Totals(network[1], network[0]));
        Assert.True(giver.Given > 0);
        Assert.Equal(giver.Given, taker.Taken);
        Assert.Equal(giver.Given, giver.Covered); // nothing was taken for it: it came from the pool
        await network[0].RestartAsync();
        Assert.Equal(giver.Given, Totals(network[0], network[1]).Given);
        await network[1].RestartAsync();
        Assert.Equal(taker.Taken, Totals(network[1], network[0]).Taken);

        var metrics = await network[1].Anyone.GetStringAsync("/metrics");
        var line = metrics.Split('\n').Single(l => l.StartsWith("datt_sync_bytes_total{", StringComparison.Ordinal) && l.Contains("taken", StringComparison.Ordinal));
        Assert.Contains(Network.IdOf(network[0]), line, StringComparison.Ordinal);
        Assert.Equal($"{taker.Taken}", line[line.LastIndexOf('}')..].Trim().Split(' ')[1]);
    }

    private static PeerTotals Totals(ServerOnDisk at, ServerOnDisk of) =>
        at.Services.GetRequiredService<RunAdmission>().Peers().Single(peer => peer.ServerId == Network.IdOf(of));

    private static async Task<HttpResponseMessage> RangeAsync(ServerOnDisk server, string run, int bytes)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/federation/v1/runs/{run}") { Headers = { Range = new RangeHeaderValue(0, bytes - 1) } };
        return await server.Anyone.SendAsync(request);
    }

    private static async Task<HttpClient> KeyAsync(ServerOnDisk server, Customer customer)
    {
        var made = await customer.Http.PostAsJsonAsync("/api/v1/account/keys", new { name = "peer", scopes = new[] { "federation" } });
        var json = await made.Content.ReadFromJsonAsync<JsonElement>();
        return server.With((json.TryGetProperty("key", out var key) ? key : json.GetProperty("apiKey")).GetString()!);
    }

    private static async Task<string> RunAsync(ServerOnDisk server, Customer customer)
    {
        await customer.BulkAsync("node", [.. Enumerable.Range(0, 300).Select(i => $$"""{"contentId":"c{{i}}","title":"Title {{Guid.NewGuid()}}"}""")]);
        var catalog = server.Services.GetRequiredService<ContentCatalog>();
        await catalog.SealAsync();
        return server.Services.GetRequiredService<Paid.Sync.FeedShelf>().All.Single().Manifest!.Manifest.Runs[0].Id.ToString();
    }
}
