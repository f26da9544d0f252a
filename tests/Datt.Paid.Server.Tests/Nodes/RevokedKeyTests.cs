using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Server.Tests.Signalling;

namespace Datt.Paid.Server.Tests.Nodes;

/// <summary>Sockets that a key opened end when it is revoked; those of the account's other keys go on.</summary>
public sealed class RevokedKeyTests(SharedServer shared)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_presence_ends_with_its_key_and_the_node_is_offline()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        var (id, key) = await NewKeyAsync(customer);
        var (lost, kept) = (SharedServer.NewWord(), SharedServer.NewWord());
        using var revoked = await OpenAsync(lost, key);
        using var other = await OpenAsync(kept, customer.ApiKey);
        Assert.Equal((true, true), (await IsOnlineAsync(lost), await IsOnlineAsync(kept)));

        Assert.Equal(HttpStatusCode.NoContent, (await customer.Http.DeleteAsync($"/api/v1/account/keys/{id}", Ct)).StatusCode);
        var buffer = new byte[200];
        while (revoked.State == WebSocketState.Open)
            await revoked.ReceiveAsync(buffer, Ct);
        Assert.Equal((WebSocketCloseStatus.PolicyViolation, "unauthorized: this key was revoked."), (revoked.CloseStatus, revoked.CloseStatusDescription));
        await Eventually.HoldsAsync(async () => !await IsOnlineAsync(lost), "the node is offline");
        await other.SendAsync(Encoding.UTF8.GetBytes("""{"endpoints":[]}"""), WebSocketMessageType.Text, true, Ct);
        Assert.Equal(WebSocketMessageType.Text, (await other.ReceiveAsync(buffer, Ct)).MessageType);
        Assert.True(await IsOnlineAsync(kept));
        using var again = new ClientWebSocket();
        again.Options.SetRequestHeader("Authorization", "Bearer " + key);
        await Assert.ThrowsAsync<WebSocketException>(() => again.ConnectAsync(At(lost), Ct));
    }

    [Fact]
    public async Task A_peer_is_closed_with_its_key_and_its_name_is_free_for_the_accounts_other_keys()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        var (id, key) = await NewKeyAsync(customer);
        var node = SharedServer.NewWord();
        await using var revoked = await PeerClient.OpenAsync(shared.Server.Address, node, key);
        await using var other = await PeerClient.OpenAsync(shared.Server.Address, SharedServer.NewWord(), customer.ApiKey);
        Assert.Equal(HttpStatusCode.NoContent, (await customer.Http.DeleteAsync($"/api/v1/account/keys/{id}", Ct)).StatusCode);
        Assert.Equal("closed", await revoked.TypeAsync());
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, revoked.CloseStatus);
        await using var own = await PeerClient.OpenAsync(shared.Server.Address, node, customer.ApiKey);
        await other.SendAsync("OFFER", node);
        Assert.Equal("OFFER", await own.TypeAsync());
    }

    private Uri At(string node) => new($"ws://{shared.Server.Address.Authority}/api/v1/nodes/{node}/presence");

    private async Task<ClientWebSocket> OpenAsync(string node, string key)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer " + key);
        await socket.ConnectAsync(At(node), Ct);
        await socket.SendAsync(Encoding.UTF8.GetBytes("""{"endpoints":[]}"""), WebSocketMessageType.Text, true, Ct);
        await socket.ReceiveAsync(new byte[200], Ct);
        return socket;
    }

    private async Task<bool> IsOnlineAsync(string node)
    {
        var list = await shared.Server.Anyone.GetFromJsonAsync<JsonElement>("/api/v1/nodes?limit=1000", Ct);
        return list.GetProperty("nodes").EnumerateArray().Single(n => n.GetProperty("nodeId").GetString() == node).GetProperty("online").GetBoolean();
    }

    private static async Task<(string Id, string Key)> NewKeyAsync(Customer customer)
    {
        var made = await customer.Http.PostAsJsonAsync("/api/v1/account/keys", new { name = "a node", scopes = new[] { "announce" } }, Ct);
        var key = await made.Content.ReadFromJsonAsync<JsonElement>(Ct);
        return (key.GetProperty("id").GetString()!, key.GetProperty("apiKey").GetString()!);
    }
}
