using System.Text.Json;
using Datt.Paid.Cli.Terminal;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Cli;

public sealed class CliStoryTests(SharedServer shared)
{
    private Terminal NewTerminal() => new(shared.Server.Address);

    [Fact]
    public async Task A_folder_is_shared_paid_for_found_fetched_and_follows_its_files()
    {
        var word = SharedServer.NewWord();
        using var anna = NewTerminal();
        using var ben = NewTerminal();
        var text = $"---\ntags: [walks]\nlang: en\n---\n# A walk through {word}\n\nAlong the river.";
        anna.Write("texts/travel/walk.md", text);
        await anna.JsonAsync("account", "create");
        await ben.JsonAsync("account", "create", "--name", "ben");

        using var share = anna.Start("share", anna.Folder("texts"), "--json");
        await Eventually.HoldsAsync(() => Task.FromResult(share.Out.Contains("\"event\":\"synced\"", StringComparison.Ordinal) || share.Exit.IsCompleted), "the folder is announced");
        Assert.False(share.Exit.IsCompleted, share.Error);

        var (exit, _, error) = await ben.RunAsync("search", word);
        Assert.Equal((int)ExitCode.PaymentRequired, exit);
        Assert.Contains("datt subscribe", error, StringComparison.Ordinal);

        var invoice = await ben.JsonAsync("subscribe", "--months", "2", "--pay-sandbox");
        Assert.Equal(("settled", 2), (invoice.GetProperty("status").GetString(), invoice.GetProperty("months").GetInt32()));
        Assert.Equal("active", (await ben.JsonAsync("account", "show")).GetProperty("subscription").GetProperty("state").GetString());

        var hit = await FoundAsync(ben, word, 1);
        Assert.Equal(("travel", "text/markdown"), (hit.GetProperty("label").GetString(), hit.GetProperty("type").GetString()));
        Assert.True(hit.GetProperty("holders")[0].GetProperty("online").GetBoolean());
        var id = hit.GetProperty("contentId").GetString()!;

        var target = Path.Combine(ben.Folder("got"), "walk.md");
        var fetched = await ben.JsonAsync("get", id, "-o", target);
        Assert.Equal(text, await File.ReadAllTextAsync(target, TestContext.Current.CancellationToken));
        Assert.Equal(hit.GetProperty("holders")[0].GetProperty("nodeId").GetString(), fetched.GetProperty("nodeId").GetString());
        Assert.Equal(text, (await ben.RunAsync("get", id)).Out);
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(target)!));

        anna.Write("texts/more.txt", $"More of {word}");
        await FoundAsync(ben, word, 2);
        File.Delete(Path.Combine(anna.Folder("texts"), "travel", "walk.md"));
        await FoundAsync(ben, word, 1);
        Assert.Equal((int)ExitCode.NotFound, (await ben.RunAsync("get", id)).Exit);

        share.Interrupt();
        Assert.Equal(0, await share.Exit);
        Assert.Contains("\"event\":\"left\"", share.Out, StringComparison.Ordinal);
        var gone = await FoundAsync(ben, word, 1);
        Assert.False(gone.GetProperty("holders")[0].GetProperty("online").GetBoolean());
        Assert.Equal((int)ExitCode.NotDelivered, (await ben.RunAsync("get", gone.GetProperty("contentId").GetString()!)).Exit);
    }

    [Fact]
    public async Task Keys_are_made_listed_and_revoked()
    {
        using var me = NewTerminal();
        await me.JsonAsync("account", "create");
        var made = await me.JsonAsync("account", "keys", "create", "laptop", "--scope", "search", "announce");
        Assert.Equal(["search", "announce"], made.GetProperty("scopes").EnumerateArray().Select(s => s.GetString()!));
        Assert.NotEmpty(made.GetProperty("apiKey").GetString()!);
        var keys = (await me.JsonAsync("account", "keys", "list")).GetProperty("keys");
        Assert.Contains(keys.EnumerateArray(), k => k.GetProperty("name").GetString() == "laptop");
        var id = made.GetProperty("id").GetString()!;
        await me.JsonAsync("account", "keys", "revoke", id);
        Assert.Equal((int)ExitCode.NotFound, (await me.RunAsync("account", "keys", "revoke", "no-such-key")).Exit);
    }

    [Fact]
    public async Task Once_announces_and_ends_and_another_account_cannot_take_the_node()
    {
        var word = SharedServer.NewWord();
        using var anna = NewTerminal();
        using var ben = NewTerminal();
        foreach (var terminal in new[] { anna, ben })
        {
            await terminal.JsonAsync("account", "create");
            terminal.Write("texts/a.md", $"# {word}");
        }

        var node = "node-" + word;
        var synced = await anna.JsonAsync("share", anna.Folder("texts"), "--once", "--node", node);
        Assert.Equal((1, 1), (synced.GetProperty("files").GetInt32(), synced.GetProperty("announced").GetInt32()));
        Assert.Equal(0, (await anna.JsonAsync("share", anna.Folder("texts"), "--once", "--node", node)).GetProperty("announced").GetInt32());
        Assert.Equal((int)ExitCode.Unauthorized, (await ben.RunAsync("share", ben.Folder("texts"), "--once", "--node", node)).Exit);
    }

    [Fact]
    public async Task Status_tells_of_server_account_and_nodes()
    {
        using var me = NewTerminal();
        Assert.Equal(JsonValueKind.Null, (await me.JsonAsync("status")).GetProperty("account").ValueKind);
        await me.JsonAsync("account", "create");
        var status = await me.JsonAsync("status");
        Assert.True(status.GetProperty("ready").GetBoolean());
        Assert.Equal("none", status.GetProperty("account").GetProperty("subscription").GetProperty("state").GetString());
        Assert.Equal(0, (await me.RunAsync("status")).Exit);
    }

    [Fact]
    public async Task A_query_that_cannot_be_read_is_wrong_usage()
    {
        using var me = NewTerminal();
        await me.JsonAsync("account", "create");
        await me.JsonAsync("subscribe", "--pay-sandbox");
        var (exit, _, error) = await me.RunAsync("search", "\"unbalanced");
        Assert.Equal((int)ExitCode.Usage, exit);
        Assert.Contains("at character 1", error, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> FoundAsync(Terminal terminal, string word, int hits)
    {
        JsonElement page = default;
        await Eventually.HoldsAsync(async () =>
        {
            page = await terminal.JsonAsync("search", word);
            return page.GetProperty("hits").GetArrayLength() == hits;
        }, $"{hits} hits are found");
        return page.GetProperty("hits")[0];
    }
}
