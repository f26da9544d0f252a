using Datt.Paid.Catalog;
using Datt.Paid.Nodes;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Problems;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Datt.Paid.Server.Nodes;

/// <summary>A node as everybody sees it.</summary>
public sealed record NodeAnswer(
    string NodeId, string Server, IReadOnlyList<string> Endpoints, string? Kind, bool Online, DateTimeOffset LastSeen, long Records);

/// <summary>A page of nodes.</summary>
public sealed record NodesAnswer(IReadOnlyList<NodeAnswer> Nodes, string? Next);

/// <summary>A page of nodes for other servers.</summary>
/// <param name="Nodes">By name, or with <c>since</c> in the order of their last change.</param>
/// <param name="Next">
/// More of the same: the next <c>cursor</c>, or with <c>since</c> the next <c>since</c>; null at the end.
/// </param>
/// <param name="Version">For <c>since</c>, to ask later for what changed after this answer; of a list in pages that of its first page.</param>
public sealed record FollowedNodesAnswer(IReadOnlyList<NodeAnswer> Nodes, string? Next, string Version);

/// <summary>Who is there: at this server, for other servers, and in the whole network as far as this server knows it.</summary>
public sealed class NodeLists(NodeRegistry nodes, RemoteNodes remote, ContentCatalog catalog, ServerKey self, TimeProvider time)
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1_000;
    private const char OfServer = '/';

    /// <summary>Every node of this server.</summary>
    public Results<Ok<NodesAnswer>, Problem> Own(string? cursor, string? limit)
    {
        if (!TryReadPage(cursor, limit, out var after, out var count, out var problem))
            return problem!;
        var page = nodes.List(after, count);
        return TypedResults.Ok(new NodesAnswer(Shown(page.Nodes), Paging.Cursor(page.Next)));
    }

    /// <summary>The same with a version, or what changed since one.</summary>
    public Results<Ok<FollowedNodesAnswer>, Problem> ForServers(string? cursor, string? limit, string? online, string? since)
    {
        if (!TryReadPage(cursor, limit, out var after, out var count, out var problem))
            return problem!;
        if (online is not (null or "" or "true"))
            return Problem.Invalid("online", "online must be true, or left out.");
        if (string.IsNullOrEmpty(since))
        {
            // The version first, so that what changes meanwhile is told later.
            var version = nodes.Version;
            var page = nodes.List(after, count, online is "true" ? time.GetUtcNow() : null);
            return TypedResults.Ok(new FollowedNodesAnswer(Shown(page.Nodes), Paging.Cursor(page.Next), version.ToString()));
        }
        if (!PresenceVersion.TryParse(since, out var from))
            return Problem.Invalid("since", "since must be a version that this list gave.");
        if (nodes.ChangesSince(from, count) is not { } changes)
            return new Problem(StatusCodes.Status410Gone, ProblemCodes.CursorExpired, "This version is too old, or from before this server's start. Read the whole list.");
        var reached = changes.Version.ToString();
        return TypedResults.Ok(new FollowedNodesAnswer(Shown(changes.Nodes), changes.More ? reached : null, reached));
    }

    /// <summary>Nodes that are present, by server and name.</summary>
    public Results<Ok<NodesAnswer>, Problem> OfNetwork(string? cursor, string? limit, string? server)
    {
        if (!TryReadPage(cursor, limit, out var place, out var count, out var problem))
            return problem!;
        var (fromServer, after) = Split(place);
        var now = time.GetUtcNow();
        var views = remote.Views(now).ToDictionary(view => view.Server, StringComparer.Ordinal);
        var answer = new List<NodeAnswer>();
        foreach (var id in views.Keys.Append(self.Id).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (string.CompareOrdinal(id, fromServer) < 0 || (!string.IsNullOrEmpty(server) && id != server))
                continue;
            var left = count - answer.Count;
            var first = id == fromServer ? after : null;
            answer.AddRange(id == self.Id ? Shown(nodes.List(first, left, now).Nodes) : Shown(views[id], first, left));
            if (answer.Count == count)
                return TypedResults.Ok(new NodesAnswer(answer, Paging.Cursor($"{id}{OfServer}{answer[^1].NodeId}")));
        }
        return TypedResults.Ok(new NodesAnswer(answer, null));
    }

    private static bool TryReadPage(string? cursor, string? limit, out string? after, out int count, out Problem? problem)
    {
        after = null;
        return Paging.TryReadLimit(limit, DefaultLimit, MaxLimit, out count, out problem) && Paging.TryReadCursor(cursor, out after, out problem);
    }

    // A node's name has no slash in it, so the last one parts the two.
    private static (string? Server, string? After) Split(string? place) =>
        place?.LastIndexOf(OfServer) is { } at and >= 0 ? (place[..at], place[(at + 1)..]) : (null, null);

    private List<NodeAnswer> Shown(IReadOnlyList<KnownNode> page)
    {
        var now = time.GetUtcNow();
        var shown = new List<NodeAnswer>(page.Count);
        foreach (var node in page)
        {
            var online = node.IsOnline(now, out var endpoints);
            shown.Add(new NodeAnswer(
                node.NodeId, self.Id, endpoints.Urls, node.Kind, online, node.LastSeen, catalog.RecordsOf(new NodeKey(self.Id, node.NodeId))));
        }
        return shown;
    }

    private IEnumerable<NodeAnswer> Shown(RemoteView view, string? after, int limit) => view.List(after, limit).Select(node => new NodeAnswer(
        node.NodeId, view.Server, node.Endpoints.Urls, node.Kind, true, view.AsOf, catalog.RecordsOf(new NodeKey(view.Server, node.NodeId))));
}

/// <summary>Calls of the lists.</summary>
public static class NodeListCalls
{
    public static void MapNodeLists(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/nodes", (string? cursor, string? limit, NodeLists lists) => lists.Own(cursor, limit))
            .WithTags("Nodes").Refuses(400).WithName("listNodes").WithSummary("Nodes of this server.");
        app.MapGet(
                "/federation/v1/nodes",
                (string? cursor, string? limit, string? online, string? since, NodeLists lists) => lists.ForServers(cursor, limit, online, since))
            .WithTags("Federation").Refuses(400, 410).WithName("listNodesForServers")
            .WithSummary("Every node of this server, for other servers; with since what changed.");
        app.MapGet(
                "/api/v1/network/nodes", (string? cursor, string? limit, string? server, NodeLists lists) => lists.OfNetwork(cursor, limit, server))
            .WithTags("Nodes").Refuses(400).WithName("listNodesOfNetwork")
            .WithSummary("Nodes that are present anywhere in the network, as far as this server knows.");
    }
}
