using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Datt.Paid.Federation;

/// <summary>The servers that are known, this one apart. Reading takes no lock and no database.</summary>
public sealed class ServerDirectory
{
    private readonly ConcurrentDictionary<string, KnownServer> _byId = new(StringComparer.Ordinal);
    private long _changes;
    private Listing _sorted = new(0, []);

    /// <summary>All of them, ordered by id.</summary>
    public IReadOnlyList<KnownServer> All
    {
        get
        {
            var changes = Volatile.Read(ref _changes);
            var sorted = Volatile.Read(ref _sorted);
            if (sorted.Changes == changes)
                return sorted.Servers;
            var servers = _byId.Values.ToArray();
            Array.Sort(servers, static (a, b) => string.CompareOrdinal(a.Id, b.Id));
            Volatile.Write(ref _sorted, new Listing(changes, servers));
            return servers;
        }
    }

    /// <summary>How many there are, without putting them in order.</summary>
    public int Count => _byId.Count;

    /// <summary>A server by its id.</summary>
    public bool TryGet(string id, [NotNullWhen(true)] out KnownServer? server) => _byId.TryGetValue(id, out server);

    /// <summary>Adds a server or replaces what is known of it.</summary>
    internal void Put(KnownServer server)
    {
        _byId[server.Id] = server;
        Interlocked.Increment(ref _changes);
    }

    internal void Remove(string id)
    {
        if (_byId.TryRemove(id, out _))
            Interlocked.Increment(ref _changes);
    }

    /// <summary>The servers as they were after so many changes, or later.</summary>
    private sealed record Listing(long Changes, KnownServer[] Servers);
}
