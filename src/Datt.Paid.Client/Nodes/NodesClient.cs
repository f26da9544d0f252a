using System.Runtime.CompilerServices;

namespace Datt.Paid.Client;

/// <summary>Who is there, and where.</summary>
public sealed class NodesClient
{
    private readonly Transport _transport;

    internal NodesClient(Transport transport) => _transport = transport;

    /// <summary>Present from now for the presence's time to live; repeat it as a heartbeat. Code <c>node_taken</c> when the id is another account's.</summary>
    public Task AppearAsync(string nodeId, Presence presence, CancellationToken ct = default) =>
        _transport.DoAsync(HttpMethod.Put, $"api/v1/nodes/{Query.Segment(nodeId)}", JsonBody.Of(presence, ClientJson.Default.Presence), ct);

    /// <summary>
    /// Present as long as this runs, by an open WebSocket: others see within seconds when the node is gone. Servers that do not take sockets,
    /// or no more of them, refuse it; then heartbeats by <see cref="AppearAsync"/> still do.
    /// </summary>
    /// <param name="nodeId">Which node.</param>
    /// <param name="presence">Where it is; its time to live is that of the socket.</param>
    /// <param name="present">Called once the server says that the node is present.</param>
    /// <param name="ct">Ends it, without a goodbye.</param>
    /// <exception cref="DattException">The socket could not be opened.</exception>
    public Task<PresenceEnd> StayAsync(string nodeId, Presence presence, Action? present = null, CancellationToken ct = default) => PresenceHold.RunAsync(
        _transport.Server, _transport.ApiKey, $"api/v1/nodes/{Query.Segment(nodeId)}/presence", presence, _transport.Time, present, ct);

    /// <summary>Not present any more; the node's records stay.</summary>
    public Task LeaveAsync(string nodeId, CancellationToken ct = default) =>
        _transport.DoAsync(HttpMethod.Delete, $"api/v1/nodes/{Query.Segment(nodeId)}", null, ct);

    /// <summary>One page of the nodes that are connected to this server. Needs no key.</summary>
    public Task<NodeList> PageAsync(string? cursor = null, int? limit = null, CancellationToken ct = default) =>
        _transport.GetAsync(new Query("api/v1/nodes").With("cursor", cursor).With("limit", limit).ToString(), ClientJson.Default.NodeList, ct);

    /// <summary>All of them, page by page.</summary>
    public async IAsyncEnumerable<Node> AllAsync([EnumeratorCancellation] CancellationToken ct = default)
    {
        string? cursor = null;
        do
        {
            var page = await PageAsync(cursor, null, ct).ConfigureAwait(false);
            foreach (var node in page.Nodes)
            {
                yield return node;
            }

            cursor = page.Nodes.Count == 0 ? null : page.Next;
        }
        while (cursor is not null);
    }
}

/// <summary>Where a node can be reached, and for how long that holds.</summary>
/// <param name="Endpoints">Addresses; content is at <c>{endpoint}/content/{contentId}</c> of one with http or https.</param>
/// <param name="Kind">What sort of node it is.</param>
/// <param name="TtlSeconds">10 to 86,400; 120 when left out.</param>
public sealed record Presence(IReadOnlyList<string> Endpoints, string? Kind = null, int? TtlSeconds = null);

/// <summary>A node.</summary>
public sealed record Node
{
    /// <summary>Its id on its server.</summary>
    public string NodeId { get => field ?? ""; init; }

    /// <summary>Id of its server.</summary>
    public string? Server { get; init; }

    /// <summary>Where it can be reached.</summary>
    public IReadOnlyList<string> Endpoints { get => field ?? []; init; }

    /// <summary>Whether it is present now; null where unknown.</summary>
    public bool? Online { get; init; }

    /// <summary>Its last heartbeat.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    /// <summary>Its live records.</summary>
    public long? Records { get; init; }
}

/// <summary>A page of nodes.</summary>
public sealed record NodeList
{
    /// <summary>The nodes.</summary>
    public IReadOnlyList<Node> Nodes { get => field ?? []; init; }

    /// <summary>Cursor of the next page; null at the end.</summary>
    public string? Next { get; init; }
}
