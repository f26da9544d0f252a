using System.Net;
using System.Text.Json;
using Datt.Paid.Catalog;
using Datt.Paid.Cli.Commands;
using Datt.Paid.Server.Tests.Cli;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Sync;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Sync;

/// <summary>What people see of real servers that follow each other: their feeds, and whether they have what they claim.</summary>
public sealed class FeedAuditTests
{
    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Datt:Search:Access"] = "Free",
        ["Datt:Sync:PollInterval"] = "00:00:02",
    };

    [Fact]
    public async Task A_server_that_follows_all_others_passes_its_audit_and_one_that_does_not_fails_it()
    {
        await using var network = await Network.LineAsync(2, Settings);
        var alone = await network.AddAsync([network[0].Address.ToString()], new(Settings) { ["Datt:Sync:Follow"] = "false" });
        await network.CompleteAsync();
        await AnnounceAsync(network[0], "paris", 400);
        await AnnounceAsync(network[1], "berlin", 100);
        await HasAsync(network[0], 500);
        await HasAsync(network[1], 500);
        using var auditor = new Terminal(network[0].Address);

        var good = await auditor.JsonAsync("audit", network[1].Address.ToString(), "--seed", "1");
        Assert.Equal("supported", good.GetProperty("verdict").GetString());
        Assert.Equal(500, good.GetProperty("networkRecords").GetInt32());
        Assert.Equal((64, 64), Counts(good.GetProperty("producible")));
        Assert.Equal((32, 32), Counts(good.GetProperty("searchable").GetProperty("estimate")));

        // It knows the others by their cards alone, and has nothing of its own.
        var report = await AuditAsync(auditor, alone);
        Assert.Equal((0, 64), Counts(report.Json.GetProperty("producible")));
        Assert.Equal(0, report.Json.GetProperty("producible").GetProperty("share").GetDouble());
        Assert.Equal(report.Json.GetProperty("claimed").GetProperty("ratio").GetDouble() > 0.06 ? 1 : 0, report.Exit);
    }

    [Fact]
    public async Task An_audit_is_free_up_to_64_leaves_a_day_and_says_so_when_no_more_are_given()
    {
        await using var network = await Network.LineAsync(2, new(Settings) { ["Datt:Federation:Access"] = "Paid" });
        await network.CompleteAsync();
        await AnnounceAsync(network[0], "paris", 3_000, 700);
        using var auditor = new Terminal(network[1].Address);
        var (exit, json) = await AuditAsync(auditor, network[0], "--leaves", "128");
        Assert.Equal(2, exit);
        Assert.Equal("notMeasured", json.GetProperty("verdict").GetString());
        Assert.Contains("payment_required", json.GetProperty("cutShort").GetString(), StringComparison.Ordinal);
        Assert.True(Counts(json.GetProperty("producible")).Found >= 64);
    }

    [Fact]
    public async Task Feeds_are_shown_to_anybody_and_how_far_they_are_to_the_operator()
    {
        await using var network = await Network.LineAsync(2, Settings);
        await network.CompleteAsync();
        await AnnounceAsync(network[0], "paris", 50);
        await HasAsync(network[1], 50);
        await SwarmTests.AgreeAsync(network.Servers);
        using var anybody = new Terminal(network[1].Address);
        var shown = await anybody.JsonAsync("feeds");
        var feed = Assert.Single(shown.GetProperty("feeds").EnumerateArray(), f => f.GetProperty("records").GetInt32() > 0);
        Assert.Equal((Network.IdOf(network[0]), "server 0", 50), (feed.GetProperty("origin").GetString(), feed.GetProperty("name").GetString(), feed.GetProperty("records").GetInt32()));
        Assert.True(feed.GetProperty("signed").GetBoolean());
        Assert.Equal(JsonValueKind.Null, feed.GetProperty("lagSeconds").ValueKind);
        Assert.Equal(shown.GetProperty("digest").GetString(), (await anybody.JsonAsync("feeds", network[0].Address.ToString())).GetProperty("digest").GetString());
        Assert.Contains("server 0", (await anybody.RunAsync("feeds")).Out, StringComparison.Ordinal);

        var (_, json, text) = await AsOperatorAsync(network[1], "feeds");
        var standing = json.GetProperty("feeds").EnumerateArray().Single(f => f.GetProperty("origin").GetString() == Network.IdOf(network[0]));
        Assert.Equal((0, 0), (standing.GetProperty("lagSeconds").GetDouble(), standing.GetProperty("lagRecords").GetInt64()));
        var report = json.GetProperty("report");
        Assert.True(report.GetProperty("verifiedBytes").GetInt64() > 0);
        Assert.Equal(Network.IdOf(network[0]), report.GetProperty("peers")[0].GetProperty("server").GetString());
        Assert.Contains("got", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operator_blocks_forgets_and_fetches_an_origin()
    {
        await using var network = await Network.LineAsync(2, Settings);
        await network.CompleteAsync();
        await AnnounceAsync(network[0], "paris", 50);
        var (server, origin) = (network[1], Network.IdOf(network[0]));
        await HasAsync(server, 50);
        await SwarmTests.AgreeAsync(network.Servers);
        var key = await OperatorOf.KeyAsync(server);

        Assert.Equal("blocked", (await AsOperatorAsync(server, key, "operator", "feeds", "block", origin, "--reason", "spam")).Json.GetProperty("outcome").GetString());
        var (_, shown, _) = await AsOperatorAsync(server, key, "feeds");
        Assert.True(shown.GetProperty("feeds").EnumerateArray().Single(f => f.GetProperty("origin").GetString() == origin).GetProperty("blocked").GetBoolean());
        await SwarmTests.FindsAsync(server, "paris7");
        Assert.Equal("unblocked", (await AsOperatorAsync(server, key, "operator", "feeds", "unblock", origin)).Json.GetProperty("outcome").GetString());
        Assert.Equal("notBlocked", (await AsOperatorAsync(server, key, "operator", "feeds", "unblock", origin)).Json.GetProperty("outcome").GetString());
        await SwarmTests.FindsAsync(server, "paris7", "paris-7");

        Assert.Equal("fetching", (await AsOperatorAsync(server, key, "operator", "feeds", "fetch", origin)).Json.GetProperty("outcome").GetString());
        await HasAsync(server, 50);
        await SwarmTests.AgreeAsync(network.Servers);
        await network[0].StopAsync();
        Assert.Equal("forgotten", (await AsOperatorAsync(server, key, "operator", "feeds", "forget", origin)).Json.GetProperty("outcome").GetString());
        await HasAsync(server, 0);

        Assert.Equal(2, (await AsOperatorAsync(server, key, "operator", "feeds", "forget", "nobody")).Exit);
        Assert.Equal(2, (await AsOperatorAsync(server, key, "operator", "feeds", "fetch", Network.IdOf(server))).Exit);
        using var anybody = new Terminal(server.Address);
        Assert.Equal(3, (await anybody.RunAsync("operator", "feeds", "forget", origin)).Exit);
    }

    [Fact]
    public async Task What_an_operator_drops_goes_at_once_and_comes_back_when_he_wants_it_again()
    {
        await using var network = await Network.LineAsync(2, Settings);
        await network.CompleteAsync();
        await AnnounceAsync(network[0], "paris", 50);
        var (server, origin) = (network[1], Network.IdOf(network[0]));
        await HasAsync(server, 50);
        await SwarmTests.AgreeAsync(network.Servers);
        var run = network[0].Services.GetRequiredService<ContentCatalog>().Manifest!.Manifest.Runs[0].Id;
        Assert.True((await server.Anyone.GetAsync($"/federation/v1/runs/{run}")).IsSuccessStatusCode);
        var key = await OperatorOf.KeyAsync(server);

        await AsOperatorAsync(server, key, "operator", "feeds", "block", origin, "--reason", "too big", "--drop");
        await HasAsync(server, 0);
        // Its records go first, then the files they came from.
        await Eventually.HoldsAsync(
            async () => (await server.Anyone.GetAsync($"/federation/v1/runs/{run}")).StatusCode == HttpStatusCode.NotFound, () => "the run is not given away any more");
        var (_, shown, _) = await AsOperatorAsync(server, key, "feeds");
        var feed = shown.GetProperty("feeds").EnumerateArray().Single(f => f.GetProperty("origin").GetString() == origin);
        Assert.Equal((true, 0, 50), (feed.GetProperty("blocked").GetBoolean(), feed.GetProperty("lagRecords").GetInt32(), feed.GetProperty("records").GetInt32()));
        // The head stays, so both still agree on what there is.
        await SwarmTests.AgreeAsync(network.Servers);
        Assert.Contains($"datt_feeds_lag_seconds{{", await server.Anyone.GetStringAsync("/metrics"), StringComparison.Ordinal);

        await AsOperatorAsync(server, key, "operator", "feeds", "unblock", origin);
        await HasAsync(server, 50);
        await SwarmTests.FindsAsync(server, "paris7", "paris-7");
    }

    [Fact]
    public async Task A_server_without_any_feed_says_what_to_do()
    {
        await using var server = await ServerOnDisk.StartAsync(Settings);
        using var anybody = new Terminal(server.Address);
        var (exit, text, error) = await anybody.RunAsync("feeds");
        Assert.True(exit == 0, error);
        Assert.Contains("datt share", text, StringComparison.Ordinal);
        (exit, text, _) = await anybody.RunAsync("audit", server.Address.ToString());
        Assert.Equal(0, exit);
        Assert.Contains("nothing to audit", text, StringComparison.Ordinal);
    }

    private static async Task AnnounceAsync(ServerOnDisk server, string word, int count, int noise = 0)
    {
        using var customer = await server.NewCustomerAsync();
        await customer.BulkAsync($"node-{word}", [.. Enumerable.Range(0, count).Select(i =>
            $$"""{"contentId":"{{word}}-{{i}}","title":"{{word}}{{i}}","summary":"{{Noise(i, noise)}}"}""")]);
        await server.Services.GetRequiredService<ContentCatalog>().SealAsync();
    }

    /// <summary>What zstd cannot make small.</summary>
    private static string Noise(int seed, int bytes)
    {
        var random = new byte[bytes];
        new Random(seed).NextBytes(random);
        return Convert.ToBase64String(random);
    }

    private static Task HasAsync(ServerOnDisk server, int records) => Eventually.HoldsAsync(
        () => Task.FromResult(server.Services.GetRequiredService<ContentCatalog>().Figures.Records == records),
        () => $"{server.Address} has {records} records; it has {server.Services.GetRequiredService<ContentCatalog>().Figures.Records}: " +
            string.Join("; ", server.Services.GetRequiredService<SyncFigures>().Origins.Select(o => $"{o.Key[..6]} {o.Value}")));

    private static (int Found, int Sampled) Counts(JsonElement estimate) => (estimate.GetProperty("found").GetInt32(), estimate.GetProperty("sampled").GetInt32());

    private static async Task<(int Exit, JsonElement Json)> AuditAsync(Terminal auditor, ServerOnDisk server, params string[] more)
    {
        var (exit, text, error) = await auditor.RunAsync(["audit", server.Address.ToString(), "--json", .. more]);
        Assert.True(text.Length > 0, error);
        return (exit, JsonDocument.Parse(text).RootElement);
    }

    private static async Task<(int Exit, JsonElement Json, string Text)> AsOperatorAsync(ServerOnDisk server, string arguments) =>
        await AsOperatorAsync(server, await OperatorOf.KeyAsync(server), arguments.Split(' '));

    private static async Task<(int Exit, JsonElement Json, string Text)> AsOperatorAsync(ServerOnDisk server, string key, params string[] arguments)
    {
        var (exit, json) = await RunAsync(server, key, [.. arguments, "--json"]);
        var text = arguments[0] == "operator" ? "" : (await RunAsync(server, key, arguments)).Out;
        return (exit, json.Length > 0 ? JsonDocument.Parse(json).RootElement : default, text);
    }

    private static async Task<(int Exit, string Out)> RunAsync(ServerOnDisk server, string key, string[] arguments)
    {
        using var output = new StringWriter();
        var exit = await CommandTree.RunAsync(arguments, new Surroundings
        {
            Out = output,
            Error = TextWriter.Null,
            RawOut = () => Stream.Null,
            Environment = name => name switch { "DATT_SERVER" => server.Address.ToString(), "DATT_API_KEY" => key, "XDG_CONFIG_HOME" => server.Directory, _ => null },
        }, TestContext.Current.CancellationToken);
        return (exit, output.ToString());
    }
}
