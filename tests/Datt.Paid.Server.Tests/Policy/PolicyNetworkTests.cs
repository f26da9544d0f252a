using System.Net.Http.Json;
using System.Text.Json;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Policy;

/// <summary>Servers of different opinion show different things and agree on every feed.</summary>
public sealed class PolicyNetworkTests
{
    [Fact]
    public async Task A_blocked_origin_is_hidden_here_and_the_feeds_stay_equal()
    {
        await using var network = await Network.LineAsync(2, new() { ["Datt:Search:Access"] = "Free", ["Datt:Sync:PollInterval"] = "00:00:02", ["Datt:Policy:CountInterval"] = "00:00:01" });
        await network.CompleteAsync();
        var origin = Network.IdOf(network[0]);
        using var theirs = await network[0].NewCustomerAsync();
        using var ours = await network[1].NewCustomerAsync();
        using var desk = await PolicyDesk.OpenAsync(network[1]);
        await theirs.AnnounceAsync("n", "both", new { title = "shared thing", summary = "as they say" });
        await theirs.AnnounceAsync("m", "both", new { title = "shared thing", summary = "as they say" });
        await theirs.AnnounceAsync("n", "alone", new { title = "lonely thing" });
        await ours.AnnounceAsync("n", "both", new { title = "shared thing", summary = "as we say" });
        await ours.FindsAsync("q=thing", "both", "alone");
        await Eventually.HoldsAsync(async () => await HoldersAsync(ours) == 3, "all three holders are known");

        var rule = await desk.BlockAsync("origin", origin);
        Assert.Equal(["both"], Customer.IdsOf(await ours.SearchAsync("q=thing")));
        Assert.Equal(1, await HoldersAsync(ours));
        Assert.Equal("as we say", (await ours.Http.GetFromJsonAsync<JsonElement>("/api/v1/content/both")).GetProperty("summary").GetString());
        await theirs.AnnounceAsync("n", "later", new { title = "later thing" });
        await theirs.FindsAsync("q=thing", "both", "alone", "later");
        await SameHeadsAsync(network);
        await desk.SettledAsync();
        await ours.FindsAsync("q=thing", "both");
        await Eventually.HoldsAsync(
            async () => await desk.ListAsync() is var list && (list.GetProperty("hiddenContents").GetInt64(), list.GetProperty("hiddenRecords").GetInt64()) == (2, 4),
            "two contents and all four records of the blocked origin are counted");

        await desk.UnblockAsync(rule);
        await ours.FindsAsync("q=thing", "both", "alone", "later");
        Assert.Equal(3, await HoldersAsync(ours));
        await SameHeadsAsync(network);
    }

    private static async Task<int> HoldersAsync(Customer customer) =>
        (await customer.Http.GetFromJsonAsync<JsonElement>("/api/v1/content/both")).GetProperty("holderCount").GetInt32();

    private static Task SameHeadsAsync(Network network) => Eventually.HoldsAsync(
        async () =>
        {
            var (here, there) = (await HeadsAsync(network[0]), await HeadsAsync(network[1]));
            return here.Length == 2 && here.SequenceEqual(there);
        }, "both show the same heads of both feeds");

    private static async Task<string[]> HeadsAsync(ServerOnDisk server) =>
    [
        .. (await server.Anyone.GetFromJsonAsync<JsonElement>("/federation/v1/feeds")).GetProperty("feeds").EnumerateArray()
            .Select(feed => $"{feed.GetProperty("origin")} {feed.GetProperty("version")} {feed.GetProperty("manifest")}").Order(),
    ];
}
