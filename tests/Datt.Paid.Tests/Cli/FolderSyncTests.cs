using System.Text.Json;
using Datt.Paid.Cli.Sharing;
using Datt.Paid.Client;
using Microsoft.AspNetCore.Http;

namespace Datt.Paid.Tests.Cli;

public sealed class FolderSyncTests : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _state = new();
    private readonly Dictionary<string, JsonElement> _held = [];
    private Func<int> _status = () => 200;
    private Func<JsonElement, bool> _refuses = _ => false;
    private StubServer? _server;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
        _folder.Dispose();
        _state.Dispose();
    }

    /// <summary>Keeps what is announced, as a server would.</summary>
    private async Task AnswerAsync(HttpContext context, Seen seen)
    {
        context.Response.StatusCode = _status();
        if (context.Response.StatusCode != 200)
        {
            return;
        }

        var rejected = new List<string>();
        var accepted = 0;
        var number = 0;
        foreach (var line in seen.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            number++;
            var record = JsonDocument.Parse(line).RootElement;
            var id = record.GetProperty("contentId").GetString()!;
            if (_refuses(record))
            {
                rejected.Add($$"""{"line":{{number}},"code":"invalid_title","detail":"no"}""");
                continue;
            }

            accepted++;
            if (record.TryGetProperty("op", out _))
            {
                _held.Remove(id);
            }
            else
            {
                _held[id] = record;
            }
        }

        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync($$"""{"accepted":{{accepted}},"rejected":[{{string.Join(',', rejected)}}]}""", Ct);
    }

    /// <summary>A node that starts: with what it kept on disk, and with empty hands otherwise.</summary>
    private async Task<FolderSync> StartAsync(FolderLimits? limits = null)
    {
        _server ??= await StubServer.StartAsync(AnswerAsync);
        var folder = new SharedFolder(_folder.Path);
        var client = new DattClient(_server.Http(), new DattClientOptions { MaxRetries = 0 });
        var ledger = ShareLedger.Open(Path.Combine(_state.Path, "deep", "ledger.json"));
        return new FolderSync(folder, limits ?? new FolderLimits(), ledger, new FileReading(folder, null, TimeProvider.System), client.Content, "node");
    }

    private string[] Titles() => [.. _held.Values.Select(r => r.GetProperty("title").GetString()!).Order()];

    [Fact]
    public async Task Announces_once_then_only_what_changes()
    {
        var path = _folder.Write("a.md", "# A");
        _folder.Write("b.md", "# B");
        var sync = await StartAsync();
        var result = await sync.RunAsync(false, null, Ct);
        Assert.Equal((2, 2, 0), (result.Files, result.Announced, result.Withdrawn));

        result = await sync.RunAsync(false, null, Ct);
        Assert.Equal((2, 0, 0), (result.Files, result.Announced, result.Withdrawn));
        Assert.Single(_server!.Requests);

        File.WriteAllText(path, "# A changed");
        _folder.Write("c/c.html", "<title>C</title>");
        result = await sync.RunAsync(false, null, Ct);
        Assert.Equal((3, 2, 1), (result.Files, result.Announced, result.Withdrawn));
        Assert.Equal(["A changed", "B", "C"], Titles());
    }

    [Fact]
    public async Task What_went_away_while_nothing_ran_is_withdrawn_at_the_next_start()
    {
        var path = _folder.Write("a.md", "# A");
        _folder.Write("b.md", "# B");
        await (await StartAsync()).RunAsync(false, null, Ct);
        File.Delete(path);
        var result = await (await StartAsync()).RunAsync(false, null, Ct);
        Assert.Equal((1, 0, 1), (result.Files, result.Announced, result.Withdrawn));
        Assert.Equal(["B"], Titles());
    }

    [Fact]
    public async Task One_content_in_two_files_is_one_record_until_both_are_gone()
    {
        var one = _folder.Write("one.md", "# Same");
        var two = _folder.Write("two.md", "# Same");
        var sync = await StartAsync();
        Assert.Equal(1, (await sync.RunAsync(false, null, Ct)).Announced);
        File.Delete(one);
        Assert.Equal(0, (await sync.RunAsync(false, null, Ct)).Withdrawn);
        Assert.Single(_held);
        File.Delete(two);
        Assert.Equal(1, (await sync.RunAsync(false, null, Ct)).Withdrawn);
        Assert.Empty(_held);
    }

    [Fact]
    public async Task A_renamed_file_keeps_its_record()
    {
        var path = _folder.Write("old.md", "# Text");
        var sync = await StartAsync();
        await sync.RunAsync(false, null, Ct);
        File.Move(path, Path.Combine(_folder.Path, "new.md"));
        var result = await sync.RunAsync(false, null, Ct);
        Assert.Equal((1, 0, 0), (result.Files, result.Announced, result.Withdrawn));
        Assert.Single(_held);
    }

    [Fact]
    public async Task After_a_server_failed_the_next_pass_finishes_the_work()
    {
        _folder.Write("a.md", "# A");
        var sync = await StartAsync();
        _status = () => 503;
        Assert.Equal("unavailable", (await Assert.ThrowsAsync<DattException>(() => sync.RunAsync(false, null, Ct))).Code);
        _status = () => 200;
        Assert.Equal(1, (await sync.RunAsync(false, null, Ct)).Announced);
        Assert.Equal(["A"], Titles());
    }

    [Fact]
    public async Task A_server_that_lost_everything_gets_everything_again()
    {
        _folder.Write("a.md", "# A");
        _folder.Write("b.md", "# B");
        var sync = await StartAsync();
        await sync.RunAsync(false, null, Ct);
        _held.Clear();
        Assert.Equal(0, (await sync.RunAsync(false, null, Ct)).Announced);
        Assert.Equal(2, (await sync.RunAsync(true, null, Ct)).Announced);
        Assert.Equal(["A", "B"], Titles());
    }

    [Fact]
    public async Task A_refused_file_is_named_and_not_sent_again_and_again()
    {
        _folder.Write("good.md", "# Good");
        _folder.Write("bad.md", "# Bad");
        _refuses = record => record.GetProperty("title").GetString() == "Bad";
        var sync = await StartAsync();
        var result = await sync.RunAsync(false, null, Ct);
        Assert.Equal((1, 1), (result.Announced, result.RejectedCount));
        Assert.Equal(("bad.md", "invalid_title"), (result.Rejected[0].Path, result.Rejected[0].Code));
        await sync.RunAsync(false, null, Ct);
        Assert.Single(_server!.Requests);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_read_withdraws_nothing()
    {
        _folder.Write("sub/a.md", "# A");
        var sync = await StartAsync();
        await sync.RunAsync(false, null, Ct);
        // As when the disk that it is on went away; file modes would not stop an administrator.
        Directory.Move(_folder.Path, _folder.Path + ".away");
        var result = await sync.RunAsync(false, null, Ct);
        Directory.Move(_folder.Path + ".away", _folder.Path);
        Assert.Equal((0, 1), (result.Withdrawn, result.Skipped.UnreadableFolders));
        Assert.Equal(["A"], Titles());
    }

    [Fact]
    public async Task More_files_than_the_limit_withdraw_nothing()
    {
        _folder.Write("b.md", "# B");
        await (await StartAsync()).RunAsync(false, null, Ct);
        _folder.Write("a.md", "# A");
        var result = await (await StartAsync(new FolderLimits { MaxFiles = 1 })).RunAsync(false, null, Ct);
        Assert.Equal(0, result.Withdrawn);
        Assert.Equal(["A", "B"], Titles());
    }

    [Fact]
    public async Task A_ruined_ledger_costs_only_work()
    {
        _folder.Write("a.md", "# A");
        await (await StartAsync()).RunAsync(false, null, Ct);
        File.WriteAllText(Path.Combine(_state.Path, "deep", "ledger.json"), "{ not json");
        Assert.Equal(1, (await (await StartAsync()).RunAsync(false, null, Ct)).Announced);
        Assert.Equal(["A"], Titles());
    }

    [Fact]
    public async Task Progress_counts_up_to_all_files()
    {
        for (var i = 0; i < 25; i++)
        {
            _folder.Write($"{i}.md", $"# {i}");
        }

        var seen = new List<SyncProgress>();
        await (await StartAsync()).RunAsync(false, new Datt.Paid.Cli.Commands.Direct<SyncProgress>(seen.Add), Ct);
        Assert.Equal(new SyncProgress(25, 25, 25), seen[^1]);
        Assert.Equal(seen.Select(p => p.Done).Order(), seen.Select(p => p.Done));
    }
}
