using System.Collections.Concurrent;

namespace Datt.Paid.Tests.Sync.Model;

/// <summary>
/// The lines between the servers of a model: who reaches whom, and how often an answer is lost, late, old or out of order.
/// </summary>
internal sealed class ModelNetwork(int seed)
{
    private const int MostDelay = 8;

    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);
    private readonly ConcurrentDictionary<CancellationTokenSource, (string From, string To)> _streams = new();
    private Dictionary<string, int> _sides = [];

    /// <summary>Of a thousand answers, those that go wrong in each way.</summary>
    public int Faults { get; set; }

    /// <summary>Servers that run.</summary>
    public ConcurrentDictionary<string, ModelServer> Running { get; } = new(StringComparer.Ordinal);

    /// <summary>The server that is asked; null where it is out of reach or does not run.</summary>
    public ModelServer? Reach(string from, string to)
    {
        lock (_gate)
            return _sides.GetValueOrDefault(from) == _sides.GetValueOrDefault(to) && Running.TryGetValue(to, out var server) ? server : null;
    }

    /// <summary>Cuts the network; those not named are together.</summary>
    public void Divide(Dictionary<string, int> sides)
    {
        lock (_gate)
            _sides = sides;
        foreach (var (stream, (from, to)) in _streams)
        {
            if (Reach(from, to) is null)
                stream.Cancel();
        }
    }

    /// <summary>A server stops: its lines break.</summary>
    public void Leave(string server)
    {
        Running.TryRemove(server, out _);
        foreach (var (stream, (_, to)) in _streams)
        {
            if (to == server)
                stream.Cancel();
        }
    }

    /// <summary>Whether this time something goes wrong.</summary>
    public bool Fails()
    {
        lock (_gate)
            return _random.Next(1000) < Faults;
    }

    public int Next(int below)
    {
        lock (_gate)
            return _random.Next(below);
    }

    /// <summary>An answer's way; null where it is lost or the line broke meanwhile.</summary>
    public async Task<ModelServer?> WayAsync(string from, string to, CancellationToken ct)
    {
        var delay = Faults == 0 ? 0 : Next(MostDelay);
        if (delay > 0)
            await Task.Delay(delay, ct);
        return Fails() ? null : Reach(from, to);
    }

    /// <summary>Cancelled when the line between two breaks.</summary>
    public CancellationTokenSource Join(string from, string to, CancellationToken ct)
    {
        var stream = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _streams[stream] = (from, to);
        if (Reach(from, to) is null)
            stream.Cancel();
        return stream;
    }

    public void End(CancellationTokenSource stream) => _streams.TryRemove(stream, out _);
}
