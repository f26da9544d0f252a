using System.Globalization;

namespace Datt.Paid.Tests.Sync.Simulation;

/// <summary>How long news took to the servers, and the steps it made.</summary>
/// <param name="Median">Half of the servers had it.</param>
/// <param name="P99">99 of 100 had it.</param>
/// <param name="Most">All had it.</param>
/// <param name="MedianHops">Steps to the middle one.</param>
/// <param name="MostHops">Steps to the farthest.</param>
internal readonly record struct Spread(TimeSpan Median, TimeSpan P99, TimeSpan Most, int MedianHops, int MostHops)
{
    public static Spread Of(List<(TimeSpan After, int Hops)> arrivals)
    {
        TimeSpan[] times = [.. arrivals.Select(a => a.After).Order()];
        int[] hops = [.. arrivals.Select(a => a.Hops).Order()];
        return new Spread(times[times.Length / 2], times[times.Length * 99 / 100], times[^1], hops[hops.Length / 2], hops[^1]);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Median.TotalSeconds:F2} / {P99.TotalSeconds:F2} / {Most.TotalSeconds:F2}");
}

/// <summary>What a swarm of one size costs and how fast it is; each phase begins where the one before ended.</summary>
internal sealed class SwarmGrowth
{
    private const int Announces = 5;
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    private readonly SimulatedSwarm _swarm;
    private readonly int _writers;

    public SwarmGrowth(int servers, int seed)
    {
        Servers = servers;
        _writers = Math.Max(1, servers / 100);
        _swarm = new SimulatedSwarm(servers, Math.Max(Announces, _writers), seed);
    }

    public int Servers { get; }

    /// <summary>Bytes that a server sends in an hour while nothing happens, over streams and by polls.</summary>
    public double IdleBytesPerHour { get; private set; }

    /// <summary>The same by minute and stream.</summary>
    public double IdleBytesPerNeighbourAndMinute => IdleBytesPerHour / 60 / SimulatedSwarm.Settings.Neighbours;

    public Spread Quiet { get; private set; }

    /// <summary>Head messages of one announce, by server.</summary>
    public double HeadMessages { get; private set; }

    public double HeadBytes { get; private set; }

    /// <summary>Heads, manifest and run of one announce, by server.</summary>
    public double AnnounceBytes { get; private set; }

    /// <summary>While one in a hundred seals a run as often as it may.</summary>
    public Spread Busy { get; private set; }

    public double BusyBytesPerSecond { get; private set; }

    public double BusyMostBytesPerSecond { get; private set; }

    /// <summary>From the last of those announces to equal digests.</summary>
    public TimeSpan BusySettled { get; private set; }

    /// <summary>From the end of a partition, in which both halves wrote and each had given the other up, to equal digests.</summary>
    public TimeSpan Healed { get; private set; }

    /// <summary>A third has just gone and nobody knows.</summary>
    public Spread ThirdGone { get; private set; }

    /// <summary>The crawls have seen it.</summary>
    public Spread ThirdKnownGone { get; private set; }

    public long Events => _swarm.Queue.Count;

    public void Run()
    {
        Announce();
        Write();
        Divide();
        Lose();
        Idle();
    }

    public string Row => string.Create(CultureInfo.InvariantCulture,
        $"| {Servers:N0} | {Quiet} | {Quiet.MedianHops} / {Quiet.MostHops} | {HeadMessages:F1} | {HeadBytes:N0} | {AnnounceBytes:N0} | {IdleBytesPerHour / 1000:N0} | {Busy} | {BusyBytesPerSecond / 1000:N1} / {BusyMostBytesPerSecond / 1000:N1} | {BusySettled.TotalSeconds:F1} | {Healed.TotalSeconds:F1} | {ThirdGone} | {ThirdKnownGone} |");

    public static string Header =>
        """
        | servers | announce everywhere, s: p50 / p99 / max | hops p50 / max | head messages a server and announce | head bytes | all bytes | idle kB a server and hour | 1% writing, s: p50 / p99 / max | kB/s a server: mean / most | equal after it, s | equal after a partition, s | a third just gone, s | a third known gone, s |
        |---|---|---|---|---|---|---|---|---|---|---|---|---|
        """;

    private void Announce()
    {
        _swarm.Links.ForgetTraffic();
        Quiet = Tell(Enumerable.Range(0, Announces));
        var heads = _swarm.Links.Traffic(Purpose.Heads);
        (HeadMessages, HeadBytes) = ((double)heads.Messages / Announces / Servers, (double)heads.Bytes / Announces / Servers);
        AnnounceBytes = (double)_swarm.Links.Traffic(Purpose.Heads, Purpose.Fetch).Bytes / Announces / Servers;
    }

