using Datt.Paid.Catalog;
using Datt.Paid.Policy;
using Datt.Paid.Search;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.Content;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Problems;
using Datt.Paid.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Datt.Paid.Server.Search;

/// <summary>A complaint about a content.</summary>
/// <param name="Reason">For the operator: 1 to 2,000 characters.</param>
public sealed record ReportRequest(string? Reason);

/// <summary>Completions of what was typed.</summary>
public sealed record SuggestAnswer(IReadOnlyList<string> Suggestions);

/// <summary>Calls about one content, and completions.</summary>
public static class ContentLookup
{
    private const int MaxContentId = 200;
    private const int MaxReason = 2_000;
    private const int MaxOpenReports = 1_000;
    private const int Suggestions = 10;
    private const int MaxTyped = 200;

    public static void MapContentLookup(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/content/{contentId}", Show).WithTags("Search").Needs(Scopes.Search).Produces<ContentAnswer>().Refuses(404)
            .WithName("getContent").WithSummary("One content with all its holders.");
        app.MapPost("/api/v1/content/{contentId}/reports", ReportAsync).WithTags("Search").Needs(Scopes.Search).Produces(202).Refuses(400, 404, 429)
            .WithName("reportContent").WithSummary("A complaint to the operator.");
        app.MapGet("/api/v1/suggest", Suggest).WithTags("Search").Needs(Scopes.Search).Refuses(400)
            .WithName("suggest").WithSummary("Completions of the last word typed.");
    }

    private static IResult Show(string contentId, HttpContext context, VisibleContents contents, HitWriter hits, TimeProvider time) =>
        TryFind(context, contentId, contents, out var entry)
            ? new Answer(entry!, hits, time.GetUtcNow())
            : Problem.NotFound("No node known here holds this content.");

    private static async Task<IResult> ReportAsync(
        string contentId, ReportRequest report, HttpContext context, VisibleContents contents, Database database, TimeProvider time, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(report.Reason) || report.Reason.Length > MaxReason)
            return Problem.Invalid("reason", $"reason must be 1 to {MaxReason} characters.");
        if (!TryFind(context, contentId, contents, out var entry))
            return Problem.NotFound("No node known here holds this content.");
        var reporter = context.CallerName();
        var row = new ContentReport { ContentId = entry!.ContentId, AccountId = reporter, Reason = report.Reason, At = time.GetUtcNow() };
        var kept = await database.WriteAsync(
            db =>
            {
                if (db.ContentReports.Count(r => r.AccountId == reporter && r.HandledAt == null) >= MaxOpenReports)
                    return Task.FromResult(false);
                row.Id = 0;
                db.ContentReports.Add(row);
                return Task.FromResult(true);
            }, ct);
        return kept
            ? TypedResults.Accepted((string?)null)
            : Problem.QuotaExceeded($"The operator has not yet looked at {MaxOpenReports} complaints from here.", TimeSpan.FromDays(1));
    }

    private static Results<Ok<SuggestAnswer>, Problem> Suggest(string? q, SearchEngine engine)
    {
        if (q is { Length: > MaxTyped })
            return Problem.Invalid("query", $"q has at most {MaxTyped} characters.") with { Input = "q" };
        return TypedResults.Ok(new SuggestAnswer(string.IsNullOrWhiteSpace(q) ? [] : engine.Suggest(q, Suggestions)));
    }

    private static bool TryFind(HttpContext context, string routed, VisibleContents contents, out CatalogEntry? entry)
    {
        var id = ContentPath.IdOf(context, routed);
        entry = null;
        return id.Length <= MaxContentId && contents.TryGet(ContentKey.Of(id), out entry) && entry.ContentId == id;
    }

    private sealed class Answer(CatalogEntry entry, HitWriter hits, DateTimeOffset now) : IResult
    {
        public Task ExecuteAsync(HttpContext context) => JsonAnswer.SendAsync(
            context, (hits, entry, now), static (json, state) => state.hits.WriteContent(json, state.entry, state.now));
    }
}
