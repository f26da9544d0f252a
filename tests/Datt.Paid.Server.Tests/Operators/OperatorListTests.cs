using System.Net.Http.Json;
using System.Text.Json;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Server.Tests.Signalling;

namespace Datt.Paid.Server.Tests.Operators;

/// <summary>What an operator's key is shown of servers, peers, feeds and payments.</summary>
public sealed class OperatorListTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_address_of_a_server_is_listed_once_in_pages_with_its_state()
    {
        // One that is no server, and one that is.
        await using var network = await Network.StartAsync(
            2, (index, before) => index == 0 ? [] : [before[0].Address.ToString(), new Uri(before[0].Address, "/api").ToString()]);
        await network.CompleteAsync();
        using var client = network[1].With(await OperatorOf.KeyAsync(network[1]));
        JsonElement page = default;
        await Eventually.HoldsAsync(
            async () => (page = await client.GetFromJsonAsync<JsonElement>("/api/v1/admin/servers", Ct)).GetProperty("unproven").GetInt32() == 1
                && page.GetProperty("servers").EnumerateArray().All(server => server.GetProperty("state").GetString() == "alive" || server.GetProperty("failures").GetInt32() > 0),
            "both addresses were visited");
        Assert.Equal((1, 0, 0), (page.GetProperty("alive").GetInt32(), page.GetProperty("silent").GetInt32(), page.GetProperty("refused").GetInt32()));
        Assert.InRange(page.GetProperty("requests").GetInt64(), 2, long.MaxValue);

        var seen = new List<JsonElement>();
        for (string? cursor = ""; cursor is not null;)
        {
            var part = await client.GetFromJsonAsync<JsonElement>($"/api/v1/admin/servers?limit=1&cursor={cursor}", Ct);
            seen.Add(Assert.Single(part.GetProperty("servers").EnumerateArray()));
            cursor = part.GetProperty("next").GetString();
        }
        Assert.Equal(2, seen.Count);
        var alive = seen.Single(server => server.GetProperty("state").GetString() == "alive");
        Assert.Equal((Network.IdOf(network[0]), "server 0", 0), (alive.GetProperty("id").GetString(), alive.GetProperty("name").GetString(), alive.GetProperty("failures").GetInt32()));
        Assert.True(alive.GetProperty("nextDue").GetDateTimeOffset() > alive.GetProperty("lastSeen").GetDateTimeOffset());
        Assert.True(alive.GetProperty("latencyMs").GetDouble() > 0);
        var other = seen.Single(server => server.GetProperty("id").ValueKind == JsonValueKind.Null);
        Assert.Equal(("bootstrap", JsonValueKind.String), (other.GetProperty("source").GetString(), other.GetProperty("problem").ValueKind));
    }

    [Fact]
    public async Task Peers_feeds_and_traffic_are_shown_as_they_are()
    {
        await using var server = await ServerOnDisk.StartAsync();
        using var client = server.With(await OperatorOf.KeyAsync(server));
        await using var alice = await PeerClient.OpenAsync(server.Address, "alice");
        await using var bob = await PeerClient.OpenAsync(server.Address, "bob");
        await alice.SendAsync("OFFER", "bob");
        Assert.Equal("OFFER", await bob.TypeAsync());
        await using var taken = await PeerClient.ConnectAsync(server.Address, "bob", "another token");
        Assert.Equal("ID-TAKEN", await taken.TypeAsync());
        var signalling = await client.GetFromJsonAsync<JsonElement>("/api/v1/admin/signalling", Ct);
        Assert.Equal((2, 2, 1), (signalling.GetProperty("peers").GetInt32(), signalling.GetProperty("opened").GetInt32(), signalling.GetProperty("relayed").GetInt32()));
        Assert.Equal(1, signalling.GetProperty("refusals").GetProperty("taken").GetInt32());

        using var customer = await server.NewCustomerAsync();
        await customer.BulkAsync("n", """{"contentId":"c:1","title":"one"}""", """{"contentId":"c:2","title":"two"}""");
        await Eventually.HoldsAsync(
            async () =>
            {
                var feeds = await client.GetFromJsonAsync<JsonElement>("/api/v1/admin/feeds", Ct);
                return feeds.GetProperty("feeds").EnumerateArray().ToList() is [var own]
                    && own.GetProperty("origin").GetString() == Network.IdOf(server) && own.GetProperty("records").GetInt64() == 2;
            },
            "the own feed is shown with its two records");
        var peers = await client.GetFromJsonAsync<JsonElement>("/api/v1/admin/peers", Ct);
        Assert.Equal("Free", peers.GetProperty("access").GetString());
        Assert.Empty(peers.GetProperty("peers").EnumerateArray());
        var payments = await client.GetFromJsonAsync<JsonElement>("/api/v1/admin/payments", Ct);
        Assert.Equal("Sandbox", payments.GetProperty("provider").GetString());
    }
}
