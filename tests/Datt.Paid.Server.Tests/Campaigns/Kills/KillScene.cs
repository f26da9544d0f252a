using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace Datt.Paid.Server.Tests.Campaigns.Kills;

/// <summary>One server with everybody who uses it, and what they know of it.</summary>
internal sealed class KillScene(CampaignRun run, string dataDirectory, int nodes, CancellationToken ct) : IAsyncDisposable
{
    /// <summary>Settings that starts take turns with: those of an ordinary server, and such that seals, merges and checkpoints come all the time.</summary>
    private static readonly Dictionary<string, string>[] Settings =
    [
        [],
        new() { ["Datt:Catalog:SealAfter"] = "00:00:00.030", ["Datt:Catalog:CheckpointEvery"] = "00:00:01" },
        new() { ["Datt:Catalog:SealAfter"] = "00:00:00.100", ["Datt:Catalog:CheckpointAfterRecords"] = "300" },
    ];

    private readonly Uri _address = ServerProcess.FreeAddress();
    private readonly ExpectedContent _expected = new();
    private readonly List<(Announcer Announcer, Caller Caller)> _announcers = [];
    private readonly Dictionary<KillMoment, int> _moments = [];
    private Caller _follower = null!;
    private HeadWatch _heads = null!;
    private Buyer _buyer = null!;
    private Caller _searcher = null!;
    private ContentCheck _check = null!;
    private ServerProcess _server = null!;
    private TimeSpan _lastStart;
    private long _searches;
    private int _starts = 1;
    private bool _verified;

    public int Kills { get; private set; }

    public string Figures => string.Create(
        CultureInfo.InvariantCulture,
        $"{Kills} kills ({string.Join(", ", _moments.Select(m => $"{m.Value} {m.Key}"))}), {_expected.Acknowledged} changes acknowledged, {_check.Found} records found again by id and by search, {_searches} searches meanwhile, {_buyer.Accounts} accounts, {_buyer.PaidInvoices} paid invoices, {_heads.Versions} manifest versions seen up to {_heads.Last?.Epoch}.{_heads.Last?.Version}; 0 lost");

    public async Task BeginAsync()
    {
        _server = await Start().ReadyAsync(ct);
        _lastStart = _server.Age;
        _follower = new Caller(_address);
        _heads = new HeadWatch(dataDirectory, _follower);
        _buyer = new Buyer(_address, CampaignRun.RandomFor(1));
        _searcher = await Caller.SubscribedAsync(_address, ct);
        _check = new ContentCheck(_expected, _searcher);
        for (var i = 0; i < nodes; i++)
        {
            var announcer = new Announcer(_expected, $"node-{i}", i, CampaignRun.RandomFor(10 + i));
            var caller = await Caller.RegisteredAsync(_address, ct);
            _announcers.Add((announcer, caller));
            await announcer.BeginAsync(caller);
        }
    }

    /// <summary>Everybody works until the server is dead.</summary>
    public async Task LoadAndKillAsync(KillMoment moment, Random random)
    {
        using var dead = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var work = _announcers.Select(a => a.Announcer.RunAsync(a.Caller, dead.Token)).ToList();
        work.Add(_buyer.RunAsync(dead.Token));
        work.Add(SearchAsync(CampaignRun.RandomFor(100 + Kills), dead.Token));
        work.Add(_heads.RunAsync(dead.Token));
        var how = await KillAsync(moment, random, work);
        await dead.CancelAsync();
        await Task.WhenAll(work);
        _heads.LookAtAll();
        Kills++;
        _moments[moment] = _moments.GetValueOrDefault(moment) + 1;
        run.Say($"kill {Kills}: {moment} {how}; {_expected.Acknowledged} changes acknowledged");
        if (moment is KillMoment.InRecovery or KillMoment.AtFileChangeInRecovery)
            await KillInRecoveryAsync(moment, random);
    }

    public async Task RestartAndCheckAsync(Random random, bool everything)
    {
        if (_server.HasExited)
        {
            await _server.DisposeAsync();
            _server = await Start().ReadyAsync(ct);
            _lastStart = _server.Age;
        }
        _heads.Look();
        await _check.RunAsync(random, ct);
        await _buyer.CheckAsync(random, everything, ct);
        await CheckOwnershipAsync();
    }

