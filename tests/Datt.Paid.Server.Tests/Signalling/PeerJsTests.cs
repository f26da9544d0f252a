using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Signalling;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Signalling;

/// <summary>The PeerJS server protocol as its clients see it, over real connections.</summary>
public class PeerJsTests(SharedServer shared)
{
    private Uri Address => shared.Server.Address;

    private SignalFigures Figures => shared.Server.Services.GetRequiredService<SignalHub>().Figures;

    private static string NewId() => "p-" + Guid.NewGuid().ToString("N");

    [Fact]
    public async Task The_server_makes_ids_as_clients_ask_for_them()
    {
        var ids = new[] { await IdAsync(), await IdAsync() };
        Assert.All(ids, id => Assert.True(PeerId.IsLegal(id)));
        Assert.NotEqual(ids[0], ids[1]);

        Task<string> IdAsync() => shared.Server.Anyone.GetStringAsync("/peerjs/id?ts=17637630000.123&version=1.5.5");
    }

    [Fact]
    public async Task Two_peers_exchange_a_call_and_nobody_can_speak_in_anothers_name()
    {
        var (a, b) = (NewId(), NewId());
        await using var alice = await PeerClient.OpenAsync(Address, a);
        await using var bob = await PeerClient.OpenAsync(Address, b);
        await alice.SendAsync("OFFER", b, """{"sdp":"v=0 é","connectionId":"dc_1"}""", src: "somebody-else");
        var offer = (await bob.ReadAsync())!;
        Assert.Equal(("OFFER", a, b, "v=0 é"), ((string)offer["type"]!, (string)offer["src"]!, (string)offer["dst"]!, (string)offer["payload"]!["sdp"]!));
        await bob.SendAsync("ANSWER", a);
        await bob.SendAsync("CANDIDATE", a);
        Assert.Equal("ANSWER", await alice.TypeAsync());
        Assert.Equal("CANDIDATE", await alice.TypeAsync());
    }

    [Fact]
    public async Task A_call_to_an_absent_peer_expires_in_the_name_of_that_peer()
    {
        var (a, absent) = (NewId(), NewId());
        await using var alice = await PeerClient.OpenAsync(Address, a);
        await alice.SendAsync("OFFER", absent);
        var expire = (await alice.ReadAsync())!;
        Assert.Equal(("EXPIRE", absent, a), ((string)expire["type"]!, (string)expire["src"]!, (string)expire["dst"]!));
    }

    [Theory]
    [InlineData("", "token", "peerjs", "No id, token, or key supplied to websocket server")]
    [InlineData("id", "", "peerjs", "No id, token, or key supplied to websocket server")]
    [InlineData("id", "token", "", "No id, token, or key supplied to websocket server")]
    [InlineData("id", "token", "other", "Invalid key provided")]
    [InlineData("i/d", "token", "peerjs", "This id cannot be used")]
    public async Task A_request_that_cannot_be_is_answered_by_an_error_and_a_close(string id, string token, string key, string message)
    {
        await using var client = await PeerClient.ConnectAsync(Address, id, token, key);
        var error = (await client.ReadAsync())!;
        Assert.Equal("ERROR", (string)error["type"]!);
        Assert.StartsWith(message, (string)error["payload"]!["msg"]!, StringComparison.Ordinal);
        Assert.Null(await client.ReadAsync());
    }

    [Fact]
    public async Task A_taken_id_is_refused_and_the_same_token_takes_it_over()
    {
        var id = NewId();
        await using var first = await PeerClient.OpenAsync(Address, id, "first");
        await using var other = await PeerClient.ConnectAsync(Address, id, "other");
        Assert.Equal("ID-TAKEN", await other.TypeAsync());
        Assert.Equal("closed", await other.TypeAsync());
        await using var again = await PeerClient.OpenAsync(Address, id, "first");
        Assert.Equal("closed", await first.TypeAsync());
        await again.SendAsync("OFFER", id);
        Assert.Equal("OFFER", await again.TypeAsync());
    }

    [Fact]
    public async Task An_id_is_free_again_when_its_connection_breaks()
    {
        var id = NewId();
        var first = await PeerClient.OpenAsync(Address, id, "first");
        await first.DisposeAsync();
        await Eventually.HoldsAsync(
            async () =>
            {
                await using var second = await PeerClient.ConnectAsync(Address, id, "second");
                return await second.TypeAsync() == "OPEN";
            }, "the id is free");
    }

    [Fact]
    public async Task A_megabyte_is_refused_with_an_error_and_1009_and_others_notice_nothing()
    {
        var (a, b) = (NewId(), NewId());
        await using var alice = await PeerClient.OpenAsync(Address, a);
        await using var bob = await PeerClient.OpenAsync(Address, b);
        var before = Figures.TooLargeCount;
        await alice.SendAsync("OFFER", b, $"\"{new string('x', 1 << 20)}\"");
        Assert.Equal("ERROR", await alice.TypeAsync());
        Assert.Equal("closed", await alice.TypeAsync());
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, alice.CloseStatus);
        await bob.SendAsync("OFFER", b);
        Assert.Equal("OFFER", await bob.TypeAsync());
        Assert.True(Figures.TooLargeCount > before);
    }

    [Fact]
    public async Task A_nodes_name_opens_only_with_a_key_of_its_account()
    {
        var owner = await shared.Server.NewCustomerAsync();
        var stranger = await shared.Server.NewCustomerAsync();
        var node = "n" + NewId();
        using (var client = shared.Server.With(owner.ApiKey))
            Assert.Equal(HttpStatusCode.NoContent, (await client.PutAsJsonAsync($"/api/v1/nodes/{node}", new { endpoints = Array.Empty<string>() })).StatusCode);

        await using var anybody = await PeerClient.ConnectAsync(Address, node);
        Assert.Equal("ID-TAKEN", await anybody.TypeAsync());
        await using var other = await PeerClient.ConnectAsync(Address, node, stranger.ApiKey);
        Assert.Equal("ID-TAKEN", await other.TypeAsync());
        await using var own = await PeerClient.OpenAsync(Address, node, owner.ApiKey);
        await using var wrong = await PeerClient.ConnectAsync(Address, NewId(), owner.ApiKey[..^1] + (owner.ApiKey[^1] == 'a' ? 'b' : 'a'));
        Assert.Equal("ERROR", await wrong.TypeAsync());
    }

    [Fact]
    public async Task Peers_are_listed_for_clients_that_ask()
    {
        var id = NewId();
        await using var alice = await PeerClient.OpenAsync(Address, id);
        var found = false;
        for (var page = "/peerjs/peers?limit=2"; page is not null && !found;)
        {
            var answer = await shared.Server.Anyone.GetAsync(page);
            var ids = (await answer.Content.ReadFromJsonAsync<string[]>())!;
            Assert.InRange(ids.Length, 0, 2);
            found = ids.Contains(id);
            page = answer.Headers.TryGetValues("Link", out var link) ? link.Single().Split('<', '>')[1] : null;
        }
        Assert.True(found);
    }

    [Fact]
    public async Task An_operator_sees_what_happened_and_others_do_not()
    {
        var customer = await shared.Server.NewCustomerAsync();
        using var client = shared.Server.With(customer.ApiKey);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync("/api/v1/admin/signalling")).StatusCode);
    }

    [Fact]
    public async Task A_plain_request_to_the_sockets_address_is_a_wrong_request()
    {
        var answer = await shared.Server.Anyone.GetAsync("/peerjs?key=peerjs&id=a&token=b");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }
}
