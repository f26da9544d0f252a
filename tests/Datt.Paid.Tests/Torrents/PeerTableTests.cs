using System.Net;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Torrents;
using Datt.Paid.Torrents;

namespace Datt.Paid.Tests.Torrents;

public class PeerTableTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly InfoHash One = InfoHash.OfVersion2(Hash256.Of("one"u8));
    private static readonly InfoHash Other = InfoHash.OfVersion2(Hash256.Of("other"u8));

    private readonly TorrentSettings _settings = new() { MaximumPeers = 100 };
    private readonly PeerTable _table;

    public PeerTableTests() => _table = new PeerTable(_settings);

    [Fact]
    public void Peers_of_a_torrent_are_told_of_each_other_and_of_nobody_else()
    {
        Assert.Empty(Announce(1).Peers);
        Announce(9, torrent: Other);
        Assert.Equal([Peer(1)], Announce(2).Peers);
        var answer = Announce(3);
        Assert.Equal([Peer(1), Peer(2)], answer.Peers.OrderBy(p => p.Address.ToString()));
        Assert.Equal((0, 3), (answer.Seeds, answer.Leechers));
    }

    [Fact]
    public void A_seed_is_not_told_of_other_seeds_and_counts_as_one()
    {
        Announce(1, isSeed: true);
        Announce(2);
        var answer = Announce(3, isSeed: true);
        Assert.Equal([Peer(2)], answer.Peers);
        Assert.Equal((2, 1), (answer.Seeds, answer.Leechers));
        Announce(2, isSeed: true); // it has loaded everything
        Assert.Equal((3, 0), (Announce(1, isSeed: true) is var last ? last.Seeds : 0, last.Leechers));
    }

    [Fact]
    public void Who_leaves_or_stays_away_is_forgotten()
    {
        Announce(1);
        Announce(2);
        Assert.Empty(Announce(2, isStopped: true).Peers);
        Assert.Equal(1, _table.Count);
        var late = Start + 2 * _settings.AnnounceInterval;
        Assert.Equal([Peer(1)], Announce(3, at: late - TimeSpan.FromSeconds(1)).Peers);
        Assert.Equal([Peer(3)], Announce(4, at: late).Peers);
        Assert.Equal([Peer(3), Peer(4)], Announce(5, at: late + TimeSpan.FromMinutes(2)).Peers.OrderBy(p => p.Address.ToString()));
        Assert.Equal(3, _table.Count); // the first one was swept out
    }

    [Fact]
    public void Coming_back_renews()
    {
        Announce(1);
        var later = Start + _settings.AnnounceInterval;
        Announce(1, at: later);
        Assert.Equal(1, _table.Count);
        Assert.Equal([Peer(1)], Announce(2, at: later + 2 * _settings.AnnounceInterval - TimeSpan.FromSeconds(1)).Peers);
    }

    [Fact]
    public void No_more_peers_are_told_than_asked_for_and_never_more_than_the_bound()
    {
        _settings.MaximumPeers = 1_000;
        for (var i = 1; i <= 250; i++)
            Announce(i);
        Assert.Equal(7, Announce(251, wanted: 7).Peers.Distinct().Count());
        Assert.Equal(PeerTable.MostTold, Announce(251, wanted: 100_000).Peers.Distinct().Count());
        Assert.Empty(Announce(251, wanted: 0).Peers);
        Assert.Empty(Announce(251, wanted: -5).Peers);
    }

    [Fact]
    public void One_address_fills_only_its_share()
    {
        for (var port = 1; port <= PeerTable.MostOfCaller + 10; port++)
            _table.Announce(new PeerAnnounce(One, new IPEndPoint(IPAddress.Parse("5.5.5.5"), port), 5, false, false, true, 0), Start);
        Assert.Equal(PeerTable.MostOfCaller, _table.Count);
        Announce(1);
        Assert.Equal(PeerTable.MostOfCaller + 1, _table.Count);
        // A place that gets free can be taken again.
        _table.Announce(new PeerAnnounce(One, new IPEndPoint(IPAddress.Parse("5.5.5.5"), 3), 5, false, true, true, 0), Start);
        _table.Announce(new PeerAnnounce(Other, new IPEndPoint(IPAddress.Parse("5.5.5.5"), 9_999), 5, false, false, true, 0), Start);
        Assert.Equal(PeerTable.MostOfCaller + 1, _table.Count);
    }

    [Fact]
    public void A_full_table_takes_nobody_but_answers_everybody_until_places_get_free()
    {
        for (var i = 1; i <= 150; i++)
            Announce(i);
        Assert.Equal(_settings.MaximumPeers, _table.Count);
        Assert.Equal(50, Announce(150).Peers.Count);
        Announce(200, at: Start + 2 * _settings.AnnounceInterval);
        Assert.Equal(1, _table.Count);
    }

    [Fact]
    public void Who_is_not_to_be_listed_gets_an_answer_only()
    {
        Announce(1);
        Assert.Equal([Peer(1)], Announce(2, isListed: false).Peers);
        Assert.Empty(Announce(1).Peers);
        Assert.Equal(1, _table.Count);
    }

    [Fact]
    public void Any_order_of_coming_and_going_ends_as_a_dictionary_says()
    {
        var samples = new Protocol.RecordSamples(11);
        var there = new Dictionary<int, bool>();
        for (var step = 0; step < 5_000; step++)
        {
            var (who, isSeed, isStopped) = (1 + samples.Next(60), samples.Chance(2), samples.Chance(3));
            if (isStopped)
                there.Remove(who);
            else
                there[who] = isSeed;
            var answer = Announce(who, isSeed: isSeed, isStopped: isStopped, wanted: 100);
            Assert.Equal((there.Values.Count(seed => seed), there.Values.Count(seed => !seed)), (answer.Seeds, answer.Leechers));
            if (!isStopped)
                Assert.Equal(there.Where(t => t.Key != who && !(isSeed && t.Value)).Select(t => Peer(t.Key).ToString()).Order(), answer.Peers.Select(p => p.ToString()).Order());
        }
        Assert.Equal(there.Count, _table.Count);
    }

    private static IPEndPoint Peer(int number) => new(new IPAddress([9, 9, (byte)(number >> 8), (byte)number]), 6_881);

    private PeerAnswer Announce(
        int number, InfoHash? torrent = null, bool isSeed = false, bool isStopped = false, bool isListed = true, int wanted = 50, DateTimeOffset? at = null) =>
        _table.Announce(new PeerAnnounce(torrent ?? One, Peer(number), (UInt128)(ulong)number, isSeed, isStopped, isListed, wanted), at ?? Start);
}
