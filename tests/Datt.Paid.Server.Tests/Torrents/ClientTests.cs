using System.Net;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Server.Tests.Sync;
using Datt.Paid.Torrents;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Torrents;

/// <summary>Programs that others wrote load a feed from real servers.</summary>
public sealed class ClientTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("datt-torrent-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Libtorrent_loads_the_hybrid_from_the_web_seed_and_calls_it_as_the_server_does()
    {
        Libtorrent.Needed();
        await using var server = await ServerOnDisk.StartAsync(TorrentScene.Settings);
        var (torrent, file) = await TorrentOfSomeRunsAsync(server);
        await using var client = await Libtorrent.LoadAsync(file, _folder);
        await TorrentScene.AssertLoadedAsync(_folder, torrent, await TorrentScene.FilesAsync(server, torrent));
        var ready = Assert.IsType<TorrentAnswer.Ready>(await server.Services.GetRequiredService<TorrentShelf>().GetAsync(Network.IdOf(server), default));
        Assert.Equal((ready.Torrent.Info.Version1.ToString(), ready.Torrent.Info.Version2.ToString()), (client.Version1, client.Version2));
    }

    [Fact]
    public async Task Libtorrent_loads_it_by_what_version_2_says_alone()
    {
        Libtorrent.Needed();
        await using var server = await ServerOnDisk.StartAsync(TorrentScene.Settings);
        var (torrent, file) = await TorrentOfSomeRunsAsync(server);
        // Without the keys of version 1 it has another name, so the tracker does not know it; the files are the same.
        await using var client = await Libtorrent.LoadAsync(file, _folder, version2: true, seedsOnly: true);
        Assert.Equal(new string('0', 40), client.Version1);
        await TorrentScene.AssertLoadedAsync(_folder, torrent, await TorrentScene.FilesAsync(server, torrent));
    }

    [Fact]
    public async Task Aria2_loads_version_1_from_the_web_seed_pad_files_too()
    {
        await using var server = await ServerOnDisk.StartAsync(TorrentScene.Settings);
        var (torrent, file) = await TorrentOfSomeRunsAsync(server);
        await Aria2.LoadAsync(file, _folder);
        await TorrentScene.AssertLoadedAsync(_folder, torrent, await TorrentScene.FilesAsync(server, torrent));
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(_folder, TorrentScene.NameOf(torrent), ".pad")));
    }

    [Fact]
    public async Task A_client_without_web_seeds_finds_another_by_the_tracker_and_loads_from_it()
    {
        Libtorrent.Needed();
        await using var server = await ServerOnDisk.StartAsync(TorrentScene.Settings);
        var (torrent, file) = await TorrentOfSomeRunsAsync(server);
        await using var first = await Libtorrent.LoadAsync(file, Path.Combine(_folder, "first"));
        await using var second = await Libtorrent.LoadAsync(file, Path.Combine(_folder, "second"), peersOnly: true);
        await TorrentScene.AssertLoadedAsync(Path.Combine(_folder, "second"), torrent, await TorrentScene.FilesAsync(server, torrent));
    }

    [Fact]
    public async Task When_the_origin_is_gone_its_torrent_loads_from_a_server_that_follows_it()
    {
        Libtorrent.Needed();
        await using var network = await Network.LineAsync(2, TorrentScene.Settings);
        await network.CompleteAsync();
        using var customer = await network[0].NewCustomerAsync();
        await TorrentScene.AnnounceAsync(network[0], customer, 1, 2, 3);
        await SwarmTests.AgreeAsync(network.Servers);
        var torrent = await TorrentScene.TorrentAsync(network[0], Network.IdOf(network[0]));
        Assert.Equal([$"{network[0].Address}torrent/", $"{network[1].Address}torrent/"], TorrentScene.WebSeedsOf(torrent));

        var originals = await TorrentScene.FilesAsync(network[0], torrent);
        await network[0].StopAsync();
        await using var client = await Libtorrent.LoadAsync(await WriteAsync(torrent), _folder, seedsOnly: true);
        await TorrentScene.AssertLoadedAsync(_folder, torrent, originals);
    }

    [Fact]
    public async Task A_web_seed_that_merged_files_away_does_not_keep_a_client_from_the_one_that_has_them()
    {
        Libtorrent.Needed();
        await using var network = await Network.LineAsync(2, TorrentScene.Settings);
        await network.CompleteAsync();
        using var customer = await network[0].NewCustomerAsync();
        await TorrentScene.AnnounceAsync(network[0], customer, 1, 2, 3);
        await SwarmTests.AgreeAsync(network.Servers);
        var torrent = await TorrentScene.TorrentAsync(network[0], Network.IdOf(network[0]));
        Assert.Equal(2, TorrentScene.WebSeedsOf(torrent).Count);
        var originals = await TorrentScene.FilesAsync(network[0], torrent);
        await TorrentScene.MergeAwayAsync(network[0], customer, TorrentScene.RunsOf(torrent)[0]);
        var file = $"/torrent/{TorrentScene.NameOf(torrent)}/{TorrentScene.RunsOf(torrent)[0]}";
        await Eventually.HoldsAsync(async () => (await network[1].Anyone.GetAsync(file)).StatusCode == HttpStatusCode.NotFound, "the follower no longer has it");

        await using var client = await Libtorrent.LoadAsync(await WriteAsync(torrent), _folder);
        await TorrentScene.AssertLoadedAsync(_folder, torrent, originals);
    }

    private async Task<(byte[] Torrent, string File)> TorrentOfSomeRunsAsync(ServerOnDisk server)
    {
        using var customer = await server.NewCustomerAsync();
        await TorrentScene.AnnounceAsync(server, customer, 1, 2, 3);
        var torrent = await TorrentScene.TorrentAsync(server, Network.IdOf(server));
        Assert.True(TorrentScene.RunsOf(torrent).Count >= 3);
        return (torrent, await WriteAsync(torrent));
    }

    private async Task<string> WriteAsync(byte[] torrent)
    {
        var file = Path.Combine(_folder, "feed.torrent");
        await File.WriteAllBytesAsync(file, torrent);
        return file;
    }
}
