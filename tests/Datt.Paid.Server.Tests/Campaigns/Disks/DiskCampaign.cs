using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Campaigns.Disks;

/// <summary>
/// The disk fills up while nodes announce: that is refused in clear words, searches go on, and with space it all works again, without a
/// restart; a kill while it is full loses nothing either.
/// </summary>
[Collection(CampaignCollection.Name)]
public sealed class DiskCampaign(ITestOutputHelper output) : IAsyncDisposable
{
    private const int Megabytes = 256;
    private const int MostSteps = 20_000;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly Uri _address = ServerProcess.FreeAddress();
    private readonly ExpectedContent _expected = new();
    private readonly CampaignRun _run = new(output, "disk");
    private SmallDisk? _disk;
    private ServerProcess? _server;

    [Fact]
    public async Task AFullDiskRefusesAnnouncesAndLosesNothing()
    {
        _disk = SmallDisk.Mount(Megabytes, out var reason);
        Assert.SkipWhen(_disk is null, reason ?? "");
        var ct = TestContext.Current.CancellationToken;
        var data = Path.Combine(_disk.Path, "data");
        Directory.CreateDirectory(data);
        var random = CampaignRun.RandomFor(0);
        _server = await ServerProcess.Start(data, _address).ReadyAsync(ct);
        using var searcher = await Caller.SubscribedAsync(_address, ct);
        using var writer = await Caller.RegisteredAsync(_address, ct);
        var announcer = new Announcer(_expected, "node-1", 1, CampaignRun.RandomFor(1));
        var check = new ContentCheck(_expected, searcher);
        for (var i = 0; i < 50; i++)
            Assert.True(await announcer.StepAsync(writer));
        await check.WhenSearchableAsync(random, Deadline, ct);

        for (var round = 0; round < 3; round++)
        {
            _disk.Fill();
            await AnnounceUntilRefusedAsync(announcer, writer);
            await UseWhileFullAsync(announcer, writer, searcher, check, ct);
            _disk.Free();
            await AnnounceAgainAsync(announcer, writer, ct);
            await check.WhenSearchableAsync(random, Deadline, ct);
            Assert.False(_server.HasExited, "it worked again without a restart");
        }

        _disk.Fill();
        await AnnounceUntilRefusedAsync(announcer, writer);
        await _server.KillAsync();
        await RestartWhileFullAsync(data, ct);
        await _server.ReadyAsync(ct);
        await check.RunAsync(random, ct);
        await AnnounceAgainAsync(announcer, writer, ct);

        _server.Terminate();
        Assert.Equal(0, await _server.ExitedAsync(Deadline, ct));
        var (exitCode, said) = await ServerAssembly.RunAsync(data, "verify", ct);
        Assert.True(exitCode == 0, $"verify ends with code {exitCode}:\n{said}");
        _run.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"4 times full, 1 kill, {announcer.Refused} announces refused with 503, {_expected.Acknowledged} changes acknowledged, {check.Found} records found again; 0 lost"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            if (TestContext.Current.TestState?.Result == TestResult.Failed)
                _run.Say($"the server's last lines:\n{_server.Output}");
            await _server.DisposeAsync();
        }
        _disk?.Dispose();
    }

    private async Task AnnounceUntilRefusedAsync(Announcer announcer, Caller writer)
    {
        var before = announcer.Refused;
        for (var steps = 0; announcer.Refused == before; steps++)
        {
            Assert.True(steps < MostSteps, $"no refusal in {MostSteps} announces although the disk has {_disk!.FreeBytes} bytes free");
            Assert.True(await announcer.StepAsync(writer), $"the server died of a full disk:\n{_server!.Output}");
            // What it frees by tidying up is taken at once.
            if (steps % 20 == 19)
                _disk!.Fill();
        }
    }

    private async Task UseWhileFullAsync(Announcer announcer, Caller writer, Caller searcher, ContentCheck check, CancellationToken ct)
    {
        for (var i = 0; i < 40; i++)
        {
            Assert.True(await announcer.StepAsync(writer), $"the server died of a full disk:\n{_server!.Output}");
            var hits = (await searcher.MustGetAsync($"/api/v1/search?q={SentRecord.CommonWord}", ct)).Expect(HttpStatusCode.OK).Json["hits"]!.AsArray();
            Assert.NotEmpty(hits);
        }
        await check.ByIdAsync(ct);
        Assert.Equal(HttpStatusCode.OK, await _server!.StatusAsync("/health/live", ct));
        using var nobody = new Caller(_address);
        var account = (await nobody.MustPostAsync("/api/v1/accounts", new JsonObject(), ct)).Expect(HttpStatusCode.Created, HttpStatusCode.ServiceUnavailable);
        Assert.True(account.IsSuccess || (account.Code == "unavailable" && account.RetryAfter is not null), account.Body);
    }

    private Task AnnounceAgainAsync(Announcer announcer, Caller writer, CancellationToken ct) => Eventually.HoldsAsync(
        async () =>
        {
            var refused = announcer.Refused;
            Assert.True(await announcer.StepAsync(writer));
            return announcer.Refused == refused;
        },
        Deadline,
        () => $"announces are taken again when there is space; output:\n{_server!.Output}",
        ct);

    /// <summary>A server started on a full disk either runs, or ends and says why; with space it runs.</summary>
    private async Task RestartWhileFullAsync(string data, CancellationToken ct)
    {
        _disk!.Fill();
        await _server!.DisposeAsync();
        _server = ServerProcess.Start(data, _address);
        HttpStatusCode? status = null;
        await Eventually.HoldsAsync(
            async () => _server.HasExited || (status = await _server.StatusAsync("/health/ready", ct)) is not null,
            Deadline,
            () => $"a server on a full disk answers or ends:\n{_server.Output}",
            ct);
        _run.Say(_server.HasExited ? $"on a full disk it does not start:\n{_server.Output}" : $"started on a full disk, /health/ready is {(int)status!}");
        _disk.Free();
        if (_server.HasExited)
        {
            await _server.DisposeAsync();
            _server = ServerProcess.Start(data, _address);
        }
    }
}
