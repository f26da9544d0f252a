using System.Text;
using Datt.Paid.Signalling;
using static Datt.Paid.Tests.Signalling.RelayNetwork;
using static Datt.Paid.Tests.Signalling.TestPeer;

namespace Datt.Paid.Tests.Signalling;

public sealed class SignalRelayTests : IDisposable
{
    private readonly RelayNetwork _network = new();

    public void Dispose() => _network.Dispose();

    [Fact]
    public async Task Peers_of_two_servers_exchange_a_whole_call()
    {
        var (a, b) = (_network.Add("A"), _network.Add("B"));
        var (alice, bob) = (new Listener(a, "alice"), new Listener(b, "bob"));
        alice.Peer.Sends("OFFER", "bob", "{\"sdp\":\"é\"}");
        alice.Peer.Sends("CANDIDATE", "bob", "2");
        await bob.HearsAsync(Arrives("OFFER", "alice", "bob", "{\"sdp\":\"é\"}"), Arrives("CANDIDATE", "alice", "bob", "2"));
        bob.Peer.Sends("ANSWER", "alice");
        bob.Peer.Sends("LEAVE", "alice", "3");
        await alice.HearsAsync(Arrives("ANSWER", "bob", "alice"), Arrives("LEAVE", "bob", "alice", "3"));
    }

    [Fact]
    public async Task A_peer_that_opens_elsewhere_while_a_call_waits_is_reached()
    {
        var (a, b) = (_network.Add("A"), _network.Add("B"));
        var alice = new Listener(a, "alice");
        alice.Peer.Sends("OFFER", "bob");
        await UntilAsync(() => a.Hub.Waiting == 1, "the offer waits");
        var bob = new Listener(b, "bob");
        await bob.HearsAsync(() => a.Hub.Sweep(_ => true), Arrives("OFFER", "alice", "bob"));
        Assert.Equal(0, a.Hub.Waiting);
    }

    [Fact]
    public async Task Among_servers_that_have_the_same_name_all_choose_the_same_one()
    {
        var askers = new[] { _network.Add("A"), _network.Add("B"), _network.Add("C") };
        var holders = new[] { "D", "E", "F" }.Select(id => new Listener(_network.Add(id), "bob")).ToArray();
        foreach (var asker in askers)
            new Listener(asker, $"from{asker.Id}").Peer.Sends("OFFER", "bob");
        await UntilAsync(() => holders.Sum(holder => holder.All().Count) == 3, "all offers arrived");
        Assert.Equal([0, 0, 3], holders.Select(holder => holder.All().Count).Order());
    }

    [Fact]
    public async Task A_peer_that_is_here_is_called_here_whoever_has_the_name_elsewhere()
    {
        var (a, b) = (_network.Add("A"), _network.Add("B"));
        var (alice, bob, other) = (new Listener(a, "alice"), new Listener(a, "bob"), new Listener(b, "bob"));
        alice.Peer.Sends("OFFER", "bob");
        await bob.HearsAsync(Arrives("OFFER", "alice", "bob"));
        Assert.Empty(other.All());
        Assert.Empty(_network.Calls);
    }

    [Fact]
    public async Task A_call_stays_with_the_server_it_began_at_though_its_name_opens_here_meanwhile()
    {
        var (a, b) = (_network.Add("A"), _network.Add("B"));
        var (alice, bob) = (new Listener(a, "alice"), new Listener(b, "bob"));
        alice.Peer.Sends("OFFER", "bob");
        await bob.HearsAsync(Arrives("OFFER", "alice", "bob"));
        var impostor = new Listener(b, "alice");
        bob.Peer.Sends("ANSWER", "alice");
        await alice.HearsAsync(Arrives("ANSWER", "bob", "alice"));
        Assert.Empty(impostor.All());
        // A call that the newcomer begins itself is its own.
        impostor.Peer.Sends("OFFER", "bob", "9");
        bob.Peer.Sends("ANSWER", "alice", "9");
        await impostor.HearsAsync(Arrives("ANSWER", "bob", "alice", "9"));
    }

