using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Datt.Paid.Nodes;

/// <summary>A node that is present at another server, as that server says.</summary>
/// <param name="NodeId">Its name there.</param>
/// <param name="Endpoints">Where it can be reached.</param>
/// <param name="Kind">What it says it is.</param>
public sealed record RemoteNode(string NodeId, NodeEndpoints Endpoints, string? Kind)
{
    /// <summary>About how much memory it takes, in bytes.</summary>
    internal int Cost => 200 + (2 * (NodeId.Length + (Kind?.Length ?? 0))) + (3 * Endpoints.Json.Length) + (60 * Endpoints.Urls.Count);
}

/// <summary>
/// Who is present at other servers, each in the word of that server alone: what one claims of another's nodes has no place here. Looking a
/// node up takes no lock and no database. Bounded by <see cref="MaxBytesOfServer"/> and <see cref="MaxBytes"/>.
/// </summary>
public sealed class RemoteNodes
{
    /// <summary>Memory for the nodes of one server, in bytes.</summary>
    public const long MaxBytesOfServer = 32L * 1_024 * 1_024;

    /// <summary>Memory for all of them, in bytes.</summary>
    public const long MaxBytes = 256L * 1_024 * 1_024;

    /// <summary>How old the word of a server may be; older is no word. It may itself be 5 s behind its nodes.</summary>
    public static readonly TimeSpan Believed = TimeSpan.FromSeconds(55);

    private readonly ConcurrentDictionary<string, RemoteView> _views = new(StringComparer.Ordinal);

    /// <summary>Held while bytes are counted.</summary>
    private readonly Lock _gate = new();
    private long _bytes;

    /// <summary>About how much memory all of them take, those included that are just being read.</summary>
    internal long Bytes
    {
        get
        {
            lock (_gate)
                return _bytes;
        }
    }

    /// <summary>Whether a node of another server is present, and where; null where nobody knows.</summary>
    public bool? IsOnline(string server, string nodeId, DateTimeOffset now, out NodeEndpoints endpoints)
    {
        endpoints = NodeEndpoints.None;
        if (!_views.TryGetValue(server, out var view) || !view.IsBelieved(now))
            return null;
        if (!view.Nodes.TryGetValue(nodeId, out var node))
            return view.IsCut ? null : false;
        endpoints = node.Endpoints;
        return true;
    }

    /// <summary>Servers whose word is believed now, by id (ordinal).</summary>
    public IReadOnlyList<RemoteView> Views(DateTimeOffset now) =>
        [.. _views.Values.Where(view => view.IsBelieved(now)).OrderBy(view => view.Server, StringComparer.Ordinal)];

    /// <summary>The word of a server.</summary>
    public bool TryGet(string server, [NotNullWhen(true)] out RemoteView? view) => _views.TryGetValue(server, out view);

    /// <summary>A word of a server that is to be read whole. It ends with <see cref="Replace"/> or <see cref="Drop"/>.</summary>
    internal RemoteView Begin(string server, DateTimeOffset asOf) => new(server) { AsOf = asOf, Replaces = _views.GetValueOrDefault(server)?.Bytes ?? 0 };

    /// <summary>A whole new word of a server takes the place of the old one.</summary>
    internal void Replace(RemoteView view)
    {
        lock (_gate)
        {
            Count(view, -view.Counted);
            view.Replaces = 0;
            Count(view, view.Bytes);
            if (_views.TryGetValue(view.Server, out var before))
                Count(before, -before.Counted, isGone: true);
            _views[view.Server] = view;
        }
    }

    /// <summary>A word that was not read to its end.</summary>
    internal void Drop(RemoteView view)
    {
        lock (_gate)
            Count(view, -view.Counted, isGone: true);
    }

    /// <summary>Forgets servers that are not followed any more.</summary>
    internal void Keep(IReadOnlySet<string> servers)
    {
        foreach (var (server, view) in _views)
        {
            if (servers.Contains(server) || !_views.TryRemove(new(server, view)))
                continue;
            lock (_gate)
                Count(view, -view.Counted, isGone: true);
        }
    }

