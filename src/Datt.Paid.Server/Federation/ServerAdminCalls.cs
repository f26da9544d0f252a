using Datt.Paid.Federation;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Problems;
using Datt.Paid.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Datt.Paid.Server.Federation;

/// <summary>An address of another server as an operator sees it.</summary>
/// <param name="Id">Null where no card was ever accepted from it.</param>
/// <param name="State"><c>alive</c>, <c>silent</c> or <c>refused</c>.</param>
/// <param name="Problem">Why it is not alive, in words.</param>
/// <param name="Source">Who named it first.</param>
/// <param name="Depth">Steps from a bootstrap address or a greeting.</param>
/// <param name="Failures">Visits since the last accepted card.</param>
/// <param name="NextDue">When it is visited next.</param>
public sealed record ServerFindingAnswer(
    string? Id, string Url, string? Name, string State, string? Problem, AccessAnswer? Search, AccessAnswer? Federation, DateTimeOffset FirstSeen,
    DateTimeOffset? LastSeen, double? LatencyMs, string Source, int Depth, int Failures, DateTimeOffset NextDue);

/// <summary>A page of addresses, and how many there are by state.</summary>
public sealed record ServerFindingsAnswer(
    IReadOnlyList<ServerFindingAnswer> Servers, int Alive, int Silent, int Refused, int Unproven, long Requests, string? Next);

/// <summary>Who is known at an address now.</summary>
/// <param name="Former">The id that was known there before; the same where only the key changed.</param>
public sealed record ServerAcceptedAnswer(string Id, string Former, string Url, string Name);

/// <summary>What an operator asks about other servers.</summary>
public static class ServerAdminCalls
{
    private const int DefaultLimit = 100;

    public static void MapServerAdmin(this IEndpointRouteBuilder app)
    {
        var servers = app.MapGroup("/api/v1/admin/servers").WithTags("Operators").Needs(Scopes.Operator);
        servers.MapGet("", List).Refuses(400).WithName("listServerFindings")
            .WithSummary("Every address of a server that is kept, with its state, its problem and when it is visited next.");
        servers.MapPost("/{id}/accept", AcceptAsync).Refuses(404, 409).WithName("acceptServer")
            .WithSummary("Takes whoever answers at the address of a refused server for the one to be known there, with the key that it shows now.");
    }

    private static async Task<Results<Ok<ServerAcceptedAnswer>, Problem>> AcceptAsync(string id, Crawler crawler, CrawlStore store, CancellationToken ct)
    {
        switch (await crawler.AcceptAsync(id, ct))
        {
            case AcceptOutcome.Accepted(var server):
                await store.SaveAsync(crawler, ct);
                return TypedResults.Ok(new ServerAcceptedAnswer(server.Id, id, server.Url.AbsoluteUri.TrimEnd('/'), server.Card.Card.Name));
            case AcceptOutcome.StillRefused(var problem):
                return new Problem(StatusCodes.Status409Conflict, ProblemCodes.Conflict, $"What answers there cannot be accepted: {problem}");
            case AcceptOutcome.NotRefused:
                return new Problem(StatusCodes.Status409Conflict, ProblemCodes.Conflict, "This server is not refused: there is nothing to accept.");
            default:
                return Problem.NotFound("No server of this id is known. GET /api/v1/admin/servers lists those that are.");
        }
    }

    private static Results<Ok<ServerFindingsAnswer>, Problem> List(string? cursor, string? limit, Crawler crawler)
    {
        if (!Paging.TryReadLimit(limit, DefaultLimit, ServerList.MaxPage, out var count, out var problem)
            || !Paging.TryReadCursor(cursor, out var after, out problem))
            return problem;
        var all = crawler.Findings();
        var page = all.Where(finding => after is null || string.CompareOrdinal(finding.Url, after) > 0).Take(count + 1).ToList();
        var next = page.Count > count ? page[count - 1].Url : null;
        int Count(ServerState state) => all.Count(finding => finding.Card is not null && finding.State == state);
        return TypedResults.Ok(new ServerFindingsAnswer(
            [.. page.Take(count).Select(Answer)], Count(ServerState.Alive), Count(ServerState.Silent), Count(ServerState.Refused),
            all.Count(finding => finding.Card is null), crawler.Requests, Paging.Cursor(next)));
    }

    private static ServerFindingAnswer Answer(CrawlFinding finding) => new(
        finding.Id, finding.Url, finding.Card?.Card.Name, finding.State.ToString().ToLowerInvariant(), finding.Problem,
        finding.Card is { } search ? new AccessAnswer(search.Card.SearchAccess) : null,
        finding.Card is { } federation ? new AccessAnswer(federation.Card.FederationAccess) : null,
        finding.FirstSeen, finding.LastSeen, finding.Latency?.TotalMilliseconds, finding.Source, finding.Depth, finding.Failures, finding.Due);
}
