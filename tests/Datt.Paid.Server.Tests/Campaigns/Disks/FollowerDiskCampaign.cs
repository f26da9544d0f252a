using System.Globalization;
using System.Net;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Campaigns.Disks;

/// <summary>
/// The disk of a follower fills up while it downloads: it says so, goes on answering searches, and with space it brings the rest in without a restart.
/// </summary>
[Collection(CampaignCollection.Name)]
public sealed class FollowerDiskCampaign(ITestOutputHelper output) : IAsyncDisposable
{
    private const int Megabytes = 256;
    private const int Before = 50;
    private const int During = 20_000;
    private const int BulkLines = 5_000;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    private readonly CampaignRun _run = new(output, "follower's disk");
    private readonly string _root = Directory.CreateTempSubdirectory("datt-origin-").FullName;
    private SmallDisk? _disk;
    private ServerProcess? _origin;
    private ServerProcess? _follower;

    [Fact]
    public async Task AFullDiskHoldsUpADownloadAndNothingElse()
    {
        _disk = SmallDisk.Mount(Megabytes, out var reason);
        Assert.SkipWhen(_disk is null, reason ?? "");
        var ct = TestContext.Current.CancellationToken;
        var (first, second) = (ServerProcess.FreeAddress(), ServerProcess.FreeAddress());
        _origin = await ServerProcess.Start(_root, first, Settings(first)).ReadyAsync(ct);
        var data = Directory.CreateDirectory(Path.Combine(_disk.Path, "data")).FullName;
        _follower = await ServerProcess.Start(data, second, Settings(second, bootstrap: first)).ReadyAsync(ct);
        using var writer = await Caller.RegisteredAsync(first, ct);
        using var searcher = new Caller(second);
        await AnnounceAsync(writer, 0, Before, ct);
        await FindsAsync(searcher, Before, ct);

        _disk.Fill();
        await AnnounceAsync(writer, Before, During, ct);
        await Eventually.HoldsAsync(
            () => Task.FromResult(Said("The disk is full")), Deadline, () => $"the follower says that its disk is full:\n{_follower.Output}", ct);
        for (var i = 0; i < 40; i++)
        {
            Assert.InRange(await TotalAsync(searcher, ct), Before, Before + During - 1);
            Assert.Equal(HttpStatusCode.OK, await _follower.StatusAsync("/health/live", ct));
        }

        _disk.Free();
        await FindsAsync(searcher, Before + During, ct);
        Assert.False(_follower.HasExited, "it went on without a restart");
        _run.Say(string.Create(CultureInfo.InvariantCulture, $"{During} records came in after the disk had been full"));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in new[] { _follower, _origin })
        {
            if (server is not null)
                await server.DisposeAsync();
        }
        _disk?.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private static Dictionary<string, string> Settings(Uri address, Uri? bootstrap = null)
    {
        var settings = new Dictionary<string, string>
        {
            ["Datt:PublicUrl"] = address.ToString().TrimEnd('/'),
            ["Datt:Search:Access"] = "Free",
            ["Datt:Federation:AllowPrivateAddresses"] = "true",
            ["Datt:Federation:CrawlInterval"] = "00:00:02",
            ["Datt:Sync:PollInterval"] = "00:00:03",
        };
        if (bootstrap is not null)
            settings["Datt:Bootstrap:0"] = bootstrap.ToString();
        return settings;
    }

    private static async Task AnnounceAsync(Caller writer, int from, int count, CancellationToken ct)
    {
        foreach (var lines in Enumerable.Range(from, count).Chunk(BulkLines))
        {
            var answer = await writer.PostLinesAsync("/api/v1/content/bulk?node=node-1", lines.Select(n => SentRecord.Body(n, 1)), ct);
            Assert.Equal(lines.Length, answer!.Expect(HttpStatusCode.OK).Json["accepted"]!.GetValue<int>());
        }
    }

    private bool Said(string words) => _follower!.Output.Contains(words, StringComparison.Ordinal);

    private static async Task<int> TotalAsync(Caller searcher, CancellationToken ct) =>
        (await searcher.MustGetAsync($"/api/v1/search?q={SentRecord.CommonWord}&limit=1", ct)).Expect(HttpStatusCode.OK).Json["total"]!["value"]!.GetValue<int>();

    private Task FindsAsync(Caller searcher, int records, CancellationToken ct) => Eventually.HoldsAsync(
        async () => await TotalAsync(searcher, ct) == records, Deadline, () => $"the follower finds {records} records; output:\n{_follower!.Output}", ct);
}
