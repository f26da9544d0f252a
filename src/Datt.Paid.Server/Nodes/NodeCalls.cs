using Datt.Paid.Catalog;
using Datt.Paid.Nodes;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Problems;
using Datt.Paid.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Datt.Paid.Server.Nodes;

/// <summary>What a node says about itself when it arrives and with every heartbeat.</summary>
/// <param name="Endpoints">Absolute URLs where it can be reached, at most 16; may be empty.</param>
/// <param name="Kind">What it is, for people: at most 50 characters.</param>
/// <param name="TtlSeconds">How long it counts as present, 10 to 86,400 seconds, 120 where left out.</param>
public sealed record NodePresence(IReadOnlyList<string?>? Endpoints, string? Kind, int? TtlSeconds);

/// <summary>A node as everybody sees it.</summary>
public sealed record NodeAnswer(
    string NodeId, string Server, IReadOnlyList<string> Endpoints, string? Kind, bool Online, DateTimeOffset LastSeen, long Records);

/// <summary>A page of nodes.</summary>
public sealed record NodesAnswer(IReadOnlyList<NodeAnswer> Nodes, string? Next);

/// <summary>Calls about nodes.</summary>
public static class NodeCalls
{
    private const int DefaultTtl = 120;
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1_000;

    public static void MapNodes(this IEndpointRouteBuilder app)
    {
        var nodes = app.MapGroup("/api/v1/nodes").WithTags("Nodes");
        nodes.MapPut("/{nodeId}", ArriveAsync).Needs(Scopes.Announce).Refuses(400, 403).WithName("putNode")
            .WithSummary("Says that a node is present and where; repeats are heartbeats.");
        nodes.MapDelete("/{nodeId}", LeaveAsync).Needs(Scopes.Announce).Refuses(400, 403).WithName("deleteNode")
            .WithSummary("Says goodbye; the node's records stay.");
        nodes.MapGet("", List).Refuses(400).WithName("listNodes").WithSummary("Nodes of this server.");
        app.MapGet("/federation/v1/nodes", List).WithTags("Federation").Refuses(400).WithName("listNodesForServers")
            .WithSummary("Every node of this server, for other servers.");
    }

    private static async Task<Results<NoContent, Problem>> ArriveAsync(
        string nodeId, NodePresence presence, HttpContext context, NodeRegistry nodes, CancellationToken ct)
    {
        if (presence.Endpoints is null)
            return Problem.Invalid("endpoints", "endpoints is missing; it is an array of URLs, which may be empty.");
        if (!NodeEndpoints.TryCreate(presence.Endpoints, out var endpoints, out var wrong))
            return Problem.Invalid("endpoints", wrong);
        var ttl = presence.TtlSeconds ?? DefaultTtl;
        if (ttl is < 10 or > 86_400)
            return Problem.Invalid("ttlSeconds", "ttlSeconds must be from 10 to 86400.");
        if (presence.Kind is { } kind && (kind.Length > 50 || kind.Any(char.IsControl)))
            return Problem.Invalid("kind", "kind must be at most 50 characters without control characters.");
        if (await NodeClaims.RefusalAsync(nodes, nodeId, context.Caller(), ct) is { } refusal)
            return refusal;
        nodes.Arrive(nodeId, endpoints, presence.Kind, TimeSpan.FromSeconds(ttl));
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, Problem>> LeaveAsync(string nodeId, HttpContext context, NodeRegistry nodes, CancellationToken ct)
    {
        if (await NodeClaims.RefusalAsync(nodes, nodeId, context.Caller(), ct) is { } refusal)
            return refusal;
        nodes.Leave(nodeId);
        return TypedResults.NoContent();
    }

    private static Results<Ok<NodesAnswer>, Problem> List(
        string? cursor, string? limit, NodeRegistry nodes, ContentCatalog catalog, ServerKey self, TimeProvider time)
    {
        if (!Paging.TryReadLimit(limit, DefaultLimit, MaxLimit, out var count, out var problem)
            || !Paging.TryReadCursor(cursor, out var after, out problem))
        {
            return problem;
        }
        var page = nodes.List(after, count);
        var now = time.GetUtcNow();
        var shown = page.Nodes.Select(node => new NodeAnswer(
            node.NodeId, self.Id, node.IsOnline(now, out var endpoints) ? endpoints.Urls : [], node.Kind, node.IsOnline(now, out _), node.LastSeen,
            catalog.RecordsOf(new NodeKey(self.Id, node.NodeId))));
        return TypedResults.Ok(new NodesAnswer([.. shown], Paging.Cursor(page.Next)));
    }
}

/// <summary>Whether a caller may speak for a node.</summary>
public static class NodeClaims
{
    /// <summary>Null when the node is the caller's, from now on where it was nobody's.</summary>
    public static async ValueTask<Problem?> RefusalAsync(NodeRegistry nodes, string? nodeId, Caller caller, CancellationToken ct)
    {
        if (nodeId is null || !RecordVerifier.IsNodeId(nodeId))
            return Problem.Invalid("node", "The node must be named by 1 to 64 of A-Z a-z 0-9 . _ -");
        return await nodes.ClaimAsync(nodeId, caller.AccountId, ct) switch
        {
            NodeClaim.Yours => null,
            NodeClaim.Taken => new Problem(403, ProblemCodes.NodeTaken, "Another account used this node's name first. Choose another name."),
            NodeClaim.TooManyOfAccount => Problem.QuotaExceeded(
                $"An account has at most {NodeRegistry.MaxOfAccount} nodes. Use the names that it has.", TimeSpan.FromDays(1)),
            _ => Problem.Unavailable("This server has as many nodes as it can hold.", TimeSpan.FromHours(1)),
        };
    }
}