    [Fact]
    public void A_server_speaks_in_the_name_of_no_peer_that_is_here_and_in_nobodys_call()
    {
        var (a, _) = (_network.Add("A"), _network.Add("B"));
        var (alice, bob) = (new Listener(a, "alice"), new Listener(a, "bob"));
        Assert.Equal([0], a.Relay.Receive("B", Of(SignalKind.Offer, "alice", "bob")).Undelivered);
        Assert.Empty(a.Relay.Receive("B", Of(SignalKind.Offer, "carol", "bob")).Undelivered);
        Assert.Equal([0], a.Relay.Receive("M", Of(SignalKind.Candidate, "carol", "bob")).Undelivered);
        Assert.Equal([0], a.Relay.Receive("M", Of(SignalKind.Leave, "carol", "bob")).Undelivered);
        Assert.Empty(a.Relay.Receive("B", Of(SignalKind.Candidate, "carol", "bob")).Undelivered);
        Assert.Equal([Arrives("OFFER", "carol", "bob"), Arrives("CANDIDATE", "carol", "bob")], bob.All());
        Assert.Empty(alice.All());
        Assert.Equal(3, a.Hub.Figures.ForgedCount);
    }

    [Fact]
    public async Task What_came_from_a_server_goes_to_no_third()
    {
        var (a, b, c) = (_network.Add("A"), _network.Add("B"), _network.Add("C"));
        var carol = new Listener(c, "carol");
        // B learns where carol is, then is asked to pass something on to her.
        new Listener(b, "bob").Peer.Sends("OFFER", "carol");
        await carol.HearsAsync(Arrives("OFFER", "bob", "carol"));
        Assert.Equal([0], b.Relay.Receive(a.Id, Of(SignalKind.Offer, "alice", "carol")).Undelivered);
        Assert.Empty(b.Relay.Receive(a.Id, new RelayBatch(["carol"], [])).Open);
        Assert.Single(carol.All());
    }

