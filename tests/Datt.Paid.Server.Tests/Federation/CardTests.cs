using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Federation;

public class CardTests(SharedServer shared)
{
    [Fact]
    public async Task The_card_is_signed_by_the_key_that_it_names()
    {
        var bytes = await shared.Server.Anyone.GetByteArrayAsync("/api/v1/server");
        Assert.True(SignedCard.TryRead(bytes, out var card, out var fault), fault.ToString());
        Assert.Equal(shared.Server.Address.ToString().TrimEnd('/'), card.Card.Url);
        var changed = System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(bytes).Replace("\"Paid\"", "\"Free\"", StringComparison.Ordinal));
        Assert.False(SignedCard.TryRead(changed, out _, out _));
    }

    [Theory]
    [InlineData("/rendezvous")]
    [InlineData("/rendezvouz")]
    public async Task The_list_names_this_server(string path)
    {
        var card = await shared.Server.Anyone.GetFromJsonAsync<JsonElement>("/api/v1/server");
        var list = await shared.Server.Anyone.GetFromJsonAsync<JsonElement>(path);
        var own = Assert.Single(list.GetProperty("servers").EnumerateArray());
        Assert.Equal(card.GetProperty("id").GetString(), own.GetProperty("id").GetString());
        Assert.Equal("Paid", own.GetProperty("search").GetProperty("access").GetString());
        Assert.Equal(JsonValueKind.Null, list.GetProperty("next").ValueKind);
    }

    [Fact]
    public async Task The_price_is_shown_with_how_it_comes_about()
    {
        var pricing = await shared.Server.Anyone.GetFromJsonAsync<JsonElement>("/api/v1/pricing");
        Assert.Equal("PerMillionRecords", pricing.GetProperty("model").GetString());
        Assert.Equal("0.25", pricing.GetProperty("monthly").GetProperty("amount").GetString());
        Assert.Equal("0.25", pricing.GetProperty("base").GetString());
        Assert.NotEmpty(pricing.GetProperty("history").EnumerateArray());
        Assert.EndsWith("Z", pricing.GetProperty("effectiveFrom").GetString());
    }

    [Fact]
    public async Task The_head_of_the_feed_moves_with_what_is_announced()
    {
        var word = SharedServer.NewWord();
        var before = (await shared.Server.Anyone.GetAsync("/federation/v1/feeds")).Headers.ETag;
        using var customer = await shared.Server.NewCustomerAsync();
        await customer.AnnounceAsync("n-" + word, "c:" + word, new { title = word });
        await Eventually.HoldsAsync(
            async () => !Equals((await shared.Server.Anyone.GetAsync("/federation/v1/feeds")).Headers.ETag, before), "the head has moved");
        Assert.NotEmpty((await shared.Server.Anyone.GetFromJsonAsync<JsonElement>("/federation/v1/nodes")).GetProperty("nodes").EnumerateArray());
        Assert.Empty((await shared.Server.Anyone.GetFromJsonAsync<JsonElement>("/federation/v1/servers")).GetProperty("servers").EnumerateArray());
    }

    [Fact]
    public async Task Pages_of_any_origin_may_call_without_cookies()
    {
        foreach (var path in new[] { "/api/v1/server", "/federation/v1/nodes", "/rendezvous", "/api/v1/search?q=x", "/api/v1/nothing" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("Origin", "https://app.example");
            using var response = await shared.Server.Anyone.SendAsync(request);
            Assert.Equal("*", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
            Assert.False(response.Headers.Contains("Access-Control-Allow-Credentials"));
        }
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/api/v1/content/x?node=n");
        preflight.Headers.Add("Origin", "https://app.example");
        preflight.Headers.Add("Access-Control-Request-Method", "PUT");
        preflight.Headers.Add("Access-Control-Request-Headers", "authorization,content-type");
        using var allowed = await shared.Server.Anyone.SendAsync(preflight);
        Assert.Equal(HttpStatusCode.NoContent, allowed.StatusCode);
        Assert.Contains("PUT", allowed.Headers.GetValues("Access-Control-Allow-Methods").Single());

        using var other = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        other.Headers.Add("Origin", "https://app.example");
        Assert.False((await shared.Server.Anyone.SendAsync(other)).Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("GET", "/nothing", HttpStatusCode.NotFound, "not_found")]
    [InlineData("GET", "/api/v1/nothing", HttpStatusCode.NotFound, "not_found")]
    [InlineData("DELETE", "/api/v1/server", HttpStatusCode.MethodNotAllowed, "method_not_allowed")]
    [InlineData("POST", "/api/v1/search", HttpStatusCode.MethodNotAllowed, "method_not_allowed")]
    public async Task What_does_not_exist_is_said_so(string method, string path, HttpStatusCode status, string code)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        await Refused.WithAsync(shared.Server.Anyone.SendAsync(request), status, code);
    }

    [Fact]
    public async Task Metrics_count_searches_and_announces()
    {
        var word = SharedServer.NewWord();
        using var customer = await shared.NewSubscriberAsync();
        await customer.AnnounceAsync("n-" + word, "c:" + word, new { title = word });
        await customer.SearchAsync("q=" + word);
        var before = await CountedAsync(shared.Server, 0);

        // Another server of this process has meters of the same names. Its figures are not ours, and neither is its end.
        await using (var other = await ServerOnDisk.StartAsync(new() { ["Datt:Search:Access"] = "Free" }))
        {
            using var there = await other.NewCustomerAsync();
            await there.AnnounceAsync("n-" + word, "c:" + word, new { title = word });
            await there.SearchAsync("q=" + word);
            await customer.SearchAsync("q=" + word);
            Assert.Equal(1, await CountedAsync(other, 0));
        }
        await customer.SearchAsync("q=" + word);
        await CountedAsync(shared.Server, before + 1);
    }

    /// <summary>Waits until all are shown and more searches were counted than given, and says how many; the exporter answers from a copy for a moment.</summary>
    private static async Task<double> CountedAsync(ServerOnDisk server, double more)
    {
        string[] names = ["datt_searches", "datt_search_duration", "datt_announces", "datt_records", "datt_nodes_online", "http_server_request_duration"];
        var (missing, searches) = (names, 0.0);
        await Eventually.HoldsAsync(
            async () =>
            {
                var metrics = await server.Anyone.GetStringAsync("/metrics");
                missing = [.. names.Where(name => !metrics.Contains(name, StringComparison.Ordinal))];
                searches = metrics.Split('\n').Where(line => line.StartsWith("datt_searches", StringComparison.Ordinal))
                    .Sum(line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
                return missing.Length == 0 && searches > more;
            },
            () => $"all are counted and more than {more} searches; missing {string.Join(", ", missing)}, searches {searches}");
        return searches;
    }
}
