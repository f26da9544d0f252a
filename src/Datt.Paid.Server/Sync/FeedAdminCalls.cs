using Datt.Paid.Federation;
using Datt.Paid.Policy;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Problems;
using Datt.Paid.Storage;
using Datt.Paid.Sync;
using Datt.Paid.Sync.Download;
using Datt.Paid.Sync.Exchange;
using Datt.Paid.Sync.Gossip;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Datt.Paid.Server.Sync;

/// <summary>A run on its way, in bytes.</summary>
public sealed record FeedDownloadAnswer(string Run, long Bytes, long Held);

/// <summary>A feed as an operator sees it.</summary>
/// <param name="Records">Live records, as the origin says, at most those of its runs.</param>
/// <param name="LagSeconds">How long ago the first state was made of which something is still missing; 0 where nothing is.</param>
/// <param name="LagRecords">Records of the newest state that are still missing, at most.</param>
/// <param name="Blocked">The operator hides it from search here.</param>
/// <param name="Dropped">The operator does not want its runs here.</param>
/// <param name="Problem">Why it does not go on.</param>
public sealed record FeedStandingAnswer(
    string Origin, string? Name, bool Own, long Epoch, long Version, long Records, int Runs, long Bytes, double LagSeconds, long LagRecords, bool Conflict, bool Blocked, bool Dropped,
    string? Problem, IReadOnlyList<FeedDownloadAnswer> Downloads);

/// <summary>Traffic of runs with a server, in bytes.</summary>
/// <param name="Refused">Bytes from it that were not what they should be, since the start.</param>
public sealed record FeedPeerAnswer(string Server, string? Name, long Received, long Served, long Refused);

/// <summary>A page of feeds, and figures since the start in bytes.</summary>
/// <param name="Digest">Of all heads that are shown.</param>
/// <param name="MergedBytes">Runs that were made here instead of being fetched.</param>
public sealed record FeedReportAnswer(
    string Digest, IReadOnlyList<FeedStandingAnswer> Feeds, IReadOnlyList<FeedPeerAnswer> Peers, long VerifiedBytes, long RefusedBytes, long MergedBytes, long FetchedBytes,
    string? Next);

/// <summary>What a verb came to: <c>forgotten</c>, <c>fetching</c> or <c>nobodyAnswers</c>.</summary>
public sealed record FeedActionAnswer(string Origin, string Outcome);

/// <summary>What an operator sees of the feeds, and does about one.</summary>
public static class FeedAdminCalls
{
    private const int DefaultLimit = 1_000;
    private const int MaxPeers = 1_000;

    /// <summary>Servers that are asked where an origin stands when it is to be fetched at once.</summary>
    private const int Asked = 4;

    public static void MapFeedAdmin(this IEndpointRouteBuilder app)
    {
        var feeds = app.MapGroup("/api/v1/admin/feeds").WithTags("Operators").Needs(Scopes.Operator);
        feeds.MapGet("", Report).Refuses(400).WithName("reportFeeds").WithSummary("How far this server is with each feed, and what each other server gave and took.");
        feeds.MapPost("/{origin}/forget", ForgetAsync).Refuses(400, 404).WithName("forgetFeed")
            .WithSummary("Deletes what is here of an origin's feed. It is fetched anew when its head is next heard of, unless the origin is blocked with drop.");
        feeds.MapPost("/{origin}/fetch", FetchAsync).Refuses(400).WithName("fetchFeed")
            .WithSummary("Deletes what is here of an origin's feed and fetches it anew at once. Until then its records are not found.");
    }