    [Fact]
    public async Task Who_calls_a_peer_that_is_nowhere_is_told()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var (a, _) = (_network.Add("A", time), _network.Add("B"));
        var alice = new Listener(a, "alice");
        alice.Peer.Sends("OFFER", "bob");
        time.Advance(TimeSpan.FromSeconds(5));
        await alice.HearsAsync(() => a.Hub.Sweep(_ => true), Expires("alice", "bob"));
    }

    [Fact]
    public async Task A_server_that_says_it_has_a_peer_and_delivers_nothing_costs_one_try_more()
    {
        var (a, liar) = (_network.Add("A"), _network.Add("L"));
        liar.Lies = batch => RelayWire.Write(new RelayAnswer(batch.Lookups, [.. Enumerable.Range(0, batch.Signals.Count)]));
        var alice = new Listener(a, "alice");
        alice.Peer.Sends("OFFER", "bob");
        await alice.HearsAsync(() => a.Hub.Sweep(_ => true), Expires("alice", "bob"));
        Assert.Equal(2, _network.Calls.Sum(call => call.Signals));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"open\":7}")]
    [InlineData("{\"open\":[\"bob\"],\"undelivered\":[\"x\"]}")]
    [InlineData("{\"open\":[\"\\u0062ob\"]}")]
    public async Task A_server_that_answers_nonsense_hides_no_other(string nonsense)
    {
        var (a, liar, b) = (_network.Add("A"), _network.Add("L"), _network.Add("B"));
        liar.Lies = _ => Encoding.UTF8.GetBytes(nonsense);
        var bob = new Listener(b, "bob");
        new Listener(a, "alice").Peer.Sends("OFFER", "bob");
        await bob.HearsAsync(Arrives("OFFER", "alice", "bob"));
    }

    [Fact]
    public async Task A_server_that_hangs_delays_a_call_only_shortly()
    {
        var (a, hangs, b) = (_network.Add("A"), _network.Add("H"), _network.Add("B"));
        var never = new TaskCompletionSource();
        hangs.Delay = never.Task;
        var bob = new Listener(b, "bob");
        var alice = new Listener(a, "alice");
        alice.Peer.Sends("OFFER", "bob");
        await bob.HearsAsync(Arrives("OFFER", "alice", "bob"));
        Assert.False(never.Task.IsCompleted);
        Assert.Empty(alice.All());
    }

    [Fact]
    public async Task A_peer_that_moves_to_another_server_is_found_again()
    {
        var (a, b, c) = (_network.Add("A"), _network.Add("B"), _network.Add("C"));
        var alice = new Listener(a, "alice");
        var before = new Listener(b, "bob");
        alice.Peer.Sends("OFFER", "bob");
        await before.HearsAsync(Arrives("OFFER", "alice", "bob"));
        before.Peer.Leaves();
        var after = new Listener(c, "bob");
        alice.Peer.Sends("OFFER", "bob", "2");
        await after.HearsAsync(() => a.Hub.Sweep(_ => true), Arrives("OFFER", "alice", "bob", "2"));
    }

    [Fact]
    public async Task A_server_that_goes_down_bounces_what_is_for_it()
    {
        var (a, b) = (_network.Add("A"), _network.Add("B"));
        var (alice, bob) = (new Listener(a, "alice"), new Listener(b, "bob"));
        alice.Peer.Sends("OFFER", "bob");
        await bob.HearsAsync(Arrives("OFFER", "alice", "bob"));
        b.IsDown = true;
        alice.Peer.Sends("CANDIDATE", "bob");
        await UntilAsync(() => a.Hub.Waiting == 1, "the message waits again");
        b.IsDown = false;
        await bob.HearsAsync(() => a.Hub.Sweep(_ => true), Arrives("OFFER", "alice", "bob"), Arrives("CANDIDATE", "alice", "bob"));
    }

    [Fact]
    public async Task Messages_that_gather_while_a_call_is_under_way_go_together()
    {
        var (a, b) = (_network.Add("A"), _network.Add("B"));
        var (alice, bob) = (new Listener(a, "alice"), new Listener(b, "bob"));
        alice.Peer.Sends("OFFER", "bob");
        await bob.HearsAsync(Arrives("OFFER", "alice", "bob"));
        var open = new TaskCompletionSource();
        b.Delay = open.Task;
        for (var i = 0; i < 100; i++)
            alice.Peer.Sends("CANDIDATE", "bob", $"{i}");
        open.SetResult();
        await UntilAsync(() => bob.All().Count == 101, "all candidates arrived");
        Assert.Equal(Enumerable.Range(0, 100).Select(i => Arrives("CANDIDATE", "alice", "bob", $"{i}")), bob.All().Skip(1));
        Assert.InRange(_network.Calls.Count, 2, 4);
    }

    [Fact]
    public async Task Who_may_not_ask_others_is_told_at_once_and_costs_them_nothing()
    {
        var (a, b) = (_network.Add("A"), _network.Add("B"));
        a.Hub.MaySeek = _ => false;
        _ = new Listener(b, "bob");
        var alice = new Listener(a, "alice");
        alice.Peer.Sends("OFFER", "bob");
        await alice.HearsAsync(Expires("alice", "bob"));
        Assert.Empty(_network.Calls);
    }

    private static RelayBatch Of(SignalKind kind, string src, string dst) => new([], [new WaitingSignal(kind, src, dst, "1"u8.ToArray())]);

    /// <summary>A peer and everything it heard after OPEN.</summary>
    private sealed class Listener(RelayNetwork.Server server, string id)
    {
        private readonly List<string> _heard = [];

        public TestPeer Peer { get; } = new(server.Hub, id);

        public List<string> All()
        {
            _heard.AddRange(Peer.Heard().Where(line => line != """{"type":"OPEN"}"""));
            return _heard;
        }

        public Task HearsAsync(params string[] lines) => HearsAsync(() => { }, lines);

        public async Task HearsAsync(Action meanwhile, params string[] lines)
        {
            await UntilAsync(
                () =>
                {
                    meanwhile();
                    return All().Count >= lines.Length;
                }, $"{id} hears {lines.Length} messages");
            Assert.Equal(lines, All());
        }
    }
}
