using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.Tests.Policy;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Server.Tests.Sync;
using Datt.Paid.Tests.Torrents;
using Datt.Paid.Torrents;

namespace Datt.Paid.Server.Tests.Torrents;

/// <summary>Torrents and their files over HTTP.</summary>
public class TorrentCallTests(SharedServer shared)
{
    [Fact]
    public async Task Nothing_of_it_is_there_unless_it_is_switched_on()
    {
        var server = shared.Server;
        var origin = Network.IdOf(server);
        foreach (var path in new[] { $"{origin}.torrent", "announce", "datt-abcdefgh-1-1/" + new string('a', 64), "datt-abcdefgh-1-1/.pad/1" })
            Assert.Equal(HttpStatusCode.NotFound, (await server.Anyone.GetAsync("/torrent/" + path)).StatusCode);
        Assert.False((await CardAsync(server)).GetProperty("federation").TryGetProperty("torrents", out _));
        Assert.False(Directory.Exists(Path.Combine(server.Directory, "torrents")));
    }

    [Theory]
    [InlineData("Paid")]
    [InlineData("Reciprocal")]
    public void It_is_refused_where_runs_are_not_free(string access)
    {
        var refused = Assert.Throws<StartRefused>(() => DattServer.Build(
            ["--environment=Development", "--Datt:Torrent:Enabled=true", $"--Datt:Federation:Access={access}", "--Datt:Torrent:WebSeeds=-1"]));
        Assert.Contains(refused.Reasons, reason => reason.Contains("Datt:Torrent:Enabled", StringComparison.Ordinal) && reason.Contains(access, StringComparison.Ordinal));
        Assert.Contains(refused.Reasons, reason => reason.Contains("Datt:Torrent:WebSeeds", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_torrent_is_of_the_newest_manifest_and_made_anew_after_ten_minutes()
    {
        var clock = new WallClock("2026-11-23T12:00:00Z");
        await using var server = await ServerOnDisk.StartAsync(TorrentScene.Settings, clock);
        var origin = Network.IdOf(server);
        await Refused.WithAsync(server.Anyone.GetAsync($"/torrent/{origin}.torrent"), HttpStatusCode.NotFound, "not_found"); // nothing announced yet
        using var customer = await server.NewCustomerAsync();
        await TorrentScene.AnnounceAsync(server, customer, 1, 2);
        var first = await TorrentScene.TorrentAsync(server, origin);
        var manifest = (await TorrentScene.ManifestAsync(server, origin)).Manifest;
        Assert.Equal($"datt-{origin[..8]}-{manifest.Epoch}-{manifest.Version}", TorrentScene.NameOf(first));
        Assert.Equal(manifest.Runs.Select(r => r.Id.ToString()).Order(StringComparer.Ordinal), TorrentScene.RunsOf(first));
        Assert.Equal($"{server.Address}torrent/announce", Bencoded.Text(Bencoded.Dictionary(first)["announce"]));
        Assert.Equal([$"{server.Address}torrent/"], TorrentScene.WebSeedsOf(first));

        await TorrentScene.AnnounceAsync(server, customer, 3);
        clock.Advance(TorrentShelf.Fresh - TimeSpan.FromSeconds(1));
        Assert.Equal(first, await TorrentScene.TorrentAsync(server, origin));
        clock.Advance(TimeSpan.FromSeconds(1));
        var second = await TorrentScene.TorrentAsync(server, origin);
        Assert.Equal(TorrentScene.RunsOf(first).Count + 1, TorrentScene.RunsOf(second).Count);
        clock.Advance(2 * TorrentShelf.Fresh);
        Assert.Equal(second, await TorrentScene.TorrentAsync(server, origin)); // nothing new
    }

    [Fact]
    public async Task Files_are_given_whole_and_in_ranges_under_the_name_of_any_torrent()
    {
        await using var server = await ServerOnDisk.StartAsync(TorrentScene.Settings);
        using var customer = await server.NewCustomerAsync();
        await TorrentScene.AnnounceAsync(server, customer, 1);
        var torrent = await TorrentScene.TorrentAsync(server, Network.IdOf(server));
        var run = TorrentScene.RunsOf(torrent)[0];
        var bytes = await server.Anyone.GetByteArrayAsync($"/federation/v1/runs/{run}");
        var path = $"/torrent/{TorrentScene.NameOf(torrent)}/{run}";

        var whole = await server.Anyone.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, whole.StatusCode);
        Assert.Contains("bytes", whole.Headers.AcceptRanges);
        Assert.Equal(bytes, await whole.Content.ReadAsByteArrayAsync());
        await RangeIsAsync(server, path, 20_000, 20_099, bytes[20_000..20_100], bytes.Length);
        await RangeIsAsync(server, path, 16_384, null, bytes[16_384..], bytes.Length);
        await RangeIsAsync(server, path, null, 10, bytes[^10..], bytes.Length);
        await RangeIsAsync(server, $"/torrent/datt-abcdefgh-9-9/{run}", 0, 0, bytes[..1], bytes.Length);
        await RefusedAsync(server, path, $"bytes={bytes.Length}-", HttpStatusCode.RequestedRangeNotSatisfiable);
        await RefusedAsync(server, path, "bytes=0-1,5-6", HttpStatusCode.RequestedRangeNotSatisfiable);
        await RefusedAsync(server, $"/torrent/another-name/{run}", null, HttpStatusCode.NotFound);
        await RefusedAsync(server, $"/torrent/{TorrentScene.NameOf(torrent)}/{new string('0', 64)}", null, HttpStatusCode.NotFound);
        await RefusedAsync(server, $"/torrent/{TorrentScene.NameOf(torrent)}/no-run", null, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_pad_file_is_as_many_zeros_as_its_name_says()
    {
        await using var server = await ServerOnDisk.StartAsync(TorrentScene.Settings);
        const string Folder = "/torrent/datt-abcdefgh-1-1/.pad/";
        Assert.Equal(new byte[1], await server.Anyone.GetByteArrayAsync(Folder + "1"));
        Assert.Equal(new byte[200_000], await server.Anyone.GetByteArrayAsync(Folder + "200000"));
        await RangeIsAsync(server, Folder + "200000", 100_000, 170_000, new byte[70_001], 200_000);
        await RefusedAsync(server, Folder + "200000", "bytes=200000-", HttpStatusCode.RequestedRangeNotSatisfiable);
        Assert.Equal(16_777_215, (await server.Anyone.GetByteArrayAsync(Folder + "16777215")).Length);
        foreach (var none in new[] { "0", "-1", "16777216", "99999999999999999999", "x", "1.5" })
            await RefusedAsync(server, Folder + none, null, HttpStatusCode.NotFound);
        await RefusedAsync(server, "/torrent/another-name/.pad/1", null, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Files_stay_after_the_feed_has_merged_them_away_and_over_a_restart()
    {
        await using var server = await ServerOnDisk.StartAsync(TorrentScene.Settings);
        using var customer = await server.NewCustomerAsync();
        await TorrentScene.AnnounceAsync(server, customer, 1);
        var torrent = await TorrentScene.TorrentAsync(server, Network.IdOf(server));
        var run = TorrentScene.RunsOf(torrent)[0];
        var bytes = await server.Anyone.GetByteArrayAsync($"/federation/v1/runs/{run}");
        await TorrentScene.MergeAwayAsync(server, customer, run);

        var path = $"/torrent/{TorrentScene.NameOf(torrent)}/{run}";
        Assert.Equal(bytes, await server.Anyone.GetByteArrayAsync(path));
        await server.RestartAsync();
        Assert.Equal(bytes, await server.Anyone.GetByteArrayAsync(path));
    }

    [Fact]
    public async Task Every_server_makes_the_same_torrent_of_a_feed_and_none_of_one_it_dropped()
    {
        await using var network = await Network.LineAsync(2, TorrentScene.Settings);
        await network.CompleteAsync();
        var origin = Network.IdOf(network[0]);
        using var customer = await network[0].NewCustomerAsync();
        await TorrentScene.AnnounceAsync(network[0], customer, 1, 2);
        await SwarmTests.AgreeAsync(network.Servers);
        var torrent = await TorrentScene.TorrentAsync(network[0], origin);
        Assert.True((await CardAsync(network[0])).GetProperty("federation").GetProperty("torrents").GetBoolean());
        var others = await TorrentScene.TorrentAsync(network[1], origin);
        Assert.Equal(Raw(torrent), Raw(others));

        using var desk = await PolicyDesk.OpenAsync(network[1]);
        await desk.BlockAsync("origin", origin, drop: true);
        await RefusedAsync(network[1], $"/torrent/{origin}.torrent", null, HttpStatusCode.NotFound);
        var file = $"/torrent/{TorrentScene.NameOf(torrent)}/{TorrentScene.RunsOf(torrent)[0]}";
        await Eventually.HoldsAsync(async () => (await network[1].Anyone.GetAsync(file)).StatusCode == HttpStatusCode.NotFound, "the runs are not given any more");
    }

    [Fact]
    public async Task Unknown_origins_and_feeds_that_are_too_long_have_no_torrent()
    {
        var settings = TorrentScene.Settings;
        settings["Datt:Torrent:MaximumBytes"] = "1000";
        await using var server = await ServerOnDisk.StartAsync(settings);
        using var customer = await server.NewCustomerAsync();
        await TorrentScene.AnnounceAsync(server, customer, 1);
        await RefusedAsync(server, $"/torrent/{Network.IdOf(server)}.torrent", null, HttpStatusCode.NotFound);
        await RefusedAsync(server, $"/torrent/{Network.IdOf(shared.Server)}.torrent", null, HttpStatusCode.NotFound);
        await RefusedAsync(server, "/torrent/nobody.torrent", null, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_calls_are_described()
    {
        await using var server = await ServerOnDisk.StartAsync(TorrentScene.Settings);
        var paths = (await server.Anyone.GetFromJsonAsync<JsonElement>("/openapi/v1.json")).GetProperty("paths");
        foreach (var path in new[] { "/torrent/{origin}.torrent", "/torrent/{name}/{runId}", "/torrent/{name}/.pad/{length}", "/torrent/announce" })
            Assert.NotEqual("", paths.GetProperty(path).GetProperty("get").GetProperty("summary").GetString());
    }

    private static Task<JsonElement> CardAsync(ServerOnDisk server) => server.Anyone.GetFromJsonAsync<JsonElement>("/api/v1/server");

    /// <summary>The info dictionary as it stands in the file, between its key and the next.</summary>
    private static byte[] Raw(byte[] torrent)
    {
        var (from, to) = (torrent.AsSpan().IndexOf("4:info"u8), torrent.AsSpan().LastIndexOf("12:piece layers"u8));
        return torrent[from..to];
    }

    private static async Task RangeIsAsync(ServerOnDisk server, string path, long? from, long? to, byte[] expected, long length)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Range = new RangeHeaderValue(from, to);
        using var answer = await server.Anyone.SendAsync(request);
        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal(length, answer.Content.Headers.ContentRange!.Length);
        Assert.Equal(expected.Length, answer.Content.Headers.ContentRange.To - answer.Content.Headers.ContentRange.From + 1);
        Assert.Equal(expected, await answer.Content.ReadAsByteArrayAsync());
    }

    private static async Task RefusedAsync(ServerOnDisk server, string path, string? range, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (range is not null)
            request.Headers.TryAddWithoutValidation("Range", range);
        await Refused.WithAsync(server.Anyone.SendAsync(request), status, status == HttpStatusCode.NotFound ? "not_found" : "invalid_range");
    }
}