    /// <summary>A graceful stop leaves what <c>verify</c> finds clean.</summary>
    public async Task StopAndVerifyAsync()
    {
        _server.Terminate();
        var code = await _server.ExitedAsync(TimeSpan.FromSeconds(60), ct);
        Assert.True(code == 0, $"SIGTERM ends the server with code {code?.ToString(CultureInfo.InvariantCulture) ?? "none within 60 s"}:\n{_server.Output}");
        _heads.LookAtAll();
        Assert.True(_heads.Versions > 1, "the campaign saw no manifest in the feed's folder");
        var (exitCode, output) = await ServerAssembly.RunAsync(dataDirectory, "verify", ct);
        Assert.True(exitCode == 0, $"verify ends with code {exitCode}:\n{output}");
        _verified = true;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            if (!_verified)
                run.Say($"the server's last lines:\n{_server.Output}");
            await _server.DisposeAsync();
        }
        foreach (var (_, caller) in _announcers)
            caller.Dispose();
        _searcher?.Dispose();
        _follower?.Dispose();
    }

    /// <summary>Which files' changes count: without a choice nearly all would be the index's.</summary>
    private static string Area(Random random) => ((string[])["feed/wal", "feed/runs", "feed/manifests", "catalog", "index", ""])[random.Next(6)];

    private ServerProcess Start() => ServerProcess.Start(dataDirectory, _address, Settings[_starts++ % Settings.Length]);

    private async Task<string> KillAsync(KillMoment moment, Random random, List<Task> work)
    {
        var after = random.Next(50, 2500);
        if (moment is KillMoment.AtFileChange)
        {
            using var trigger = new FileChangeTrigger(dataDirectory, Area(random), random.Next(1, 12), _server.KillNow);
            var file = await trigger.HitAsync(TimeSpan.FromSeconds(5), ct);
            await _server.KillAsync();
            return $"at {file ?? "no change in 5 s"}";
        }
        var broken = Task.WhenAny(work.Append(Task.Delay(after, ct)));
        await await broken;
        if (moment is KillMoment.WhileStopping)
        {
            _server.Terminate();
            var grace = random.Next(1000);
            var code = await _server.ExitedAsync(TimeSpan.FromMilliseconds(grace), ct);
            await _server.KillAsync();
            return code is null ? $"{grace} ms after SIGTERM" : $"ended with {code} within {grace} ms of SIGTERM";
        }
        await _server.KillAsync();
        return $"after {after} ms";
    }

    private async Task KillInRecoveryAsync(KillMoment moment, Random random)
    {
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            await _server.DisposeAsync();
            _server = Start();
            if (moment is KillMoment.AtFileChangeInRecovery)
            {
                using var trigger = new FileChangeTrigger(dataDirectory, Area(random), random.Next(1, 6), _server.KillNow);
                await trigger.HitAsync(_lastStart, ct);
            }
            else
            {
                await Task.Delay(_lastStart * random.NextDouble(), ct);
            }
            await _server.KillAsync();
            _heads.LookAtAll();
        }
    }

    private async Task SearchAsync(Random random, CancellationToken stop)
    {
        string[] queries = [SentRecord.CommonWord, "filler1*", "\"campaign zq1000v1\"", "filler7 -filler8", "tag:durable filler9 OR filler10", "title:campaign"];
        while (!stop.IsCancellationRequested)
        {
            var query = Uri.EscapeDataString(queries[random.Next(queries.Length)]);
            var answer = await _searcher.GetAsync($"/api/v1/search?q={query}&limit={random.Next(1, 50)}", CancellationToken.None);
            if (answer is null)
                return;
            // While it stops, the server may say so.
            answer.Expect(HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable);
            _searches++;
        }
    }

    private async Task CheckOwnershipAsync()
    {
        using var intruder = await Caller.RegisteredAsync(_address, ct);
        foreach (var (announcer, _) in _announcers)
        {
            var taken = await intruder.MustPutAsync($"/api/v1/content/intruded?node={announcer.Node}", new JsonObject { ["title"] = "intruded" }, ct);
            Assert.Equal("node_taken", taken.Expect(HttpStatusCode.Forbidden).Code);
        }
    }
}
