using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Campaigns.Swarm;

/// <summary>Several server processes on loopback that find and follow each other, with somebody who announces at each of them.</summary>
internal sealed class SwarmScene : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(400);

    private readonly CampaignRun _run;
    private readonly CancellationToken _ct;
    private readonly string _root = Directory.CreateTempSubdirectory("datt-swarm-").FullName;
    private volatile Member[] _members = [];
    private readonly ConcurrentDictionary<(int, int), bool> _cuts = new();

    public SwarmScene(CampaignRun run, CancellationToken ct)
    {
        _run = run;
        _ct = ct;
    }

    /// <summary>What was sent to any of them.</summary>
    public ExpectedContent Expected { get; } = new();

    public IReadOnlyList<Member> Members => _members;

    public int Kills { get; private set; }

    /// <summary>Adds a server that knows the one before it.</summary>
    public async Task<Member> AddAsync()
    {
        var index = _members.Length;
        var member = new Member(index, Path.Combine(_root, $"server-{index}"), ServerProcess.FreeAddress());
        Directory.CreateDirectory(member.Data);
        member.Line = new CuttableLine(() => member.Process is { HasExited: false } ? member.Listens : null, Processes, process => IsCut(process, member));
        _members = [.. _members, member];
        await StartAsync(member);
        member.Caller = await Caller.RegisteredAsync(member.Listens, _ct);
        member.Announcer = new Announcer(Expected, $"node-{index}", index, CampaignRun.RandomFor(index));
        await member.Announcer.BeginAsync(member.Caller);
        return member;
    }

    public async Task StartAsync(Member member)
    {
        var settings = new Dictionary<string, string>
        {
            ["Datt:PublicUrl"] = member.Line.Address.ToString().TrimEnd('/'),
            ["Datt:Name"] = $"server {member.Index}",
            ["Datt:Search:Access"] = "Free",
            ["Datt:Federation:AllowPrivateAddresses"] = "true",
            ["Datt:Federation:CrawlInterval"] = "00:00:02",
            ["Datt:Sync:PollInterval"] = "00:00:03",
        };
        if (member.Index > 0)
            settings["Datt:Bootstrap:0"] = _members[member.Index - 1].Line.Address.ToString();
        member.Process = await ServerProcess.Start(member.Data, member.Listens, settings).ReadyAsync(_ct);
    }

    /// <summary>kill -9, and a start on what it left.</summary>
    public async Task KillAndStartAsync(Member member)
    {
        await member.Process.DisposeAsync();
        Kills++;
        await StartAsync(member);
    }

    /// <summary>Everybody announces until the time is over; who is killed meanwhile goes on when it is there again.</summary>
    public async Task WriteAsync(TimeSpan length, Func<Task>? meanwhile = null)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_ct);
        var writers = _members.Select(member => Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                await member.Announcer.RunAsync(member.Caller, end.Token);
                if (!end.IsCancellationRequested)
                    await Task.Delay(50, CancellationToken.None);
            }
        }, CancellationToken.None)).ToArray();
        await Task.WhenAll(Task.Delay(length, _ct), meanwhile?.Invoke() ?? Task.CompletedTask);
        await end.CancelAsync();
        await Task.WhenAll(writers);
    }

    /// <summary>Cuts the ways between two servers, both ways, or mends them.</summary>
    public void Cut(Member one, Member other, bool cut = true)
    {
        _cuts[(Math.Min(one.Index, other.Index), Math.Max(one.Index, other.Index))] = cut;
        one.Line.Recheck();
        other.Line.Recheck();
    }

    /// <summary>Waits until all show the same heads, then compares what each finds with what was acknowledged, and with the others.</summary>
    public async Task AgreeAsync(Random random)
    {
        _run.Say($"written: {Expected.Acknowledged} changes acknowledged, {Kills} kills");
        string[] digests = [];
        await Eventually.HoldsAsync(async () =>
        {
            digests = await Task.WhenAll(_members.Select(m => DigestAsync(m)));
            // A head or two may just be on its way: the same digest twice, with all origins in it.
            return digests.Distinct().Count() == 1 && digests[0].Length > 0 && digests[0].Split(' ')[1] == _members.Length.ToString(CultureInfo.InvariantCulture);
        }, Deadline, () => $"all {_members.Length} digests are equal: {string.Join(", ", digests)}\n{string.Join('\n', _members.Select(m => m.Process.Output))}", _ct);
        foreach (var member in _members)
        {
            using var searcher = new Caller(member.Listens);
            await new ContentCheck(Expected, searcher).WhenSearchableAsync(random, Deadline, _ct);
        }
        _run.Say($"{_members.Length} servers agree on {digests[0][..12]}: {Expected.Acknowledged} changes acknowledged, {Expected.Contents().Count} contents, {Kills} kills");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in _members)
        {
            if (member.Process is not null)
                await member.Process.DisposeAsync();
            member.Line.Dispose();
            member.Caller?.Dispose();
        }
        Directory.Delete(_root, recursive: true);
    }

    private async Task<string> DigestAsync(Member member)
    {
        using var http = new HttpClient { BaseAddress = member.Listens };
        using var answer = await http.GetAsync("/federation/v1/feeds", _ct);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var body = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync(_ct));
        return $"{answer.Headers.ETag} {body.RootElement.GetProperty("feeds").GetArrayLength()}";
    }

    private int[] Processes() => [.. _members.Select(m => m.Process).Where(p => p is { HasExited: false }).Select(p => p.Id)];

    private bool IsCut(int process, Member member) =>
        Array.Find(_members, m => m.Process is { HasExited: false } p && p.Id == process) is { } caller && caller != member
            && _cuts.GetValueOrDefault((Math.Min(caller.Index, member.Index), Math.Max(caller.Index, member.Index)));

    /// <summary>A server of the scene.</summary>
    internal sealed class Member(int index, string data, Uri listens)
    {
        public int Index => index;

        public string Data => data;

        /// <summary>Where it listens; the others reach it over its line.</summary>
        public Uri Listens => listens;

        public CuttableLine Line { get; set; } = null!;

        public ServerProcess Process { get; set; } = null!;

        public Caller Caller { get; set; } = null!;

        public Announcer Announcer { get; set; } = null!;
    }
}