    private static Results<Ok<FeedReportAnswer>, Problem> Report(
        string? cursor, string? limit, FeedStandings standings, ServerDirectory servers, HeadVector heads, RunAdmission admission, SourceBook sources, SyncFigures figures,
        PolicyBook policy, ServerKey self, TimeProvider time)
    {
        if (!Paging.TryReadLimit(limit, DefaultLimit, DefaultLimit, out var count, out var problem)
            || !Paging.TryReadCursor(cursor, out var after, out problem))
            return problem;
        string? NameOf(string id) => servers.TryGet(id, out var server) ? server.Card.Card.Name : null;
        var page = standings.All(time.GetUtcNow()).SkipWhile(s => after is not null && string.CompareOrdinal(s.Origin, after) <= 0).Take(count + 1).ToList();
        var rules = policy.Current;
        var came = sources.All;
        var totals = admission.Peers().ToDictionary(p => p.ServerId, StringComparer.Ordinal);
        var peers = totals.Keys.Union(came.Keys, StringComparer.Ordinal).Where(id => id != self.Id)
            .Select(id => new FeedPeerAnswer(
                id, NameOf(id), Math.Max(totals.GetValueOrDefault(id)?.Taken ?? 0, came.GetValueOrDefault(id)?.Verified ?? 0), totals.GetValueOrDefault(id)?.Given ?? 0,
                came.GetValueOrDefault(id)?.Refused ?? 0))
            .OrderByDescending(p => p.Received + p.Served).ThenBy(p => p.Server, StringComparer.Ordinal).Take(MaxPeers);
        return TypedResults.Ok(new FeedReportAnswer(
            heads.Digest.ToString(), [.. page.Take(count).Select(s => Answer(s, NameOf(s.Origin), rules.IsBlocked(s.Origin)))], [.. peers], figures.VerifiedBytes,
            figures.RefusedBytes, figures.MergedBytes, figures.FetchedBytes, Paging.Cursor(page.Count > count ? page[count - 1].Origin : null)));
    }

    private static FeedStandingAnswer Answer(FeedStanding standing, string? name, bool isBlocked)
    {
        var manifest = standing.Manifest?.Manifest;
        return new FeedStandingAnswer(
            standing.Origin, name, standing.IsOwn, manifest?.Epoch ?? 0, manifest?.Version ?? 0, manifest?.CreditedLive ?? 0, manifest?.Runs.Count ?? 0,
            manifest?.Runs.Sum(run => run.Bytes) ?? 0, Math.Round(standing.Lag.TotalSeconds, 3), standing.LagRecords, standing.IsConflicted, isBlocked, standing.IsDropped, standing.Problem,
            [.. standing.Coming.Select(run => new FeedDownloadAnswer(run.Id.ToString(), run.Bytes, run.Held))]);
    }

    private static async Task<Results<Ok<FeedActionAnswer>, Problem>> ForgetAsync(string origin, Swarm swarm, ServerKey self, CancellationToken ct)
    {
        if (Wrong(origin, self) is { } problem)
            return problem;
        return await swarm.ForgetAsync(origin, fetchAgain: false, ct)
            ? TypedResults.Ok(new FeedActionAnswer(origin, "forgotten"))
            : Problem.NotFound("Nothing is here of this origin's feed. GET /api/v1/admin/feeds lists those that are.");
    }

    private static async Task<Results<Ok<FeedActionAnswer>, Problem>> FetchAsync(
        string origin, Swarm swarm, HeadStreams streams, ServerDirectory servers, ServerKey self, CancellationToken ct)
    {
        if (Wrong(origin, self) is { } problem)
            return problem;
        await swarm.ForgetAsync(origin, fetchAgain: true, ct);
        var alive = servers.All.Where(server => server.State == ServerState.Alive).Select(server => server.Id).OrderByDescending(id => id == origin).Take(Asked);
        var answers = await Task.WhenAll(alive.Select(id => streams.CompareAsync(id, ct)));
        return TypedResults.Ok(new FeedActionAnswer(origin, answers.Any(answered => answered) ? "fetching" : "nobodyAnswers"));
    }

    private static Problem? Wrong(string origin, ServerKey self) =>
        !ServerPublicKey.IsFingerprint(origin) ? Problem.Invalid("origin", "The origin is the id of a server: 52 characters of a-z and 2-7.")
        : origin == self.Id ? Problem.Invalid("origin", "This is the server's own feed, which is not fetched from others. 'Datt.Paid.Server verify' checks it.")
        : null;
}
