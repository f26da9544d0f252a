using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Datt.Paid.Nodes;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Server.Nodes;
using Datt.Paid.Server.Tests.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Server.Tests.Nodes;

/// <summary>What one server knows of the nodes of others.</summary>
public sealed class RemoteNodeTests
{
    private static readonly Dictionary<string, string?> Lan = new() { ["Datt:Federation:AllowPrivateAddresses"] = "true" };

    /// <summary>A server that asks only whom a test lets it ask: its own rounds would forget every server that no crawl has found.</summary>
    private static Task<ServerOnDisk> AskingAsync(TimeProvider? time = null) => ServerOnDisk.StartAsync(
        Lan, time, services => services.Remove(services.Single(s => s.ImplementationType == typeof(RemoteNodeWatch))));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nodes_of_another_server_are_known_as_they_come_change_and_go_also_after_its_restart()
    {
        await using var here = await AskingAsync();
        await using var there = await ServerOnDisk.StartAsync();
        using var customer = await there.NewCustomerAsync();
        var id = IdOf(there);
        Assert.Null(Online(here, id, "a"));
        await BeatAsync(customer, "a", "https://a.example/");
        Assert.Equal(RemoteReading.Done, await ReadAsync(here, there));
        Assert.Equal("https://a.example/", Online(here, id, "a"));
        Assert.Equal("offline", Online(here, id, "b"));
        Assert.Null(Online(here, "another-server", "a"));

        await BeatAsync(customer, "b", "https://b.example/");
        await BeatAsync(customer, "a", "https://a2.example/");
        await ReadAsync(here, there);
        Assert.Equal("https://a2.example/", Online(here, id, "a"));
        Assert.Equal("https://b.example/", Online(here, id, "b"));

        await customer.Http.DeleteAsync("/api/v1/nodes/a", Ct);
        await ReadAsync(here, there);
        Assert.Equal("offline", Online(here, id, "a"));

        // Its versions begin anew: what it knew before is forgotten, not kept as present.
        await there.RestartAsync();
        Assert.Equal(RemoteReading.Done, await ReadAsync(here, there));
        Assert.Equal("offline", Online(here, id, "b"));
    }

    [Fact]
    public async Task A_word_that_is_too_old_is_none()
    {
        var time = new WallClock("2026-11-22T12:00:00Z");
        await using var here = await AskingAsync(time);
        await using var there = await ServerOnDisk.StartAsync();
        using var customer = await there.NewCustomerAsync();
        await BeatAsync(customer, "a", "https://a.example/");
        await ReadAsync(here, there);
        time.Advance(TimeSpan.FromSeconds(54));
        Assert.Equal("https://a.example/", Online(here, IdOf(there), "a", time));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(Online(here, IdOf(there), "a", time));
    }

    [Fact]
    public async Task More_than_a_thousand_nodes_are_read_in_pages_and_listed_with_those_of_this_server()
    {
        await using var here = await AskingAsync();
        await using var there = await ServerOnDisk.StartAsync();
        using var customer = await there.NewCustomerAsync();
        using var own = await here.NewCustomerAsync();
        await BeatAsync(own, "own", "https://own.example/");
        // Written as they are claimed, but without a request for each.
        var registry = there.Services.GetRequiredService<NodeRegistry>();
        Assert.True(NodeEndpoints.TryCreate(["https://x.example/"], out var endpoints, out _));
        var names = Enumerable.Range(0, 1_203).Select(i => $"n{i:D4}").ToList();
        foreach (var name in names)
        {
            await registry.ClaimAsync(name, customer.AccountId, Ct);
            registry.Arrive(name, endpoints, null, TimeSpan.FromHours(1));
        }
        await ReadAsync(here, there);
        var network = await AllAsync(here, "/api/v1/network/nodes?limit=100");
        Assert.Equal(names.Select(n => (IdOf(there), n)).Append((IdOf(here), "own")).Order(), network.Order());
        Assert.Equal(1_204, network.Distinct().Count());
        Assert.Equal([(IdOf(here), "own")], await AllAsync(here, "/api/v1/network/nodes?server=" + IdOf(here)));
        Assert.Equal(1_203, (await AllAsync(there, "/federation/v1/nodes?limit=1000")).Count);
    }

    [Fact]
    public async Task A_poll_without_changes_costs_a_few_bytes_and_a_version_of_nobody_is_refused()
    {
        await using var there = await ServerOnDisk.StartAsync();
        using var customer = await there.NewCustomerAsync();
        await BeatAsync(customer, "a", "https://a.example/");
        var first = await there.Anyone.GetFromJsonAsync<JsonElement>("/federation/v1/nodes", Ct);
        var since = "/federation/v1/nodes?since=" + first.GetProperty("version").GetString();
        await BeatAsync(customer, "a", "https://a.example/");
        Assert.True((await there.Anyone.GetStringAsync(since, Ct)).Length < 100);
        await customer.Http.DeleteAsync("/api/v1/nodes/a", Ct);
        var changes = await there.Anyone.GetFromJsonAsync<JsonElement>(since, Ct);
        Assert.False(Assert.Single(changes.GetProperty("nodes").EnumerateArray()).GetProperty("online").GetBoolean());
        await Refused.WithAsync(there.Anyone.GetAsync("/federation/v1/nodes?since=0000000000000000.1", Ct), HttpStatusCode.Gone, "cursor_expired");
        await Refused.WithAsync(there.Anyone.GetAsync("/federation/v1/nodes?since=x", Ct), HttpStatusCode.BadRequest, "invalid_since");
    }

