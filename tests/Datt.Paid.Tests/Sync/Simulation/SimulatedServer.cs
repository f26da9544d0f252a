using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Sync;
using Datt.Paid.Sync.Download;
using Datt.Paid.Sync.Following;

namespace Datt.Paid.Tests.Sync.Simulation;

/// <summary>
/// One server of a simulated swarm. Its heads, what it believes of whom, the order in which it asks, its retries and its rests are the product's; what waits for disk or network
/// there is an event here. A record is a run of its own, and merges cost no download, so a version is a run.
/// </summary>
internal sealed class SimulatedServer
{
    private static readonly TimeSpan _showAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _apply = TimeSpan.FromMilliseconds(5);
    private const int ParallelRuns = 4;
    private const int MostCandidates = 12;

    private readonly SimulatedSwarm _swarm;
    private readonly Dictionary<string, Feed> _feeds = new(StringComparer.Ordinal);
    private readonly Queue<Feed> _waiting = [];
    private readonly SourceBook _book;
    private int _slots = SimulatedSwarm.Settings.ParallelFeeds;
    private int _turn;

    public SimulatedServer(SimulatedSwarm swarm, int index, string id, Random random)
    {
        _swarm = swarm;
        (Index, Id) = (index, id);
        _book = new SourceBook(swarm.Queue);
        _turn = random.Next();
        Streams = new StreamSet(swarm, this);
        Heads.Changed += Streams.Moved;
    }

    public int Index { get; }

    public string Id { get; }

    public HeadVector Heads { get; } = new();

    public StreamSet Streams { get; }

    /// <summary>Steps that a head made to here; 0 for the own one.</summary>
    public int HopsOf(string origin) => origin == Id ? 0 : _feeds[origin].ShownHops;

    /// <summary>A record was announced here and sealed.</summary>
    public void Publish(Head head) => Heads.TryAdvance(head);

    /// <summary>Whether it has what a version brought.</summary>
    public bool Has(string origin, long version) => origin == Id || (_feeds.TryGetValue(origin, out var feed) && feed.Applied >= version);

    /// <summary>A feed that everybody has, as if it had come long ago.</summary>
    public void Knows(Head head)
    {
        if (head.Origin == Id)
        {
            Publish(head);
            return;
        }
        _feeds[head.Origin] = new Feed(head.Origin) { Target = head, Applied = head.Version };
        Heads.TryAdvance(head);
    }

    /// <summary>As <see cref="Swarm.Hear"/>.</summary>
    public void Hear(int teller, HeadNews news)
    {
        if (news.Head.Origin == Id)
            return;
        if (!_feeds.TryGetValue(news.Head.Origin, out var feed))
            _feeds[news.Head.Origin] = feed = new Feed(news.Head.Origin);
        if (feed.Work.Hear(_swarm.IdOf(teller), news) && (feed.Target is null || news.Head.IsNewerThan(feed.Target)))
            Want(feed);
    }

    /// <summary>As <see cref="Datt.Paid.Sync.Gossip.HeadStreams.PollAsync"/>.</summary>
    public void Poll()
    {
        if (_swarm.Links.IsGone(Index))
            return;
        _swarm.Queue.After(SimulatedSwarm.Settings.PollInterval, Poll);
        var alive = Streams.View;
        var other = alive[(int)((uint)_turn++ % (uint)alive.Length)];
        if (other == Index)
            return;
        var shown = new List<HeadEntry>();
        _swarm.Links.Ask(Index, other, Purpose.Compare, MessageSizes.Request, () =>
        {
            var heads = _swarm.Servers[other].Heads;
            if (heads.Digest == Heads.Digest)
                return MessageSizes.Answer;
            shown.AddRange(heads.All);
            return MessageSizes.Pages(shown.Count);
        }, came => shown.ForEach(e => Hear(other, new HeadNews(e.Head, e.IsConflicted))));
    }

    private void Want(Feed feed)
    {
        if (!feed.Work.TryBegin())
            return;
        if (_slots == 0)
        {
            _waiting.Enqueue(feed);
            return;
        }
        _slots--;
        Begin(feed);
    }

    private void Begin(Feed feed)
    {
        feed.Work.BeginRound();
        feed.IsMissed = false;
        Learn(feed, new Queue<(string Teller, HeadNews News)>(feed.Work.Tellers));
    }

