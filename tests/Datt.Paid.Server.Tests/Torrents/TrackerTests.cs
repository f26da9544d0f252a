using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Datt.Paid.Protocol.Torrents;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Server.Torrents;
using Datt.Paid.Tests.Torrents;
using Datt.Paid.Torrents;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Torrents;

/// <summary>The tracker over HTTP, as clients ask it and read its answers.</summary>
public class TrackerTests
{
    [Fact]
    public async Task Peers_come_compact_by_family_under_both_names_of_the_torrent()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "This machine has no IPv6.");
        await using var server = await StartAsync(urls: "http://127.0.0.1:0;http://[::1]:0");
        var bound = server.Services.GetRequiredService<PublicAddress>().Bound.Select(address => new Uri(address));
        using var six = new HttpClient { BaseAddress = bound.Single(address => address.HostNameType == UriHostNameType.IPv6) };
        var info = await InfoAsync(server);
        var first = await AnnounceAsync(server.Anyone, info.Version1, 6_881);
        Assert.Equal((900L, 60L, 0L, 1L), (first["interval"], first["min interval"], first["complete"], first["incomplete"]));
        Assert.Empty(Peers(first));
        Assert.Equal(["127.0.0.1:6881"], Peers(await AnnounceAsync(six, info.Version1, 51_413, left: 0)));
        Assert.Equal(["127.0.0.1:6881", "[::1]:51413"], Peers(await AnnounceAsync(server.Anyone, info.Version1, 1)));

        Assert.Empty(Peers(await AnnounceAsync(server.Anyone, InfoHash.OfVersion2(info.Version2), 6_881)));
        Assert.Equal(["127.0.0.1:6881"], Peers(await AnnounceAsync(six, InfoHash.OfVersion2(info.Version2), 2)));
    }

    [Fact]
    public async Task Who_stops_or_stays_away_is_not_told_of()
    {
        var clock = new WallClock("2026-11-23T12:00:00Z");
        await using var server = await StartAsync(clock);
        var hash = (await InfoAsync(server)).Version1;
        await AnnounceAsync(server.Anyone, hash, 1);
        await AnnounceAsync(server.Anyone, hash, 2);
        await AnnounceAsync(server.Anyone, hash, 2, more: "&event=stopped");
        Assert.Equal(["127.0.0.1:1"], Peers(await AnnounceAsync(server.Anyone, hash, 3)));
        clock.Advance(TimeSpan.FromMinutes(30));
        Assert.Empty(Peers(await AnnounceAsync(server.Anyone, hash, 4)));
    }

    [Fact]
    public async Task Only_the_address_that_calls_is_believed()
    {
        await using var server = await StartAsync();
        var hash = (await InfoAsync(server)).Version1;
        await AnnounceAsync(server.Anyone, hash, 1, more: "&ip=8.8.8.8&ipv4=8.8.8.8:53&ipv6=2001:4860:4860::8888");
        Assert.Equal(["127.0.0.1:1"], Peers(await AnnounceAsync(server.Anyone, hash, 2)));
    }

    [Fact]
    public async Task Where_private_addresses_are_not_allowed_nobody_is_sent_to_one()
    {
        await using var server = await StartAsync(allowPrivate: false);
        var hash = (await InfoAsync(server)).Version1;
        await AnnounceAsync(server.Anyone, hash, 1);
        var answer = await AnnounceAsync(server.Anyone, hash, 2);
        Assert.Empty(Peers(answer));
        Assert.Equal((0L, 0L), (answer["complete"], answer["incomplete"]));
        Assert.Equal(0, server.Services.GetRequiredService<PeerTable>().Count);
    }

    [Fact]
    public async Task Refusals_say_why_in_the_words_of_the_protocol()
    {
        await using var server = await StartAsync();
        var hash = (await InfoAsync(server)).Version1;
        foreach (var query in new[]
        {
            "", "?", "?info_hash=&port=1", "?info_hash=abc&port=1", $"?info_hash={Escape(hash)}", $"?info_hash={Escape(hash)}&port=0", $"?info_hash={Escape(hash)}&port=65536",
            $"?info_hash={Escape(hash)}%00&port=1", "?info_hash=%zz&port=1", "?info_hash=%4&port=1", $"?info_hash={new string('é', 20)}&port=1", $"?info_hash={new string('a', 20)}&port=1",
        })
        {
            var answer = Bencoded.Dictionary(await server.Anyone.GetByteArrayAsync("/torrent/announce" + query));
            Assert.Equal(["failure reason"], answer.Keys);
            Assert.NotEqual("", Bencoded.Text(answer["failure reason"]));
        }
        Assert.Equal(0, server.Services.GetRequiredService<PeerTable>().Count);
    }

    [Theory]
    [InlineData("port=5&info_hash=aaaaaaaaaaaaaaaaaaaa", true)]
    [InlineData("?info_hash=aaaaaaaaaaaaaaaaaaa%61&port=5", true)]
    [InlineData("?x=1&&info_hash=%61%61aaaaaaaaaaaaaaaaaa&port=5&port=9", true)]
    [InlineData("?info_hash=aaaaaaaaaaaaaaaaaaaaa&port=5", false)]
    [InlineData("?info_hashes=aaaaaaaaaaaaaaaaaaaa&port=5", false)]
    [InlineData("?info_hash=aaaaaaaaaaaaaaaaaaaa&port=+5", false)]
    [InlineData(null, false)]
    public void A_query_is_read_by_bytes(string? query, bool isGood)
    {
        Assert.Equal(isGood, AnnounceQuery.TryRead(query, out var announce, out var problem));
        Assert.Equal(isGood ? "61616161616161616161616161616161616161615" : null, announce is null ? null : announce.Torrent.ToString() + announce.Port);
        Assert.Equal(isGood, problem is null);
    }

    private static Task<ServerOnDisk> StartAsync(TimeProvider? time = null, bool allowPrivate = true, string urls = "http://127.0.0.1:0")
    {
        var settings = TorrentScene.Settings;
        settings["urls"] = urls;
        settings["Datt:Federation:AllowPrivateAddresses"] = allowPrivate ? "true" : "false";
        return ServerOnDisk.StartAsync(settings, time);
    }

    private static async Task<TorrentInfo> InfoAsync(ServerOnDisk server)
    {
        using var customer = await server.NewCustomerAsync();
        await TorrentScene.AnnounceAsync(server, customer, 1);
        await TorrentScene.TorrentAsync(server, Network.IdOf(server));
        return Assert.IsType<TorrentAnswer.Ready>(await server.Services.GetRequiredService<TorrentShelf>().GetAsync(Network.IdOf(server), default)).Torrent.Info;
    }

    private static async Task<IReadOnlyDictionary<string, object>> AnnounceAsync(HttpClient client, InfoHash hash, int port, long left = 1_000, string more = "") =>
        Bencoded.Dictionary(await client.GetByteArrayAsync(
            $"/torrent/announce?info_hash={Escape(hash)}&peer_id=-XX0001-123456789012&port={port}&uploaded=0&downloaded=0&left={left}&compact=1{more}"));

    private static string Escape(InfoHash hash) => string.Concat(hash.ToString().Chunk(2).Select(byteOf => "%" + new string(byteOf)));

    /// <summary>Of both families, IPv4 first, each in order.</summary>
    private static List<string> Peers(IReadOnlyDictionary<string, object> answer) =>
        [.. Peers((byte[])answer["peers"], 4).Order(StringComparer.Ordinal), .. Peers((byte[])answer["peers6"], 16).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Peers(byte[] compact, int addressBytes) => compact.Chunk(addressBytes + 2).Select(peer =>
        new IPEndPoint(new IPAddress(peer[..addressBytes]), BinaryPrimitives.ReadUInt16BigEndian(peer.AsSpan(addressBytes))).ToString());
}
