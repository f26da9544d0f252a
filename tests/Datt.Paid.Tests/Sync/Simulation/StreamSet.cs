using Datt.Paid.Sync;
using Datt.Paid.Sync.Gossip;

namespace Datt.Paid.Tests.Sync.Simulation;

/// <summary>
/// The head streams of one server: those that it holds open to its neighbours, and those of others that listen to it. As in the product, a broken stream is opened again
/// after a second, then at doubled distances up to 30 s, one that says nothing for 65 s is broken, and a slow listener gets the newest of what it missed.
/// </summary>
internal sealed class StreamSet(SimulatedSwarm swarm, SimulatedServer self)
{
    private static readonly TimeSpan _firstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _lastRetry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(65);
    private static readonly TimeSpan _quiet = TimeSpan.FromSeconds(20);

    /// <summary>What the sender's side takes off its hands before it waits.</summary>
    private static readonly TimeSpan _buffered = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<int, HeadStream> _held = [];
    private readonly List<HeadStream> _listeners = [];

    /// <summary>The servers that it takes for alive, itself included.</summary>
    public int[] View { get; private set; } = [];

    /// <summary>Whom it listens to, whether or not that works now.</summary>
    public IEnumerable<int> Neighbours => _held.Keys;

    /// <summary>Takes a new view, and opens and closes streams by it.</summary>
    /// <param name="view">Who is alive.</param>
    /// <param name="neighbours">What <see cref="NeighbourChoice"/> makes of it.</param>
    /// <param name="areOpen">The streams stand already: how a simulation begins.</param>
    public void Follow(int[] view, int[] neighbours, bool areOpen)
    {
        View = view;
        foreach (var gone in _held.Keys.Except(neighbours).ToList())
        {
            _held.Remove(gone, out var stream);
            Close(stream!);
        }
        foreach (var neighbour in neighbours.Where(n => !_held.ContainsKey(n)))
        {
            var stream = _held[neighbour] = new HeadStream(neighbour);
            if (areOpen)
                Join(stream);
            else
                Open(stream);
        }
    }

    /// <summary>A head changed here: whoever listens is told.</summary>
    public void Moved(string origin)
    {
        foreach (var listener in _listeners)
        {
            listener.Moved.Add(origin);
            Flush(listener);
        }
    }

    /// <summary>Lines broke: streams over them are dead, which their listeners find out by silence.</summary>
    public void Break()
    {
        foreach (var stream in _held.Values.Where(s => s.IsOpen && !swarm.Links.Reaches(s.Teller, self.Index)))
        {
            swarm.Servers[stream.Teller].Streams._listeners.Remove(stream);
            stream.IsOpen = false;
            swarm.Queue.After(_silence, () => Retry(stream));
        }
    }

    /// <summary>Signs of life on quiet streams, all the time from now on.</summary>
    public void KeepAlive() => swarm.Queue.After(_quiet, () =>
    {
        foreach (var listener in _listeners)
            swarm.Links.Send(self.Index, listener.Listener, Purpose.Heads, MessageSizes.SignOfLife);
        KeepAlive();
    });

    private void Open(HeadStream stream)
    {
        if (stream.IsClosed || swarm.Links.IsGone(self.Index))
            return;
        swarm.Links.Ask(self.Index, stream.Teller, Purpose.Heads, MessageSizes.Request, () => MessageSizes.Answer, came =>
        {
            if (stream.IsClosed)
                return;
            if (!came || !swarm.Links.Reaches(self.Index, stream.Teller))
            {
                Retry(stream);
                return;
            }
            stream.Wait = TimeSpan.Zero;
            Join(stream);
            var teller = swarm.Servers[stream.Teller];
            stream.Moved.UnionWith(teller.Heads.All.Select(e => e.Head.Origin));
            teller.Streams.Flush(stream);
        });
    }

    private void Retry(HeadStream stream)
    {
        stream.Wait = stream.Wait == TimeSpan.Zero ? _firstRetry : stream.Wait * 2 < _lastRetry ? stream.Wait * 2 : _lastRetry;
        swarm.Queue.After(stream.Wait, () => Open(stream));
    }

    private void Join(HeadStream stream)
    {
        (stream.IsOpen, stream.Listener) = (true, self.Index);
        swarm.Servers[stream.Teller].Streams._listeners.Add(stream);
    }

    private void Close(HeadStream stream)
    {
        (stream.IsOpen, stream.IsClosed) = (false, true);
        swarm.Servers[stream.Teller].Streams._listeners.Remove(stream);
    }

    private void Flush(HeadStream listener)
    {
        if (!listener.IsOpen || listener.IsWaiting || listener.Moved.Count == 0)
            return;
        var backlog = swarm.Links.Backlog(self.Index);
        if (backlog > _buffered)
        {
            listener.IsWaiting = true;
            swarm.Queue.After(backlog - _buffered, () =>
            {
                listener.IsWaiting = false;
                Flush(listener);
            });
            return;
        }
        var heads = listener.Moved.Select(o => self.Heads.TryGet(o, out var entry) ? new HeadNews(entry.Head, entry.IsConflicted) : default).ToArray();
        listener.Moved.Clear();
        var arrival = swarm.Links.Send(self.Index, listener.Listener, Purpose.Heads, MessageSizes.Event(heads.Length));
        // A connection keeps the order.
        listener.LastArrival = arrival > listener.LastArrival ? arrival : listener.LastArrival;
        swarm.Queue.At(listener.LastArrival, () =>
        {
            if (!listener.IsOpen)
                return;
            foreach (var news in heads)
                swarm.Servers[listener.Listener].Hear(self.Index, news);
        });
    }

    private sealed class HeadStream(int teller)
    {
        public int Teller => teller;

        public int Listener { get; set; }

        public HashSet<string> Moved { get; } = new(StringComparer.Ordinal);

        public bool IsOpen { get; set; }

        public bool IsClosed { get; set; }

        public bool IsWaiting { get; set; }

        public TimeSpan Wait { get; set; }

        public TimeSpan LastArrival { get; set; }
    }
}