    /// <summary>As the product's round does: from each who told of something newer, the newest first, the manifest.</summary>
    private void Learn(Feed feed, Queue<(string Teller, HeadNews News)> tellers)
    {
        while (tellers.TryDequeue(out var told))
        {
            if (feed.Target is not null && !told.News.Head.IsNewerThan(feed.Target))
                continue;
            var teller = _swarm.IndexOf(told.Teller);
            HeadEntry shown = default;
            var hops = 0;
            _swarm.Links.Ask(Index, teller, Purpose.Fetch, MessageSizes.Request, () =>
            {
                _swarm.Servers[teller].Heads.TryGet(feed.Origin, out shown);
                hops = _swarm.Servers[teller].HopsOf(feed.Origin) + 1;
                return MessageSizes.Difference;
            }, came =>
            {
                if (came && (feed.Target is null || shown.Head.IsNewerThan(feed.Target)))
                    (feed.Target, feed.TargetHops) = (shown.Head, hops);
                if (!came || told.News.Head.IsNewerThan(shown.Head))
                {
                    feed.Work.Missed(told.Teller);
                    feed.IsMissed = true;
                }
                Learn(feed, tellers);
            });
            return;
        }
        if (feed.IsMissed)
            Fail(feed);
        if (feed.Target is { } target && target.Version > feed.Applied)
            Advance(feed, target);
        else
            End(feed);
    }

    private void Advance(Feed feed, Head target)
    {
        var began = _swarm.Queue.Now;
        var hops = feed.TargetHops;
        _swarm.Queue.After(_showAfter, () =>
        {
            if (feed.FetchingSince == began)
                Show(feed, target, hops);
        });
        feed.FetchingSince = began;
        Fetch(feed, target, new Queue<int>(Candidates(feed)), feed.Applied, cameAll =>
        {
            feed.FetchingSince = null;
            if (!cameAll)
            {
                Fail(feed);
                End(feed);
                return;
            }
            _swarm.Queue.After(_apply, () =>
            {
                feed.Applied = target.Version;
                feed.Work.Succeeded();
                _swarm.Arrived(this, feed.Origin, target.Version, hops);
                Show(feed, target, hops);
                End(feed);
            });
        });
    }

    /// <summary>Runs after those that are here, some at once, from the first who has them.</summary>
    private void Fetch(Feed feed, Head target, Queue<int> candidates, long have, Action<bool> done)
    {
        if (have >= target.Version)
        {
            done(true);
            return;
        }
        while (candidates.TryPeek(out var source) && !_book.MayAsk(_swarm.IdOf(source)))
            candidates.Dequeue();
        if (!candidates.TryPeek(out var from))
        {
            done(false);
            return;
        }
        var wanted = Math.Min(ParallelRuns, target.Version - have);
        long given = 0;
        _swarm.Links.Ask(Index, from, Purpose.Fetch, (int)wanted * MessageSizes.Request, () =>
        {
            while (given < wanted && _swarm.Servers[from].Has(feed.Origin, have + given + 1))
                given++;
            return (int)((given * MessageSizes.Run) + ((wanted - given) * MessageSizes.Answer));
        }, came =>
        {
            if (!came)
                _book.Failed(_swarm.IdOf(from));
            if (!came || given < wanted)
                candidates.Dequeue();
            Fetch(feed, target, candidates, have + given, done);
        });
    }

    private IEnumerable<int> Candidates(Feed feed)
    {
        var alive = Streams.View;
        var others = Enumerable.Range(0, Math.Min(alive.Length, MostCandidates)).Select(i => alive[(int)(((uint)_turn + i) % alive.Length)]);
        _turn++;
        return feed.Work.Tellers.Select(t => _swarm.IndexOf(t.Teller)).Append(_swarm.IndexOf(feed.Origin)).Concat(others)
            .Distinct().Where(i => i != Index).Take(MostCandidates);
    }

    private void Show(Feed feed, Head target, int hops)
    {
        if (Heads.TryGet(feed.Origin, out var shown) && !target.IsNewerThan(shown.Head))
            return;
        feed.ShownHops = hops;
        Heads.TryAdvance(target);
    }

    private void Fail(Feed feed)
    {
        feed.Work.Failed(_swarm.Queue.GetUtcNow());
        Look();

        void Look() => _swarm.Queue.After(_look, () =>
        {
            if (feed.Work.RetryAt <= _swarm.Queue.GetUtcNow())
                Want(feed);
            else if (feed.Work.RetryAt < DateTimeOffset.MaxValue)
                Look();
        });
    }

    private void End(Feed feed)
    {
        var goesOn = feed.Work.GoesOn();
        if (goesOn)
            _waiting.Enqueue(feed);
        if (_waiting.TryDequeue(out var next))
            Begin(next);
        else
            _slots++;
    }

    /// <summary>What is here of a feed.</summary>
    private sealed class Feed(string origin)
    {
        public string Origin => origin;

        public OriginWork Work { get; } = new(origin);

        public Head? Target { get; set; }

        public int TargetHops { get; set; }

        public int ShownHops { get; set; }

        public long Applied { get; set; }

        public TimeSpan? FetchingSince { get; set; }

        public bool IsMissed { get; set; }
    }
}
