using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Datt.Paid.Federation;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;
using CampaignRun = Datt.Paid.Server.Tests.Campaigns.CampaignRun;

namespace Datt.Paid.Server.Tests.Federation;

/// <summary>Real servers that find each other over real sockets.</summary>
public sealed class NetworkTests(ITestOutputHelper output)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Servers_in_a_line_of_bootstraps_all_find_each_other()
    {
        var count = CampaignRun.Full ? 50 : 5;
        var clock = new WallClock("2026-11-22T12:00:00Z");
        await using var network = await Network.LineAsync(count, new() { ["Datt:Federation:CrawlInterval"] = "00:10:00" }, clock);
        var rounds = 0;
        for (; !network.IsComplete; rounds++)
        {
            Assert.True(rounds < count - 1 + 3, $"After {rounds} rounds some servers do not know each other.");
            await network.RoundAsync();
            clock.Advance(TimeSpan.FromMinutes(10));
        }
        var requests = network.Servers.Select(server => server.Services.GetRequiredService<Crawler>().Requests).ToList();
        var line = $"{count} servers in a line: everybody knows everybody {rounds} rounds after the start (diameter {count - 1}); " +
            $"requests per server {requests.Average():F0} on average, {requests.Max()} at most";
        output.WriteLine(line);
        Console.WriteLine(line);
        // A card, a greeting and some pages for each other server and round, twice because greetings are followed too.
        Assert.All(requests, sent => Assert.InRange(sent, 1, 8 * count * (rounds + 2)));
    }

    [Fact]
    public async Task Cards_are_passed_on_as_they_were_signed_in_pages()
    {
        await using var network = await Network.LineAsync(4);
        await network.CompleteAsync();
        var seen = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var text = await network[0].Anyone.GetStringAsync($"/federation/v1/servers?limit=2&cursor={cursor}", Ct);
            using var page = JsonDocument.Parse(text);
            foreach (var card in page.RootElement.GetProperty("servers").EnumerateArray())
            {
                var raw = Encoding.UTF8.GetBytes(card.GetRawText());
                Assert.True(SignedCard.TryRead(raw, out var read, out var fault), fault.ToString());
                seen.Add(read.Card.Id);
            }
            cursor = page.RootElement.GetProperty("next").GetString();
        }
        Assert.Equal(network.Servers.Skip(1).Select(Network.IdOf).Order(StringComparer.Ordinal), seen);

        var listed = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await network[0].Anyone.GetFromJsonAsync<JsonElement>($"/rendezvous?limit=1&cursor={cursor}", Ct);
            var only = Assert.Single(page.GetProperty("servers").EnumerateArray());
            listed.Add(only.GetProperty("id").GetString()!);
            Assert.Equal("Paid", only.GetProperty("search").GetProperty("access").GetString());
            cursor = page.GetProperty("next").GetString();
        }
        Assert.Equal(Network.IdOf(network[0]), listed[0]);
        Assert.Equal(network.Servers.Select(Network.IdOf).Order(), listed.Order());
        var later = await network[0].Anyone.GetFromJsonAsync<JsonElement>("/federation/v1/servers?since=2999-01-01T00:00:00Z", Ct);
        Assert.Empty(later.GetProperty("servers").EnumerateArray());
    }

    [Fact]
    public async Task A_list_of_servers_is_a_place_to_start_from_and_what_was_found_outlives_a_restart()
    {
        await using var network = await Network.StartAsync(
            3, (index, before) => index == 2 ? [new Uri(before[0].Address, "/rendezvous").ToString()] : index == 1 ? [before[0].Address.ToString()] : []);
        await network.CompleteAsync();
        await network[2].Services.GetRequiredService<CrawlStore>().SaveAsync(network[2].Services.GetRequiredService<Crawler>(), Ct);
        await network[0].StopAsync();
        await network[2].RestartAsync();
        await Eventually.HoldsAsync(
            () => Task.FromResult(network[2].Services.GetRequiredService<ServerDirectory>().All.Count == 2), "the servers known before are known again");
    }

    [Fact]
    public async Task A_greeting_is_taken_when_its_card_is_signed_and_listed_only_when_its_url_gives_that_card()
    {
        await using var network = await Network.StartAsync(2, (_, _) => []);
        using var wrong = new StringContent("{\"id\":\"x\"}", Encoding.UTF8, "application/json");
        await Refused.WithAsync(network[0].Anyone.PostAsync("/federation/v1/servers", wrong, Ct), HttpStatusCode.BadRequest, "invalid_card");
        using var huge = new StringContent(new string(' ', 100_000), Encoding.UTF8, "application/json");
        await Refused.WithAsync(network[0].Anyone.PostAsync("/federation/v1/servers", huge, Ct), HttpStatusCode.RequestEntityTooLarge, "record_too_large");

        using var stranger = ServerKey.Create();
        var card = (await CardAsync(network[1])).Card;
        var forged = SignedCard.Sign(card with { Id = stranger.Id, PublicKey = Convert.ToBase64String(stranger.PublicKey.Spki.Span) }, stranger);
        Assert.Equal(HttpStatusCode.Accepted, await GreetAsync(network[0], forged.Utf8.ToArray()));
        Assert.Equal(HttpStatusCode.Accepted, await GreetAsync(network[0], (await CardAsync(network[1])).Utf8.ToArray()));
        await Eventually.HoldsAsync(() => Task.FromResult(network.IsComplete), "the greeted server fetched the card and greeted back");
        Assert.False(network[0].Services.GetRequiredService<ServerDirectory>().TryGet(stranger.Id, out _));
    }

    private static async Task<SignedCard> CardAsync(ServerOnDisk server)
    {
        Assert.True(SignedCard.TryRead(await server.Anyone.GetByteArrayAsync("/api/v1/server", Ct), out var card, out _));
        return card;
    }

    private static async Task<HttpStatusCode> GreetAsync(ServerOnDisk server, byte[] card)
    {
        using var body = new ByteArrayContent(card);
        body.Headers.ContentType = new("application/json");
        using var answer = await server.Anyone.PostAsync("/federation/v1/servers", body, Ct);
        return answer.StatusCode;
    }
}