    [Fact]
    public async Task A_liar_speaks_for_itself_alone_and_nonsense_changes_nothing()
    {
        await using var here = await AskingAsync();
        await using var honest = await ServerOnDisk.StartAsync();
        using var customer = await honest.NewCustomerAsync();
        await BeatAsync(customer, "a", "https://a.example/");
        await ReadAsync(here, honest);
        var answer = $$"""
            {"nodes":[{"nodeId":"a","server":"{{IdOf(honest)}}","online":true,"endpoints":["https://liar.example/"]},{"nodeId":"../x","online":true},
            null,{"nodeId":"c","online":true,"endpoints":["javascript://x/"],"kind":"\u0000"}],"next":null,"version":"v1"}
            """;
        await using var liar = await OtherAsync(_ => (200, answer));
        var reader = here.Services.GetRequiredService<RemoteNodeReader>();
        Assert.Equal(RemoteReading.Done, await reader.ReadAsync("liar", new Uri(liar.Urls.First()), Ct));
        Assert.Equal("https://a.example/", Online(here, IdOf(honest), "a"));
        Assert.Equal("https://liar.example/", Online(here, "liar", "a"));
        Assert.Equal("offline", Online(here, "liar", "../x"));
        Assert.Equal("", Online(here, "liar", "c"));

        answer = "{\"nodes\":7}";
        Assert.Equal(RemoteReading.Wrong, await reader.ReadAsync("liar", new Uri(liar.Urls.First()), Ct));
        Assert.Equal("https://liar.example/", Online(here, "liar", "a"));
    }

    [Fact]
    public async Task Pages_without_end_are_cut_and_what_is_missing_is_unknown()
    {
        await using var here = await AskingAsync();
        var page = 0;
        await using var endless = await OtherAsync(_ =>
            (200, $$"""{"nodes":[{"nodeId":"n{{Interlocked.Increment(ref page)}}","online":true,"endpoints":[]}],"next":"c{{page}}","version":"v"}"""));
        var reader = here.Services.GetRequiredService<RemoteNodeReader>();
        Assert.Equal(RemoteReading.Done, await reader.ReadAsync("endless", new Uri(endless.Urls.First()), Ct));
        Assert.Equal("", Online(here, "endless", "n1"));
        Assert.Null(Online(here, "endless", "absent"));
        Assert.InRange(page, 2, 1_000);
    }

    [Fact]
    public async Task A_server_that_hangs_holds_up_no_other()
    {
        await using var here = await AskingAsync();
        await using var there = await ServerOnDisk.StartAsync();
        using var customer = await there.NewCustomerAsync();
        await BeatAsync(customer, "a", "https://a.example/");
        using var release = new SemaphoreSlim(0);
        await using var hanging = await OtherAsync(_ =>
        {
            release.Wait(TimeSpan.FromSeconds(20), Ct);
            return (500, "");
        });
        FollowedServer[] servers = [new("hanging", new Uri(hanging.Urls.First())), new(IdOf(there), there.Address)];
        var follower = new RemoteNodeFollower(
            here.Services.GetRequiredService<RemoteNodeReader>(), here.Services.GetRequiredService<RemoteNodes>(), () => servers, TimeProvider.System);
        var step = follower.StepAsync(Ct);
        await Eventually.HoldsAsync(() => Task.FromResult(Online(here, IdOf(there), "a") is not null), "the other server was read");
        Assert.False(step.IsCompleted);
        release.Release();
        await step;
    }

    private static string IdOf(ServerOnDisk server) => server.Services.GetRequiredService<ServerKey>().Id;

    private static Task<RemoteReading> ReadAsync(ServerOnDisk reader, ServerOnDisk of) =>
        reader.Services.GetRequiredService<RemoteNodeReader>().ReadAsync(IdOf(of), of.Address, Ct);

    /// <summary>The endpoints in one string, "offline", or null where nobody knows.</summary>
    private static string? Online(ServerOnDisk server, string id, string node, TimeProvider? time = null) =>
        server.Services.GetRequiredService<RemoteNodes>().IsOnline(id, node, (time ?? TimeProvider.System).GetUtcNow(), out var endpoints) switch
        {
            true => string.Join(' ', endpoints.Urls),
            false => "offline",
            null => null,
        };

    private static async Task BeatAsync(Customer customer, string node, string endpoint) => Assert.Equal(
        HttpStatusCode.NoContent, (await customer.Http.PutAsJsonAsync("/api/v1/nodes/" + node, new { endpoints = new[] { endpoint } }, Ct)).StatusCode);

    private static async Task<List<(string, string)>> AllAsync(ServerOnDisk server, string path)
    {
        var all = new List<(string, string)>();
        string? cursor = null;
        do
        {
            var page = await server.Anyone.GetFromJsonAsync<JsonElement>($"{path}{(path.Contains('?') ? "&" : "?")}cursor={cursor}", Ct);
            all.AddRange(page.GetProperty("nodes").EnumerateArray().Select(n => (n.GetProperty("server").GetString()!, n.GetProperty("nodeId").GetString()!)));
            cursor = page.GetProperty("next").GetString();
        }
        while (cursor is not null);
        return all;
    }

    private static async Task<WebApplication> OtherAsync(Func<HttpContext, (int Status, string Body)> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.Run(context =>
        {
            var (status, body) = answer(context);
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(body, Ct);
        });
        await app.StartAsync(Ct);
        return app;
    }
}
