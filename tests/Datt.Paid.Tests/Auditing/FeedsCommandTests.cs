using System.Text.Json;
using Datt.Paid.Cli.Commands;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Tests.Cli;

namespace Datt.Paid.Tests.Auditing;

/// <summary>What <c>datt feeds</c> shows of servers that show strange things.</summary>
public sealed class FeedsCommandTests : IAsyncDisposable
{
    private readonly TemporaryFolder _home = new();
    private readonly List<FeedServer> _servers = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        _home.Dispose();
    }

    [Fact]
    public async Task Cheaters_and_foreign_signatures_are_marked()
    {
        var (server, cheat, forged) = (await NewAsync("server"), await NewAsync("cheat"), await NewAsync("for[red]ged"));
        foreach (var each in _servers)
        {
            each.Add([.. Enumerable.Range(0, 5).Select(i => FeedServer.Record(i, i + 1))]);
        }

        var first = cheat.Manifest!;
        cheat.Manifest = null;
        cheat.Sign(first.Manifest.Runs, 3);
        cheat.Conflict = EquivocationProof.Between(first, cheat.Manifest!);
        // Its manifest under a signature that is not its own.
        var signed = ManifestCodec.Encode(forged.Manifest!);
        ManifestCodec.Encode(server.Manifest!).AsSpan(^64..).CopyTo(signed.AsSpan(^64..));
        Assert.True(ManifestCodec.TryDecode(signed, out var wrong, out _));
        server.Shows[forged.Id] = wrong;
        server.Knows.AddRange([cheat, forged]);

        var (exit, text, error) = await RunAsync(server);
        Assert.True(exit == 0, error);
        Assert.Matches($@"server +{server.Id[..8]} .* own", text);
        Assert.Matches($@"cheat +{cheat.Id[..8]} .* CONFLICT", text);
        Assert.Matches($@"for\[red\]ged +{forged.Id[..8]} .* signature of another key", text);
        Assert.Contains("10 records of 3 origins", text, StringComparison.Ordinal);
        Assert.Contains("Digest 0123", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Behind", text, StringComparison.Ordinal);

        var json = JsonDocument.Parse((await RunAsync(server, "--json")).Out).RootElement.GetProperty("feeds");
        Assert.Equal([false, true, true], json.EnumerateArray().Select(f => f.GetProperty("signed").GetBoolean()).Order());
    }

    [Fact]
    public async Task The_operator_sees_what_is_missing_and_feeds_that_are_not_shown_yet()
    {
        var server = await NewAsync("server");
        server.Add([FeedServer.Record(1, 1)]);
        var coming = ServerKey.Create().Id;
        server.Report = $$"""
            {"digest":"0123","feeds":[
              {"origin":"{{server.Id}}","own":true,"epoch":1,"version":1,"records":1,"runs":1,"bytes":100,"lagSeconds":0,"lagRecords":0,"downloads":[]},
              {"origin":"{{coming}}","name":"new one","own":false,"epoch":0,"version":0,"records":0,"runs":0,"bytes":0,"lagSeconds":12.5,"lagRecords":3000,
               "problem":"Nobody has it.","downloads":[{"run":"ab","bytes":2000000,"held":500000}]}],
             "peers":[{"server":"x","name":"giver","received":3000000,"served":7,"refused":16384}],
             "verifiedBytes":3000000,"refusedBytes":16384,"mergedBytes":9000000,"fetchedBytes":1000000,"next":null}
            """;
        var (exit, text, error) = await RunAsync(server, environmentKey: "k");
        Assert.True(exit == 0, error);
        Assert.Matches(@"new one .* 12\.5 s, 3,000 records +Nobody has it\.", text);
        Assert.Contains("Fetching of new one: 500 kB of 2.0 MB", text, StringComparison.Ordinal);
        Assert.Contains("giver: got 3.0 MB from it, gave it 7 B, refused 16.4 kB", text, StringComparison.Ordinal);
        Assert.Contains("9.0 MB", text, StringComparison.Ordinal);

        // A key that is no operator's shows what everybody sees.
        server.Report = null;
        Assert.DoesNotContain("new one", (await RunAsync(server, environmentKey: "k")).Out, StringComparison.Ordinal);
    }

    private async Task<FeedServer> NewAsync(string name)
    {
        var server = await FeedServer.StartAsync(name);
        _servers.Add(server);
        return server;
    }

    private async Task<(int Exit, string Out, string Error)> RunAsync(FeedServer server, string? option = null, string? environmentKey = null)
    {
        using var standard = new StringWriter();
        using var error = new StringWriter();
        var exit = await CommandTree.RunAsync(option is null ? ["feeds"] : ["feeds", option], new Surroundings
        {
            Out = standard,
            Error = error,
            RawOut = () => new MemoryStream(),
            Environment = name => name switch { "XDG_CONFIG_HOME" => _home.Path, "DATT_SERVER" => server.Url.AbsoluteUri, "DATT_API_KEY" => environmentKey, _ => null },
        }, TestContext.Current.CancellationToken);
        return (exit, standard.ToString(), error.ToString());
    }
}