    private void Write()
    {
        // Most of the work of a simulation.
        var span = TimeSpan.FromSeconds(5);
        _swarm.Links.ForgetTraffic();
        var (arrivals, stop) = Watch(oneIn: Math.Max(1, Servers / 100));
        for (var at = TimeSpan.Zero; at < span; at += SimulatedSwarm.SealAfter)
        {
            for (var writer = 0; writer < _writers; writer++)
                _swarm.Announce(writer);
            _swarm.Queue.Run(SimulatedSwarm.SealAfter);
        }
        var traffic = _swarm.Links.Traffic(Purpose.Heads, Purpose.Fetch);
        (BusyBytesPerSecond, BusyMostBytesPerSecond) = (traffic.Bytes / span.TotalSeconds / Servers, traffic.MostBytes / span.TotalSeconds);
        BusySettled = Settle();
        stop();
        Busy = Spread.Of(arrivals);
    }

    private void Divide()
    {
        int[][] halves = [[.. Enumerable.Range(0, Servers).Where(i => i % 2 == 0)], [.. Enumerable.Range(0, Servers).Where(i => i % 2 == 1)]];
        _swarm.Links.Divide(i => i % 2);
        _swarm.BreakStreams();
        foreach (var half in halves)
            _swarm.Look(half, half);
        for (var second = 0; second < 120; second++)
        {
            _swarm.Announce(second % Announces);
            _swarm.Queue.Run(TimeSpan.FromSeconds(1));
        }
        _swarm.Links.Divide(_ => 0);
        Crawl([.. Enumerable.Range(0, Servers)]);
        Healed = Settle();
    }

    private void Lose()
    {
        // Those who write stay, and everybody knows everybody again.
        int[] all = [.. Enumerable.Range(0, Servers)];
        _swarm.Look(all, all, areOpen: true);
        foreach (var gone in all.Where(i => i % 3 == 2 && i >= Announces))
            _swarm.Links.Kill(gone);
        _swarm.BreakStreams();
        ThirdGone = Tell(Enumerable.Range(0, Announces));
        int[] living = [.. _swarm.Living.Select(s => s.Index)];
        _swarm.Look(living, living, areOpen: true);
        ThirdKnownGone = Tell(Enumerable.Range(0, Announces));
    }

    /// <summary>Last, because the signs of life go on.</summary>
    private void Idle()
    {
        var living = _swarm.Living.ToList();
        living.ForEach(s => s.Streams.KeepAlive());
        _swarm.Queue.Run(TimeSpan.FromMinutes(1));
        _swarm.Links.ForgetTraffic();
        var span = TimeSpan.FromMinutes(5);
        _swarm.Queue.Run(span);
        IdleBytesPerHour = _swarm.Links.Traffic(Purpose.Heads, Purpose.Compare, Purpose.Fetch).Bytes / span.TotalHours / living.Count;
    }

    /// <summary>One announce of each, one after the other.</summary>
    private Spread Tell(IEnumerable<int> writers)
    {
        var (arrivals, stop) = Watch(oneIn: Math.Max(1, Servers / 100));
        foreach (var writer in writers)
        {
            _swarm.Announce(writer);
            Settle();
        }
        stop();
        return Spread.Of(arrivals);
    }

    private TimeSpan Settle()
    {
        var began = _swarm.Queue.Now;
        Assert.True(_swarm.Settle(_patience), $"{Servers} servers did not settle within {_patience}.");
        // Heads are shown in the moment in which the records are there, so the digests are equal too.
        Assert.Equal(1, _swarm.Digests);
        return _swarm.Queue.Now - began;
    }

    /// <summary>Notes what is announced and arrives from now on, at one in so many servers.</summary>
    private (List<(TimeSpan After, int Hops)> Arrivals, Action Stop) Watch(int oneIn = 1)
    {
        var began = _swarm.Queue.Now;
        var arrivals = new List<(TimeSpan, int)>();
        var seen = new Dictionary<(int, string), long>();
        _swarm.Arriving += Note;
        return (arrivals, () => _swarm.Arriving -= Note);

        void Note(SimulatedServer server, string origin, long version, int hops)
        {
            if (server.Index % oneIn != 0)
                return;
            foreach (var announcedAt in _swarm.AnnouncesOf(origin, seen.GetValueOrDefault((server.Index, origin)), version).Where(at => at >= began))
                arrivals.Add((_swarm.Queue.Now - announcedAt, hops));
            seen[(server.Index, origin)] = version;
        }
    }

    /// <summary>Each server looks around once in the time that a crawl takes (half of 6,000 requests an hour, at least ten minutes).</summary>
    private void Crawl(int[] view)
    {
        var round = Math.Max(600, Servers * 2 * 3600.0 / 6000);
        for (var i = 0; i < Servers; i++)
        {
            var server = i;
            _swarm.Queue.After(TimeSpan.FromSeconds(round * ((server * 0.618034) % 1)), () => _swarm.Look([server], view));
        }
    }
}
