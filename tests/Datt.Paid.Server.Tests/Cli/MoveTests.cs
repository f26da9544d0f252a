using System.Text.Json;
using Datt.Paid.Cli.Terminal;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Cli;

/// <summary>Nodes that go from one real server to another.</summary>
public sealed class MoveTests(SharedServer shared) : IAsyncLifetime
{
    private ServerOnDisk _other = null!;

    public async ValueTask InitializeAsync() => _other = await ServerOnDisk.StartAsync(new() { ["Datt:Search:Access"] = "Free" });

    public ValueTask DisposeAsync() => _other.DisposeAsync();

    [Fact]
    public async Task A_node_at_work_goes_over_with_its_records_and_leaves_nothing_behind()
    {
        var word = SharedServer.NewWord();
        using var me = new Terminal(shared.Server.Address);
        me.Write("texts/a.md", $"# {word}");
        await me.JsonAsync("account", "create");
        var node = "node-" + word;
        using var share = me.Start("share", me.Folder("texts"), "--node", node, "--label", "here", "--json");
        await Eventually.HoldsAsync(() => Task.FromResult(share.Out.Contains("\"event\":\"synced\"", StringComparison.Ordinal)), "the folder is announced");

        var moved = await me.JsonAsync("move", _other.Address.AbsoluteUri);
        Assert.Equal((node, 1), (moved.GetProperty("nodes")[0].GetProperty("node").GetString(), moved.GetProperty("nodes")[0].GetProperty("files").GetInt32()));
        await Eventually.HoldsAsync(async () => await NodeAsync(_other, node) is { } n && n.GetProperty("online").GetBoolean(), "the node is present at the new server");
        Assert.Contains("\"event\":\"moved\"", share.Out, StringComparison.Ordinal);
        var hit = (await me.JsonAsync("search", word, "--server", _other.Address.AbsoluteUri)).GetProperty("hits")[0];
        Assert.Equal("here", hit.GetProperty("label").GetString());
        var before = await NodeAsync(shared.Server, node);
        Assert.Equal((false, 0), (before!.Value.GetProperty("online").GetBoolean(), before.Value.GetProperty("records").GetInt32()));

        me.Write("texts/b.md", $"# More {word}");
        await Eventually.HoldsAsync(
            async () => (await me.JsonAsync("search", word, "--server", _other.Address.AbsoluteUri)).GetProperty("hits").GetArrayLength() == 2,
            "changes go to the new server");
        Assert.Equal(0, (await NodeAsync(shared.Server, node))!.Value.GetProperty("records").GetInt32());
        share.Interrupt();
        Assert.Equal(0, await share.Exit);
        // The command that ran for long has not undone what the other one wrote.
        var config = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(me.Folder("datt"), "config.json"), TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal(_other.Address.AbsoluteUri, config.GetProperty("server").GetString());
        Assert.Equal(_other.Address.AbsoluteUri, Assert.Single(config.GetProperty("shares").EnumerateArray()).GetProperty("server").GetString());
    }

    [Fact]
    public async Task Nothing_changes_when_the_new_server_does_not_answer_or_the_folder_is_gone()
    {
        var word = SharedServer.NewWord();
        using var me = new Terminal(shared.Server.Address);
        me.Write("texts/a.md", $"# {word}");
        await me.JsonAsync("account", "create");
        var node = "node-" + word;
        await me.JsonAsync("share", me.Folder("texts"), "--once", "--node", node);

        Assert.Equal((int)ExitCode.Unavailable, (await me.RunAsync("move", "http://127.0.0.1:1/")).Exit);
        Assert.Equal((int)ExitCode.Usage, (await me.RunAsync("move", shared.Server.Address.AbsoluteUri)).Exit);
        Assert.Equal((int)ExitCode.Usage, (await me.RunAsync("move")).Exit);
        Assert.Equal(1, (await NodeAsync(shared.Server, node))!.Value.GetProperty("records").GetInt32());

        Directory.Delete(me.Folder("texts"), recursive: true);
        var (exit, text, _) = await me.RunAsync("move", _other.Address.AbsoluteUri, "--json");
        Assert.Equal((int)ExitCode.Failure, exit);
        Assert.Equal(1, JsonDocument.Parse(text).RootElement.GetProperty("missing").GetArrayLength());
        Assert.Equal(1, (await NodeAsync(shared.Server, node))!.Value.GetProperty("records").GetInt32());
    }

    [Fact]
    public async Task A_name_that_is_taken_there_becomes_another_one_and_keep_leaves_the_records()
    {
        var word = SharedServer.NewWord();
        using var me = new Terminal(shared.Server.Address);
        me.Write("texts/a.md", $"# {word}");
        await me.JsonAsync("account", "create");
        var node = "node-" + word;
        await me.JsonAsync("share", me.Folder("texts"), "--once", "--node", node);
        using var stranger = await _other.NewCustomerAsync();
        await stranger.AnnounceAsync(node, "c:" + word, new { title = "taken" });

        var moved = (await me.JsonAsync("move", _other.Address.AbsoluteUri, "--keep")).GetProperty("nodes")[0].GetProperty("node").GetString()!;
        Assert.NotEqual(node, moved);
        Assert.Equal(1, (await NodeAsync(_other, moved))!.Value.GetProperty("records").GetInt32());
        Assert.Equal(1, (await NodeAsync(shared.Server, node))!.Value.GetProperty("records").GetInt32());
        Assert.Empty((await me.JsonAsync("move", _other.Address.AbsoluteUri)).GetProperty("nodes").EnumerateArray());
    }

    private static async Task<JsonElement?> NodeAsync(ServerOnDisk server, string nodeId)
    {
        for (string? cursor = null; ;)
        {
            var page = JsonDocument.Parse(await server.Anyone.GetStringAsync("/api/v1/nodes?limit=1000&cursor=" + Uri.EscapeDataString(cursor ?? ""))).RootElement;
            foreach (var node in page.GetProperty("nodes").EnumerateArray())
            {
                if (node.GetProperty("nodeId").GetString() == nodeId)
                    return node;
            }
            cursor = page.GetProperty("next").GetString();
            if (cursor is null)
                return null;
        }
    }
}
