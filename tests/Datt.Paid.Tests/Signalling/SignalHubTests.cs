using Datt.Paid.Signalling;
using Microsoft.Extensions.Time.Testing;
using static Datt.Paid.Tests.Signalling.TestPeer;

namespace Datt.Paid.Tests.Signalling;

public class SignalHubTests
{
    private const string Open = """{"type":"OPEN"}""";

    private readonly FakeTimeProvider _time = new();
    private readonly SignalHub _hub;

    public SignalHubTests() => _hub = new SignalHub(new SignalBounds { MaxPeers = 100 }, _time);

    [Fact]
    public void A_message_reaches_its_peer_with_the_name_of_its_sender_whatever_it_says()
    {
        var (alice, bob) = (new TestPeer(_hub, "alice"), new TestPeer(_hub, "bob"));
        alice.Says("""{"src":"mallory","payload":{"sdp":"\u00e9 \"x\"","n":[1,{}]},"type":"OFFER","extra":{"dst":"carol"},"dst":"bob"}""");
        Assert.Equal([Open, """{"type":"OFFER","src":"alice","dst":"bob","payload":{"sdp":"\u00e9 \"x\"","n":[1,{}]}}"""], bob.Heard());
        Assert.Equal([Open], alice.Heard());
    }

    [Fact]
    public void A_taken_id_goes_to_nobody_else_and_its_holder_notices_nothing()
    {
        var (alice, other) = (new TestPeer(_hub, "alice"), new TestPeer(_hub, "alice", "another token"));
        Assert.Equal(OpenOutcome.Taken, other.Outcome);
        other.Leaves();
        new TestPeer(_hub, "bob").Sends("OFFER", "alice");
        Assert.Equal([Open, Arrives("OFFER", "bob", "alice")], alice.Heard());
        Assert.Equal(1, _hub.Figures.TakenCount);
    }

    [Fact]
    public void The_same_token_takes_the_id_over_and_the_former_socket_takes_nothing_away_when_it_goes()
    {
        var former = new TestPeer(_hub, "alice");
        var now = new TestPeer(_hub, "alice");
        Assert.Equal([Open, "close 1000"], former.Heard());
        former.Leaves();
        new TestPeer(_hub, "bob").Sends("OFFER", "alice");
        Assert.Equal([Open, Arrives("OFFER", "bob", "alice")], now.Heard());
    }

    [Fact]
    public void Who_owns_the_node_takes_its_name_from_who_does_not_and_never_the_other_way_round()
    {
        var stranger = new TestPeer(_hub, "alice");
        Assert.Equal(OpenOutcome.Opened, new TestPeer(_hub, "alice", "key", isBound: true).Outcome);
        Assert.Equal([Open, "close 1000"], stranger.Heard());
        Assert.Equal(OpenOutcome.Taken, new TestPeer(_hub, "alice").Outcome);
    }

    [Fact]
    public void What_is_for_an_absent_peer_waits_in_order_and_comes_right_after_open()
    {
        var alice = new TestPeer(_hub, "alice");
        alice.Sends("OFFER", "bob");
        alice.Sends("CANDIDATE", "bob", "2");
        _time.Advance(TimeSpan.FromSeconds(4.9));
        _hub.Sweep(_ => true);
        var bob = new TestPeer(_hub, "bob");
        Assert.Equal([Open, Arrives("OFFER", "alice", "bob"), Arrives("CANDIDATE", "alice", "bob", "2")], bob.Heard());
        _time.Advance(TimeSpan.FromSeconds(10));
        _hub.Sweep(_ => true);
        Assert.Equal([Open], alice.Heard());
    }

    [Fact]
    public void Who_calls_somebody_absent_is_told_once_for_each_of_them()
    {
        var alice = new TestPeer(_hub, "alice");
        foreach (var dst in new[] { "bob", "carol", "bob", "bob" })
            alice.Sends("CANDIDATE", dst);
        alice.Sends("LEAVE", "dave");
        _time.Advance(TimeSpan.FromSeconds(5));
        _hub.Sweep(_ => true);
        Assert.Equal([Open, Expires("alice", "bob"), Expires("alice", "carol")], alice.Heard());
        Assert.Equal(0, _hub.Waiting);
    }

    [Fact]
    public void Calling_nobody_without_end_keeps_a_bounded_number_and_leaves_room_for_others()
    {
        var (flood, alice) = (new TestPeer(_hub, "flood"), new TestPeer(_hub, "alice"));
        for (var i = 0; i < 10_000; i++)
            flood.Sends("OFFER", "nobody");
        Assert.InRange(_hub.Waiting, 1, 200);
        alice.Sends("OFFER", "bob");
        Assert.Equal([Open, Arrives("OFFER", "alice", "bob")], new TestPeer(_hub, "bob").Heard());
    }

