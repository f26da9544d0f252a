using System.Collections.Concurrent;

namespace Datt.Paid.Signalling;

/// <summary>
/// At which server the other end of a call is. Kept for each pair of a peer here and one elsewhere, so that two calls with peers of one
/// name at two servers stay apart. Bounded: beyond it, calls find their way by looking the peer up.
/// </summary>
internal sealed class CallRoutes(TimeProvider time)
{
    private const int Capacity = 50_000;

    private static readonly TimeSpan Life = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<(string Here, string There), Route> _routes = new();
    private long _sweptAt;

    public bool TryGet(string here, string there, out string server)
    {
        server = "";
        if (_routes.IsEmpty || !_routes.TryGetValue((here, there), out var route) || time.GetElapsedTime(route.UsedAt) > Life)
            return false;
        route.UsedAt = time.GetTimestamp();
        server = route.Server;
        return true;
    }

    public void Set(string here, string there, string server)
    {
        if (_routes.Count >= Capacity && !_routes.ContainsKey((here, there)) && !Sweep())
            return;
        _routes[(here, there)] = new Route(server) { UsedAt = time.GetTimestamp() };
    }

    public void Forget(string here, string there)
    {
        if (!_routes.IsEmpty)
            _routes.TryRemove((here, there), out _);
    }

    // At most once a second: a full table of calls under way has nothing to give.
    private bool Sweep()
    {
        if (_sweptAt != 0 && time.GetElapsedTime(_sweptAt) < TimeSpan.FromSeconds(1))
            return false;
        _sweptAt = time.GetTimestamp();
        foreach (var (pair, route) in _routes)
        {
            if (time.GetElapsedTime(route.UsedAt) > Life)
                _routes.TryRemove(pair, out _);
        }
        return _routes.Count < Capacity;
    }

    private sealed class Route(string server)
    {
        public string Server => server;

        public long UsedAt { get; set; }
    }
}
