using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Datt.Paid.Catalog;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Sync;
using Datt.Paid.Sync.Store;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Sync;

/// <summary>Real servers that follow each other's feeds over real sockets.</summary>
public class SwarmTests
{
    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Datt:Search:Access"] = "Free",
        ["Datt:Sync:PollInterval"] = "00:00:02",
    };

    [Fact]
    public async Task What_is_announced_anywhere_is_found_everywhere_and_gone_everywhere_when_it_is_withdrawn()
    {
        await using var network = await Network.LineAsync(4, Settings);
        await network.CompleteAsync();
        using var customer = await network[1].NewCustomerAsync();
        (await customer.AnnounceAsync("node-1", "sha256:feed", new { title = "A walk through Paris", label = "travel" })).EnsureSuccessStatusCode();
        foreach (var server in network.Servers)
            await FindsAsync(server, "paris", "sha256:feed");
        await AgreeAsync(network.Servers);

        var hit = (await network[3].Anyone.GetFromJsonAsync<JsonElement>("/api/v1/search?q=paris")).GetProperty("hits")[0];
        var holder = hit.GetProperty("holders")[0];
        Assert.Equal("node-1", holder.GetProperty("nodeId").GetString());
        Assert.Equal(Network.IdOf(network[1]), holder.GetProperty("server").GetString());

        (await customer.Http.DeleteAsync("/api/v1/content/sha256:feed?node=node-1")).EnsureSuccessStatusCode();
        foreach (var server in network.Servers)
            await FindsAsync(server, "paris");
        await AgreeAsync(network.Servers);
    }

    [Fact]
    public async Task A_newcomer_gets_everything_and_keeps_it_over_a_restart()
    {
        await using var network = await Network.LineAsync(2, Settings);
        await network.CompleteAsync();
        using var customer = await network[0].NewCustomerAsync();
        // Many runs, so that some are merged before the newcomer comes.
        for (var i = 0; i < 20; i++)
        {
            await customer.BulkAsync("node-1", [.. Enumerable.Range(0, 50).Select(n => $$"""{"contentId":"c{{i}}-{{n}}","title":"Number {{n}} of batch{{i}}"}""")]);
            await network[0].Services.GetRequiredService<ContentCatalog>().SealAsync();
        }
        var newcomer = await network.AddAsync([network[1].Address.ToString()], Settings);
        await FindsManyAsync(newcomer, "batch19", 50);
        await AgreeAsync(network.Servers);
        Assert.Equal(1_000, newcomer.Services.GetRequiredService<ContentCatalog>().Figures.Records);

        await newcomer.RestartAsync();
        await FindsManyAsync(newcomer, "batch3", 50);
        Assert.Equal(1_000, newcomer.Services.GetRequiredService<ContentCatalog>().Figures.Records);
        await AgreeAsync(network.Servers);
    }

    [Fact]
    public async Task A_run_that_is_damaged_on_the_disk_is_found_fetched_again_and_never_served()
    {
        await using var network = await Network.LineAsync(3, Settings);
        await network.CompleteAsync();
        using var customer = await network[0].NewCustomerAsync();
        await customer.BulkAsync("node-1", [.. Enumerable.Range(0, 500).Select(n => $$"""{"contentId":"c{{n}}","title":"Number {{n}}"}""")]);
        await FindsManyAsync(network[1], "number", 100);
        await AgreeAsync(network.Servers);
        var feed = network[1].Services.GetRequiredService<FeedStore>().All.Single(f => f.Origin == Network.IdOf(network[0]));
        var run = feed.Held[0];
        var good = await File.ReadAllBytesAsync(run.Path, TestContext.Current.CancellationToken);
        var bad = good.ToArray();
        bad[^40] ^= 1;
        await File.WriteAllBytesAsync(run.Path, bad, TestContext.Current.CancellationToken);

        var answer = await network[1].Anyone.GetAsync($"/federation/v1/runs/{run.Info.Id}", HttpCompletionOption.ResponseHeadersRead);
        Assert.NotEqual(HttpStatusCode.OK, answer.StatusCode);
        await Eventually.HoldsAsync(async () =>
        {
            using var again = await network[1].Anyone.GetAsync($"/federation/v1/runs/{run.Info.Id}");
            return again.IsSuccessStatusCode && (await again.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(good);
        }, "the run is whole again");
    }

    internal static Task FindsAsync(ServerOnDisk server, string query, params string[] contents) => Eventually.HoldsAsync(async () =>
    {
        var answer = await server.Anyone.GetFromJsonAsync<JsonElement>($"/api/v1/search?q={query}&match=all&limit=100");
        var found = answer.GetProperty("hits").EnumerateArray().Select(h => h.GetProperty("contentId").GetString()!).Order().ToArray();
        return found.SequenceEqual(contents.Order());
    }, $"{server.Address} finds {string.Join(", ", contents)} for {query}");

    private static Task FindsManyAsync(ServerOnDisk server, string query, int least) => Eventually.HoldsAsync(async () =>
    {
        var answer = await server.Anyone.GetFromJsonAsync<JsonElement>($"/api/v1/search?q={query}&match=all&limit=100");
        return answer.GetProperty("hits").GetArrayLength() >= least;
    }, () => $"{server.Address} finds {least} for {query}; it has {server.Services.GetRequiredService<ContentCatalog>().Figures.Records} records, " +
        string.Join("; ", server.Services.GetRequiredService<SyncFigures>().Origins.Select(o => $"{o.Key[..6]} {o.Value}")));

    /// <summary>All show the same heads.</summary>
    internal static Task AgreeAsync(IReadOnlyList<ServerOnDisk> servers) => Eventually.HoldsAsync(
        () => Task.FromResult(servers.Select(s => s.Services.GetRequiredService<HeadVector>().Digest).Distinct().Count() == 1),
        () => "all digests are equal: " + string.Join(" | ", servers.Select(s => string.Join(", ", s.Services.GetRequiredService<HeadVector>().All.Select(h => $"{h.Head.Origin[..6]} v{h.Head.Version}")))));
}