    [Fact]
    public void A_silent_socket_is_closed_after_a_minute_and_one_that_beats_is_not()
    {
        var (silent, beating) = (new TestPeer(_hub, "silent"), new TestPeer(_hub, "beating"));
        for (var i = 0; i < 12; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            beating.Socket.LastHeard = _time.GetTimestamp();
            _hub.Sweep(_ => true);
        }
        Assert.Equal([Open, "close 1001"], silent.Heard());
        Assert.Equal([Open], beating.Heard());
        Assert.Equal(1, _hub.Figures.SilentCount);
    }

    [Fact]
    public void A_silent_socket_counts_once_however_long_its_client_takes_to_go_and_its_id_is_free_meanwhile()
    {
        var silent = new TestPeer(_hub, "silent");
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            _hub.Sweep(_ => true);
        }
        Assert.Equal([Open, "close 1001"], silent.Heard());
        Assert.Equal(1, _hub.Figures.SilentCount);
        Assert.False(_hub.IsOpen("silent"));
        Assert.Equal(OpenOutcome.Opened, new TestPeer(_hub, "silent", "another token").Outcome);
    }

    [Fact]
    public void Who_may_no_longer_stay_is_closed()
    {
        var (revoked, other) = (new TestPeer(_hub, "revoked"), new TestPeer(_hub, "other"));
        _time.Advance(TimeSpan.FromSeconds(5));
        _hub.Sweep(peer => peer.Id != "revoked");
        Assert.Equal([Open, "close 1008"], revoked.Heard());
        Assert.Equal([Open], other.Heard());
    }

    [Fact]
    public void A_client_that_does_not_read_is_given_up_and_its_sender_goes_on()
    {
        var (alice, stuck, bob) = (new TestPeer(_hub, "alice"), new TestPeer(_hub, "stuck"), new TestPeer(_hub, "bob"));
        var payload = $"\"{new string('x', 10_000)}\"";
        for (var i = 0; i < 100 && !stuck.Socket.IsClosed; i++)
            alice.Sends("OFFER", "stuck", payload);
        Assert.True(stuck.Socket.IsClosed);
        alice.Sends("OFFER", "bob");
        Assert.Equal([Open, Arrives("OFFER", "alice", "bob")], bob.Heard());
    }

    [Fact]
    public void A_client_that_reads_late_misses_nothing()
    {
        var (alice, slow) = (new TestPeer(_hub, "alice"), new TestPeer(_hub, "slow"));
        var payload = $"\"{new string('x', 10_000)}\"";
        for (var i = 0; i < 20; i++)
            alice.Sends("OFFER", "slow", payload);
        Assert.Equal(21, slow.Heard().Count);
    }

    [Fact]
    public void Beyond_the_most_peers_nobody_opens_until_somebody_leaves()
    {
        var peers = Enumerable.Range(0, 100).Select(i => new TestPeer(_hub, $"p{i}")).ToList();
        Assert.Equal(OpenOutcome.Full, new TestPeer(_hub, "late").Outcome);
        peers[7].Leaves();
        Assert.Equal(OpenOutcome.Opened, new TestPeer(_hub, "late").Outcome);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"type":"OPEN","dst":"bob"}""")]
    [InlineData("""{"type":"ERROR","dst":"bob","payload":{"msg":"x"}}""")]
    [InlineData("""{"type":"ID-TAKEN","dst":"bob"}""")]
    [InlineData("""{"type":7,"dst":"bob"}""")]
    [InlineData("""{"type":"OFFER","dst":"b\"ob"}""")]
    [InlineData("""{"type":"OFFER","dst":"\ud800"}""")]
    [InlineData("""{"type":"OFFER","dst":7}""")]
    [InlineData("""{"type":"OFFER","dst":"bob"}{"type":"OFFER","dst":"bob"}""")]
    [InlineData("""{"type":"OFFER","dst":"bob","payload":{]}""")]
    [InlineData("""{"type":"OFFER","dst":"bob","payload":1""")]
    public void What_is_no_message_is_passed_over_and_counted(string text)
    {
        var (alice, bob) = (new TestPeer(_hub, "alice"), new TestPeer(_hub, "bob"));
        alice.Says(text);
        Assert.Equal([Open], bob.Heard());
        Assert.Equal([Open], alice.Heard());
        Assert.Equal(1, _hub.Figures.IgnoredCount);
    }

    [Fact]
    public void Peers_are_listed_in_pages_that_join_without_a_gap()
    {
        foreach (var id in new[] { "c", "a", "e", "b", "d" })
            _ = new TestPeer(_hub, id);
        Assert.Equal(["a", "b"], _hub.List(null, 2));
        Assert.Equal(["c", "d"], _hub.List("b", 2));
        Assert.Equal(["e"], _hub.List("d", 2));
    }
}
