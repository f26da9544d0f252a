using System.Text.Json;
using Datt.Paid.Cli.Auditing;
using Datt.Paid.Cli.Commands;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Tests.Cli;

namespace Datt.Paid.Tests.Auditing;

/// <summary>Audits over real web servers with real keys, manifests and runs, of servers that have less than they say in every way.</summary>
public sealed class AuditTests : IAsyncDisposable
{
    private readonly TemporaryFolder _home = new();
    private readonly List<FeedServer> _servers = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        _home.Dispose();
    }

    [Fact]
    public async Task A_server_that_has_everything_is_supported_and_the_sample_can_be_repeated()
    {
        var (origin, audited) = await TwoAsync();
        var report = await AuditAsync(origin, audited);
        Assert.Equal(AuditVerdict.Supported, report.Verdict);
        Assert.Equal((64, 64), (report.Producible!.Found, report.Producible.Sampled));
        Assert.Equal(300, report.NetworkRecords);
        Assert.Null(report.Searchable);
        Assert.Equal(origin.Id, Assert.Single(report.Origins, o => o.Records > 0).Origin);
        var asked = Proofs(audited).ToList();
        await AuditAsync(origin, audited);
        Assert.Equal(asked.Order(), Proofs(audited).Skip(asked.Count).Order());
    }

    [Fact]
    public async Task A_server_that_lacks_a_part_is_below_its_claim_by_about_that_part()
    {
        var (origin, audited) = await TwoAsync();
        var halves = origin.Manifest!.Manifest.Runs;
        audited.Lacks = (run, _) => run == halves[0].Id;
        audited.LiesAbout = (run, leaf) => run == halves[1].Id && leaf == 0;
        var report = await AuditAsync(origin, audited);
        Assert.Equal(AuditVerdict.Below, report.Verdict);
        Assert.InRange(report.Producible!.Share, 0.3, 0.55);
        var result = Assert.Single(report.Origins, o => o.Records > 0);
        Assert.True(result.Missing > 20 && result.Wrong > 0 && result.Nowhere == 0);

        audited.Claims = 0.4;
        Assert.Equal(AuditVerdict.Supported, (await AuditAsync(origin, audited)).Verdict);
    }

    [Fact]
    public async Task What_nobody_has_makes_nobody_look_bad()
    {
        var (origin, audited) = await TwoAsync();
        // A liar among the origins: a manifest with a run that never was, and ten times the records of all others.
        var liar = await NewAsync("liar");
        liar.Sign([new RunInfo(new RunId(Hash256.Of("never"u8)), 400_000, 3_000, 0, 1, 3_000)], 1_000_000);
        origin.Knows.Add(liar);
        audited.Knows.Add(liar);
        var report = await AuditAsync(origin, audited);
        Assert.Equal((300, AuditVerdict.Supported), (report.NetworkRecords, report.Verdict));
        Assert.Equal((3_000, 0), (report.Origins.Single(o => o.Origin == liar.Id).Claimed, report.Origins.Single(o => o.Origin == liar.Id).Records));
        // What was drawn of the liar was drawn anew of the others.
        Assert.Equal(64, report.Producible!.Found);

        audited.Lacks = (_, leaf) => leaf % 2 == 0;
        Assert.Equal(AuditVerdict.Below, (await AuditAsync(origin, audited)).Verdict);
        // Where all is invented there is nothing.
        origin.Manifest = null;
        Assert.Equal((0, AuditVerdict.NothingToAudit), ((await AuditAsync(origin, audited)).NetworkRecords, (await AuditAsync(origin, audited)).Verdict));
    }

    [Fact]
    public async Task A_server_that_ends_the_asking_is_never_supported()
    {
        var (origin, audited) = await TwoAsync();
        audited.FreeProofs = 20;
        var report = await AuditAsync(origin, audited);
        Assert.Equal(AuditVerdict.NotMeasured, report.Verdict);
        Assert.Contains("quota_exceeded", report.CutShort, StringComparison.Ordinal);
        // A leaf that was drawn twice is asked for once.
        Assert.InRange(report.Producible!.Found, 20, 50);
        Assert.Equal(report.Producible.Found, report.Producible.Sampled);
        Assert.InRange(Proofs(audited).Count(), 20, 24);
        var (exit, text, _) = await RunAsync("audit", audited.Url.AbsoluteUri, "--server", origin.Url.AbsoluteUri);
        Assert.Equal(2, exit);
        Assert.Contains("Too little could be measured", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_is_asked_for_records_of_the_same_leaves()
    {
        var (origin, audited) = await TwoAsync();
        audited.Search = "Free";
        var report = await AuditAsync(origin, audited);
        Assert.Equal(AuditVerdict.Supported, report.Verdict);
        Assert.Equal((32, 32), (report.Searchable!.Estimate!.Found, report.Searchable.Read));

        // It passes leaves on that it fetches from others, and keeps next to nothing.
        audited.Finds = id => id.EndsWith('7');
        report = await AuditAsync(origin, audited);
        Assert.Equal(AuditVerdict.Below, report.Verdict);
        Assert.Equal(1, report.Producible!.Share);
        Assert.True(report.Searchable!.Estimate!.High < 0.5);

        audited.Search = "Paid";
        Assert.Null((await AuditAsync(origin, audited)).Searchable);
        Assert.NotNull((await AuditAsync(origin, audited, key: "k")).Searchable!.Estimate);
    }

    [Fact]
    public async Task What_was_deleted_since_counts_neither_way_in_search()
    {
        var (origin, audited) = await TwoAsync();
        audited.Search = "Free";
        // All of the first run is deleted by a younger one.
        origin.Add([.. Enumerable.Range(0, 150).Select(i => FeedServer.Record(i, 301 + i) with { Description = null })], live: 300);
        var report = await AuditAsync(origin, audited);
        Assert.True(report.Searchable!.Unclear > 5, $"{report.Searchable}");
        Assert.Equal(report.Searchable.Estimate!.Sampled, report.Searchable.Estimate.Found);
        Assert.Equal(AuditVerdict.Supported, report.Verdict);
    }

    [Fact]
    public async Task Records_are_read_leaf_by_leaf_where_runs_are_sold()
    {
        var (origin, audited) = await TwoAsync();
        audited.Search = "Free";
        origin.SellsRuns = audited.SellsRuns = true;
        Assert.Equal(32, (await AuditAsync(origin, audited)).Searchable!.Estimate!.Found);
    }

    [Fact]
    public async Task Only_what_the_origin_signed_counts_and_a_cheater_counts_as_nothing()
    {
        var (origin, audited) = await TwoAsync();
        var forger = await NewAsync("forger");
        forger.Shows[origin.Id] = origin.Manifest!;
        // Another key's manifest under an id that is not its own.
        var other = ServerKey.Create();
        forger.Shows[forger.Id] = ManifestCodec.Sign(origin.Manifest!.Manifest with { Origin = other.Id }, other);
        var cheat = await NewAsync("cheat");
        cheat.Add([.. Enumerable.Range(0, 50).Select(i => FeedServer.Record(i, i + 1))]);
        var first = cheat.Manifest!;
        cheat.Manifest = null;
        cheat.Sign(first.Manifest.Runs, 7);
        cheat.Conflict = EquivocationProof.Between(first, cheat.Manifest!);
        origin.Knows.AddRange([forger, cheat]);
        var report = await AuditAsync(origin, audited);
        Assert.Equal(new[] { cheat.Id, forger.Id }.Order(StringComparer.Ordinal), report.Skipped.Select(s => s.Origin));
        Assert.Contains("cannot both be true", report.Skipped.Single(s => s.Origin == cheat.Id).Reason, StringComparison.Ordinal);
        Assert.Equal(300, report.NetworkRecords);
    }

    [Fact]
    public async Task The_feed_of_a_silent_origin_is_had_from_others_in_the_newest_version()
    {
        var (origin, audited) = await TwoAsync();
        var gone = await NewAsync("gone");
        gone.Add([.. Enumerable.Range(0, 50).Select(i => FeedServer.Record(i, i + 1))]);
        var old = gone.Manifest!;
        gone.Add([.. Enumerable.Range(0, 50).Select(i => FeedServer.Record(i, i + 51))]);
        var third = await NewAsync("third");
        third.Knows.Add(gone);
        origin.Knows.AddRange([gone, third]);
        audited.Shows[gone.Id] = old;
        await gone.StopAsync();
        var report = await AuditAsync(origin, audited);
        Assert.Equal((2, 100), (report.Origins.Single(o => o.Origin == gone.Id).Version, report.Origins.Single(o => o.Origin == gone.Id).Records));
        // It has the old run of the two.
        Assert.True(report.Origins.Single(o => o.Origin == gone.Id).Missing > 0);
    }

    [Fact]
    public async Task A_list_can_be_taken_from_one_server_without_walking()
    {
        var (origin, audited) = await TwoAsync();
        var unknown = await NewAsync("unknown");
        unknown.Add([.. Enumerable.Range(0, 50).Select(i => FeedServer.Record(i, i + 1))]);
        audited.Knows.Add(unknown);
        origin.Knows.Add(audited);
        var walked = await AuditAsync(origin, audited);
        Assert.Equal(350, walked.NetworkRecords);
        var (exit, text, error) = await RunAsync("audit", audited.Url.AbsoluteUri, "--from", origin.Url.AbsoluteUri, "--json", "--seed", "5");
        Assert.True(exit == 0, error);
        var json = JsonDocument.Parse(text).RootElement;
        Assert.Equal((300, 5, "supported"), (json.GetProperty("networkRecords").GetInt32(), json.GetProperty("seed").GetInt32(), json.GetProperty("verdict").GetString()));
    }

    [Fact]
    public async Task Exit_codes_and_words_are_for_scripts_and_people()
    {
        var (origin, audited) = await TwoAsync();
        var (exit, text, error) = await RunAsync("audit", audited.Url.AbsoluteUri, "--server", origin.Url.AbsoluteUri);
        Assert.True(exit == 0, error);
        Assert.Contains("Claims        100 % of the network: 1,000 of 1,000 records", text, StringComparison.Ordinal);
        Assert.Matches(@"Can produce   100 %, between 94\.3 % and 100 % \(95 %\): 64 of 64 draws of \d+ leaves", text);
        Assert.Contains("its search needs a key (--key)", text, StringComparison.Ordinal);
        Assert.Contains("What was measured supports the claim.", text, StringComparison.Ordinal);

        audited.Lacks = (_, leaf) => leaf % 2 == 0;
        (exit, text, _) = await RunAsync("audit", audited.Url.AbsoluteUri, "--server", origin.Url.AbsoluteUri);
        Assert.Equal(1, exit);
        Assert.Contains("It has less than it claims", text, StringComparison.Ordinal);

        Assert.Equal(2, (await RunAsync("audit", "http://127.0.0.1:1/", "--server", origin.Url.AbsoluteUri)).Exit);
        Assert.Equal(2, (await RunAsync("audit", audited.Url.AbsoluteUri, "--leaves", "0")).Exit);
    }

    [Fact]
    public async Task Nothing_to_audit_is_no_error()
    {
        var lonely = await NewAsync("lonely");
        var (exit, text, _) = await RunAsync("audit", lonely.Url.AbsoluteUri, "--server", lonely.Url.AbsoluteUri);
        Assert.Equal(0, exit);
        Assert.Contains("nothing to audit", text, StringComparison.Ordinal);
        Assert.Equal(AuditVerdict.NothingToAudit, (await AuditAsync(lonely, lonely)).Verdict);
    }

    [Fact]
    public async Task Contents_are_fetched_from_their_holders_and_only_the_right_bytes_count()
    {
        var (origin, audited) = (await NewAsync("origin"), await NewAsync("audited"));
        audited.Knows.Add(origin);
        origin.Knows.Add(audited);
        var contents = Enumerable.Range(0, 40).Select(i => BitConverter.GetBytes(i)).ToDictionary(bytes => "sha256:" + Hash256.Of(bytes));
        await using var holder = await StubServer.StartAsync((context, seen) =>
        {
            var id = Uri.UnescapeDataString(seen.Path.Split('/')[^1]);
            // A quarter is not there, another is something else.
            return (contents[id][0] % 4) switch
            {
                0 => Task.Run(() => context.Response.StatusCode = 404),
                1 => context.Response.Body.WriteAsync("lies"u8.ToArray()).AsTask(),
                _ => context.Response.Body.WriteAsync(contents[id]).AsTask(),
            };
        });
        origin.Endpoint = holder.Address.AbsoluteUri;
        origin.Add([.. contents.Keys.Order(StringComparer.Ordinal).Select((id, i) => FeedServer.Record(i, i + 1, id))]);
        var report = await AuditAsync(origin, audited, contents: true);
        Assert.Null(report.Searchable);
        var delivered = report.Contents!.Delivered!;
        Assert.Equal(16, delivered.Sampled);
        Assert.InRange(delivered.Found, 3, 13);
        Assert.InRange(report.Contents.Wrong, 1, 13);
        Assert.Equal(4 * delivered.Found, report.Contents.Bytes);
    }

    /// <summary>An origin with 300 records in two runs of equal size, and a server that has them.</summary>
    private async Task<(FeedServer Origin, FeedServer Audited)> TwoAsync()
    {
        var (origin, audited) = (await NewAsync("origin"), await NewAsync("audited"));
        origin.Add([.. Enumerable.Range(0, 150).Select(i => FeedServer.Record(i, i + 1))]);
        origin.Add([.. Enumerable.Range(150, 150).Select(i => FeedServer.Record(i, i + 1))]);
        origin.Knows.Add(audited);
        audited.Knows.Add(origin);
        return (origin, audited);
    }

    private async Task<FeedServer> NewAsync(string name)
    {
        var server = await FeedServer.StartAsync(name);
        _servers.Add(server);
        return server;
    }

    private static IEnumerable<string> Proofs(FeedServer server) => server.Requests.Where(r => r.Path.EndsWith("/proof", StringComparison.Ordinal)).Select(r => r.Path + r.Query);

    private static Task<AuditReport> AuditAsync(FeedServer start, FeedServer audited, string? key = null, bool contents = false) =>
        new CoverageAudit(new AuditLimits(), TimeProvider.System).RunAsync(new AuditOrder(audited.Url, start.Url, true, key, contents, 42), Ct);

    private async Task<(int Exit, string Out, string Error)> RunAsync(params string[] arguments)
    {
        using var standard = new StringWriter();
        using var error = new StringWriter();
        var exit = await CommandTree.RunAsync(arguments, new Surroundings
        {
            Out = standard,
            Error = error,
            RawOut = () => new MemoryStream(),
            Environment = name => name == "XDG_CONFIG_HOME" ? _home.Path : null,
        }, Ct);
        return (exit, standard.ToString(), error.ToString());
    }
}
