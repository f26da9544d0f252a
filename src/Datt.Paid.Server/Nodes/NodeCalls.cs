using Datt.Paid.Nodes;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Server.Access;
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

/// <summary>Calls about nodes.</summary>
public static class NodeCalls
{
    private static readonly AccessRule OfSocket = new(Scopes.Announce) { TakesKeyOfQuery = true };

    public static void MapNodes(this IEndpointRouteBuilder app)
    {
        var nodes = app.MapGroup("/api/v1/nodes").WithTags("Nodes");
        nodes.MapPut("/{nodeId}", ArriveAsync).Needs(Scopes.Announce).Refuses(400, 403).WithName("putNode")
            .WithSummary("Says that a node is present and where; repeats are heartbeats.");
        nodes.MapDelete("/{nodeId}", LeaveAsync).Needs(Scopes.Announce).Refuses(400, 403).WithName("deleteNode")
            .WithSummary("Says goodbye; the node's records stay.");
        var socket = app.ServiceProvider.GetRequiredService<PresenceEndpoint>();
        app.MapDescribed("/api/v1/nodes/{nodeId}/presence", socket.AnswerAsync).WithMetadata(OfSocket).Describes(PresenceEndpoint.Parameters)
            .Answers<NodePresence>().AlsoRefuses(400, 429)
            .Names("openPresence", "Nodes", "WebSocket: the node is present while it is open. The first message is a presence, more of them replace it.");
        // The same over HTTP/2 (RFC 8441).
        app.MapMethods("/api/v1/nodes/{nodeId}/presence", [HttpMethods.Connect], socket.AnswerAsync).WithMetadata(OfSocket).ExcludeFromDescription();
        app.MapNodeLists();
    }

    private static async Task<Results<NoContent, Problem>> ArriveAsync(
        string nodeId, NodePresence presence, HttpContext context, NodeRegistry nodes, CancellationToken ct)
    {
        if (!PresenceCheck.TryRead(presence, out var endpoints, out var ttl, out var problem))
            return problem;
        if (await NodeClaims.RefusalAsync(nodes, nodeId, context.Caller(), ct) is { } refusal)
            return refusal;
        nodes.Arrive(nodeId, endpoints, presence.Kind, ttl);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, Problem>> LeaveAsync(string nodeId, HttpContext context, NodeRegistry nodes, CancellationToken ct)
    {
        if (await NodeClaims.RefusalAsync(nodes, nodeId, context.Caller(), ct) is { } refusal)
            return refusal;
        nodes.Leave(nodeId);
        return TypedResults.NoContent();
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
