using System.Net;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Protocol.Torrents;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Sync;
using Datt.Paid.Torrents;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Torrents;

/// <summary>When a torrent is made, of what, and when it cannot be.</summary>
public class TorrentShelfTests
{
    [Fact]
    public async Task Many_who_ask_at_once_get_the_same_torrent()
    {
        await using var server = await ServerOnDisk.StartAsync(TorrentScene.Settings);
        using var customer = await server.NewCustomerAsync();
        await TorrentScene.AnnounceAsync(server, customer, 1, 2);
        var torrents = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => TorrentScene.TorrentAsync(server, Network.IdOf(server))));
        Assert.All(torrents, torrent => Assert.Equal(torrents[0], torrent));
        var shelf = server.Services.GetRequiredService<TorrentShelf>();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => shelf.GetAsync(Network.IdOf(server), default)));
        Assert.Single(answers.Select(answer => Assert.IsType<TorrentAnswer.Ready>(answer).Torrent).Distinct());
    }

    [Fact]
    public async Task While_a_run_is_missing_askers_are_told_when_to_come_back()
    {
        var clock = new WallClock("2026-11-23T12:00:00Z");
        await using var server = await ServerOnDisk.StartAsync(TorrentScene.Settings, clock);
        var origin = Network.IdOf(server);
        using var customer = await server.NewCustomerAsync();
        await TorrentScene.AnnounceAsync(server, customer, 1, 2);
        var run = PathOf(server, (await TorrentScene.ManifestAsync(server, origin)).Manifest.Runs[^1].Id);
        var bytes = await File.ReadAllBytesAsync(run);
        File.Delete(run);
        for (var i = 0; i < 2; i++)
            await Refused.WithAsync(server.Anyone.GetAsync($"/torrent/{origin}.torrent"), HttpStatusCode.ServiceUnavailable, "unavailable");

        await File.WriteAllBytesAsync(run, bytes);
        await server.RestartAsync(); // what was found damaged is looked at anew
        Assert.Equal(2, TorrentScene.RunsOf(await TorrentScene.TorrentAsync(server, origin)).Count);
    }

    [Fact]
    public async Task What_was_hashed_is_not_read_again_also_where_the_torrent_did_not_come_about()
    {
        await using var server = await ServerOnDisk.StartAsync(TorrentScene.Settings);
        using var customer = await server.NewCustomerAsync();
        await TorrentScene.AnnounceAsync(server, customer, 1, 2, 3);
        var manifest = await TorrentScene.ManifestAsync(server, Network.IdOf(server));
        var (maker, known) = (server.Services.GetRequiredService<TorrentMaker>(), new Dictionary<RunId, RunPieces>());
        var longest = manifest.Manifest.Runs.MaxBy(run => run.Bytes)!;
        var bytes = await File.ReadAllBytesAsync(PathOf(server, longest.Id));
        File.Delete(PathOf(server, longest.Id));
        Assert.False(maker.TryMake(manifest, known, out _, default));
        Assert.Equal(2, known.Count); // the shorter ones

        foreach (var run in manifest.Manifest.Runs.Where(run => run != longest))
            File.Delete(PathOf(server, run.Id));
        using var hasher = new PieceHasher(known.Values.First().PieceLength);
        hasher.Append(bytes);
        known[longest.Id] = hasher.Complete(MerkleTree.Of(bytes));
        Assert.True(maker.TryMake(manifest, known, out var torrent, default));
        Assert.Equal(manifest.Hash, torrent.Manifest);
    }

    [Fact]
    public async Task The_tracker_is_told_of_both_names_and_of_no_other()
    {
        await using var server = await ServerOnDisk.StartAsync(TorrentScene.Settings);
        using var customer = await server.NewCustomerAsync();
        await TorrentScene.AnnounceAsync(server, customer, 1);
        var shelf = server.Services.GetRequiredService<TorrentShelf>();
        await TorrentScene.TorrentAsync(server, Network.IdOf(server));
        var info = Assert.IsType<TorrentAnswer.Ready>(await shelf.GetAsync(Network.IdOf(server), default)).Torrent.Info;
        Assert.True(shelf.Knows(info.Version1));
        Assert.True(shelf.Knows(InfoHash.OfVersion2(info.Version2)));
        Assert.False(shelf.Knows(InfoHash.OfVersion1("another"u8)));
    }

    private static string PathOf(ServerOnDisk server, RunId run)
    {
        Assert.True(server.Services.GetRequiredService<FeedShelf>().TryFindRun(run, out var held, out _));
        return held.Path;
    }
}
