using System.Text.Json;
using Datt.Paid.Browser.Running;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Browser;

/// <summary>Nodes in two tabs at two servers, by the SDK that the servers serve.</summary>
public class SdkTests(Chromium chromium)
{
    // Tab 1, at A: an account, a node, a megabyte that nobody has seen before.
    private const string Holder = """
        async ({ word, bytes }) => {
          const { Account, Node, Sha256 } = await import("/node-sdk/index.js");
          const account = await Account.open(location.origin, "holder");
          globalThis.node = new Node({ api: account.api });
          await node.start();
          const content = new Uint8Array(bytes);
          for (let at = 0; at < bytes; at += 65536) crypto.getRandomValues(content.subarray(at, at + 65536));
          const contentId = await node.share(new Blob([content], { type: "application/x-test" }), { title: "About " + word });
          return { contentId, key: account.api.apiKey, nodeId: node.nodeId, presence: node.presence.by };
        }
        """;

    // Tab 2, connected to B: subscribes and searches at A.
    private const string Reader = """
        async ({ searchAt, iceServers }) => {
          const sdk = await import("/node-sdk/index.js");
          globalThis.sdk = sdk;
          globalThis.account = await sdk.Account.open(searchAt, "reader");
          globalThis.search = new sdk.Search(account.api);
          globalThis.node = new sdk.Node({ api: new sdk.Api(location.origin) });
          await node.start();
          const refused = await search.page("anything").then(() => "found", (problem) => problem.code);
          const subscription = new sdk.Subscription(account.api);
          const invoice = await subscription.invoice(1);
          await subscription.paySandbox(invoice.id);
          const settled = await subscription.settled(invoice.id, { everyMs: 100 });
          return { refused, status: settled.status, state: (await account.state()).subscription.state };
        }
        """;

    private const string Fetch = """
        async (word) => {
          const began = performance.now();
          const page = await search.page(word);
          const progress = [];
          const { blob, nodeId, attempts } = await node.fetch(page.hits[0], { stallMs: 2000, seen: (received) => progress.push(received) });
          const ms = performance.now() - began;
          return { ms, nodeId, size: blob.size, type: blob.type, contentId: await sdk.contentIdOf(blob), steps: progress.length,
                   failures: attempts.map((attempt) => attempt.nodeId + " " + attempt.failure) };
        }
        """;

    [Fact]
    public async Task A_megabyte_goes_from_a_tab_at_one_server_to_a_tab_at_another_and_its_hash_is_verified()
    {
        await using var servers = await TwoServers.StartAsync();
        await using var holder = await chromium.OpenBlankAsync(servers.A.Address);
        await using var reader = await chromium.OpenBlankAsync(servers.B.Address);
        var shared = await holder.Page.EvaluateAsync<JsonElement>(Holder, new { word = "zanzibar", bytes = 1_000_000 });
        var access = await reader.Page.EvaluateAsync<JsonElement>(Reader, new { searchAt = servers.A.Address.ToString() });
        Assert.Equal("payment_required", access.GetProperty("refused").GetString());
        Assert.Equal("settled", access.GetProperty("status").GetString());
        Assert.Equal("active", access.GetProperty("state").GetString());
        await FindsAsync(reader, "zanzibar");

        var fetched = await reader.Page.EvaluateAsync<JsonElement>(Fetch, "zanzibar");

        Assert.Equal(1_000_000, fetched.GetProperty("size").GetInt32());
        Assert.Equal("application/x-test", fetched.GetProperty("type").GetString());
        Assert.Equal(shared.GetProperty("contentId").GetString(), fetched.GetProperty("contentId").GetString());
        Assert.Equal(shared.GetProperty("nodeId").GetString(), fetched.GetProperty("nodeId").GetString());
        Assert.True(fetched.GetProperty("steps").GetInt32() > 10, "Progress was told in fewer than ten steps.");
        TestContext.Current.SendDiagnosticMessage("{0}", Figure(fetched));
        TestContext.Current.TestOutputHelper?.WriteLine(Figure(fetched));
    }