    /// <summary>Notes one node in a view; false where there is no room for it, and the view then says so.</summary>
    internal bool TryAdd(RemoteView view, RemoteNode node)
    {
        var old = view.Nodes.TryGetValue(node.NodeId, out var there) ? there.Cost : 0;
        lock (_gate)
        {
            var bytes = view.Bytes - old + node.Cost;
            var fits = bytes <= MaxBytesOfServer && _bytes - view.Counted + Math.Max(0, bytes - view.Replaces) <= MaxBytes;
            view.IsCut |= !fits;
            if (fits)
            {
                Grow(view, node.Cost - old);
                view.Nodes[node.NodeId] = node;
                view.Edition++;
                return true;
            }
        }
        Remove(view, node.NodeId);
        return false;
    }

    internal void Remove(RemoteView view, string nodeId)
    {
        if (!view.Nodes.TryRemove(nodeId, out var old))
            return;
        view.Edition++;
        lock (_gate)
            Grow(view, -old.Cost);
    }

    // A view that is being read again counts only with what it has more than the one whose place it takes: both are here until then, and
    // without that the one would leave no room for the other.
    private void Grow(RemoteView view, long by)
    {
        view.Bytes += by;
        Count(view, Math.Max(0, view.Bytes - view.Replaces) - view.Counted);
    }

    private void Count(RemoteView view, long by, bool isGone = false)
    {
        if (view.IsGone)
            return;
        view.Counted += by;
        view.IsGone = isGone;
        _bytes += by;
    }
}

/// <summary>Who is present at one other server. One writer; safe to read from any thread.</summary>
public sealed class RemoteView(string server)
{
    private long _asOf;
    private (long Edition, string[] Names)? _sorted;

    /// <summary>Id of the server.</summary>
    public string Server { get; } = server;

    /// <summary>When the server was asked for what this says.</summary>
    public DateTimeOffset AsOf
    {
        get => DateTimeOffset.FromUnixTimeMilliseconds(Interlocked.Read(ref _asOf));
        internal set => Interlocked.Exchange(ref _asOf, value.ToUnixTimeMilliseconds());
    }

    /// <summary>More nodes than there was room for: one that is missing may be present.</summary>
    public bool IsCut { get; internal set; }

    internal ConcurrentDictionary<string, RemoteNode> Nodes { get; } = new(StringComparer.Ordinal);

    /// <summary>The server's own version of this, for asking what changed since.</summary>
    internal string Version { get; set; } = "";

    internal long Bytes { get; set; }

    /// <summary>What of it is in the sum of all views.</summary>
    internal long Counted { get; set; }

    /// <summary>Bytes of the view whose place this one is going to take.</summary>
    internal long Replaces { get; set; }

    /// <summary>Nothing of it counts any more, whatever its reader still writes into it.</summary>
    internal bool IsGone { get; set; }

    internal long Edition { get; set; }

    /// <summary>Nodes by name, those after <paramref name="after"/>.</summary>
    public IReadOnlyList<RemoteNode> List(string? after, int limit)
    {
        var names = Names();
        var index = after is null ? 0 : Array.BinarySearch(names, after, StringComparer.Ordinal);
        if (after is not null)
            index = index < 0 ? ~index : index + 1;
        var nodes = new List<RemoteNode>();
        for (; index < names.Length && nodes.Count < limit; index++)
        {
            if (Nodes.TryGetValue(names[index], out var node))
                nodes.Add(node);
        }
        return nodes;
    }

    // Also where this clock was set back: a time to come is no word either.
    internal bool IsBelieved(DateTimeOffset now) => now - AsOf < RemoteNodes.Believed && AsOf - now < RemoteNodes.Believed;

    private string[] Names()
    {
        var edition = Edition;
        lock (Nodes)
        {
            if (_sorted is { } sorted && sorted.Edition == edition)
                return sorted.Names;
            string[] names = [.. Nodes.Keys];
            Array.Sort(names, StringComparer.Ordinal);
            _sorted = (edition, names);
            return names;
        }
    }
}