    [Fact]
    public async Task Holders_that_are_gone_or_lie_are_passed_over()
    {
        await using var servers = await TwoServers.StartAsync();
        await using var holder = await chromium.OpenBlankAsync(servers.A.Address);
        await using var liar = await chromium.OpenBlankAsync(servers.A.Address);
        await using var reader = await chromium.OpenBlankAsync(servers.B.Address);
        var shared = await holder.Page.EvaluateAsync<JsonElement>(Holder, new { word = "quokka", bytes = 200_000 });
        var contentId = shared.GetProperty("contentId").GetString();
        // It announces the same content and sends other bytes; a third holder is present by a heartbeat and at no line.
        await liar.Page.EvaluateAsync("""
            async (contentId) => {
              const { Account, Node } = await import("/node-sdk/index.js");
              const account = await Account.open(location.origin, "liar");
              globalThis.node = new Node({ api: account.api, nodeId: "a-liar" });
              node.serving.find = async () => new Blob([new Uint8Array(200_000)]);
              await node.start();
              await node.announcement.put({ contentId, title: "About quokka" });
              const gone = new Node({ api: account.api, nodeId: "gone" });
              await account.api.call("PUT", "/api/v1/nodes/gone", { json: { endpoints: ["peerjs://" + location.host + "/gone"] } });
              await gone.announcement.put({ contentId, title: "About quokka" });
            }
            """, contentId);
        await reader.Page.EvaluateAsync<JsonElement>(Reader, new { searchAt = servers.A.Address.ToString() });
        await FindsAsync(reader, "quokka");
        // The order of holders is the server's; here the good one is asked last.
        var fetched = await reader.Page.EvaluateAsync<JsonElement>("""
            async (good) => {
              let hit;
              do hit = (await search.page("quokka")).hits[0]; while (hit.holders.length < 3);
              hit.holders.sort((a, b) => (a.nodeId === good) - (b.nodeId === good) || (a.nodeId < b.nodeId ? -1 : 1));
              const { blob, nodeId, attempts } = await node.fetch(hit);
              return { nodeId, contentId: await sdk.contentIdOf(blob), failures: attempts.map((a) => a.nodeId + " " + a.failure) };
            }
            """, shared.GetProperty("nodeId").GetString());
        Assert.Equal(shared.GetProperty("nodeId").GetString(), fetched.GetProperty("nodeId").GetString());
        Assert.Equal(contentId, fetched.GetProperty("contentId").GetString());
        Assert.Equal(["a-liar lied", "gone unreachable"], fetched.GetProperty("failures").EnumerateArray().Select(failure => failure.GetString()));
    }

    [Fact]
    public async Task A_node_serves_what_it_announced_and_nothing_else_and_comes_back_when_its_server_does()
    {
        await using var server = await ServerOnDisk.StartAsync(new() { ["urls"] = $"http://127.0.0.1:{FreePort()}" });
        await using var holder = await chromium.OpenBlankAsync(server.Address);
        await using var reader = await chromium.OpenBlankAsync(server.Address);
        var shared = await holder.Page.EvaluateAsync<JsonElement>(Holder, new { word = "okapi", bytes = 1_000 });
        var hidden = await holder.Page.EvaluateAsync<string>("async () => (await node.store.add(new Blob(['kept private']), { title: 'private' })).contentId");
        await reader.Page.EvaluateAsync<JsonElement>(Reader, new { searchAt = server.Address.ToString() });
        Assert.Equal("refused", await FetchAsync(reader, hidden, shared));

        await server.RestartAsync();

        // Both lines open again by themselves; then the call goes through.
        await holder.Page.WaitForFunctionAsync("() => node.signalling.isOpen");
        await reader.Page.WaitForFunctionAsync("() => node.signalling.isOpen");
        Assert.Equal("1000 bytes", await FetchAsync(reader, shared.GetProperty("contentId").GetString()!, shared));
    }

    private static Task<string> FetchAsync(Tab reader, string contentId, JsonElement holder) => reader.Page.EvaluateAsync<string>("""
        ({ contentId, nodeId }) => node.fetch({ contentId, holders: [{ nodeId, server: "", online: true, endpoints: ["peerjs://h/" + nodeId] }] })
          .then(({ blob }) => blob.size + " bytes", (fault) => fault.attempts[0].failure)
        """, new { contentId, nodeId = holder.GetProperty("nodeId").GetString() });

    private static Task FindsAsync(Tab tab, string word) => Eventually.HoldsAsync(
        () => tab.Page.EvaluateAsync<bool>("async (word) => (await search.page(word)).hits.length > 0", word), $"'{word}' is found");

    private static string Figure(JsonElement fetched) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"1 MB between two Chromium tabs on two servers, from the search to verified bytes: {fetched.GetProperty("ms").GetDouble() / 1000:0.00} s (goal: under 3 s)");

    private static int FreePort()
    {
        using var socket = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        socket.Start();
        return ((System.Net.IPEndPoint)socket.LocalEndpoint).Port;
    }
}
