using System.Buffers;
using Datt.Paid.Catalog;
using Datt.Paid.Nodes;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.Nodes;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Operations;
using Datt.Paid.Server.Problems;
using Datt.Paid.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Datt.Paid.Server.Content;

/// <summary>Calls about one content.</summary>
public static class ContentCalls
{
    public static void MapContent(this IEndpointRouteBuilder app)
    {
        var content = app.MapGroup("/api/v1/content").WithTags("Content");
        content.MapPut("/{contentId}", AnnounceAsync).Needs(Scopes.Announce).Accepts<RecordAnswer>("application/json")
            .Refuses(400, 403, 413, 415, 503).WithName("putContent").WithSummary("Announces that a node holds a content; durable when answered.");
        content.MapDelete("/{contentId}", WithdrawAsync).Needs(Scopes.Announce).Refuses(400, 403, 503).WithName("deleteContent")
            .WithSummary("Withdraws it, also when it was not there.");
        content.MapPost("/bulk", BulkAnnounce.ReceiveAsync).Needs(Scopes.Announce).Accepts<RecordAnswer>("application/x-ndjson")
            .Produces<BulkAnswer>().Refuses(400, 403, 413, 415, 503).WithMetadata(new BulkBodyLimit(), new Idempotency.RepeatableByItself())
            .WithName("bulkContent").WithSummary("A record or a deletion a line; bad lines never stop good ones.");
    }

    private static async Task<Results<NoContent, Problem>> AnnounceAsync(
        string contentId, string? node, HttpContext context, ContentCatalog catalog, NodeRegistry nodes, ServerMetrics metrics, TimeProvider time,
        CancellationToken ct)
    {
        if (context.Request.ContentType is { } type && !type.Contains("json", StringComparison.OrdinalIgnoreCase))
            return ProblemCodes.OfStatus(StatusCodes.Status415UnsupportedMediaType, context.Request);
        if (await NodeClaims.RefusalAsync(nodes, node, context.Caller(), ct) is { } refusal)
            return refusal;
        var body = await context.Request.BodyReader.ReadAtLeastAsync(Kestrel.SmallBody + 1, ct);
        var bytes = body.Buffer.IsSingleSegment ? body.Buffer.FirstSpan : body.Buffer.ToArray();
        var readable = RecordJson.TryRead(bytes, out var draft, out var problem);
        context.Request.BodyReader.AdvanceTo(body.Buffer.End);
        if (!readable)
            return RecordRefusals.Of(problem!);
        if (!RecordVerifier.Announce(node!, ContentPath.IdOf(context, contentId), draft!, time.GetUtcNow(), out var announcement, out problem))
            return RecordRefusals.Of(problem);
        return await AppendAsync(catalog, nodes, metrics, announcement, ct);
    }

    private static async Task<Results<NoContent, Problem>> WithdrawAsync(
        string contentId, string? node, HttpContext context, ContentCatalog catalog, NodeRegistry nodes, ServerMetrics metrics,
        CancellationToken ct)
    {
        if (await NodeClaims.RefusalAsync(nodes, node, context.Caller(), ct) is { } refusal)
            return refusal;
        if (!RecordVerifier.Withdraw(node!, ContentPath.IdOf(context, contentId), out var announcement, out var problem))
            return RecordRefusals.Of(problem);
        return await AppendAsync(catalog, nodes, metrics, announcement, ct);
    }

    private static async Task<Results<NoContent, Problem>> AppendAsync(
        ContentCatalog catalog, NodeRegistry nodes, ServerMetrics metrics, Announcement announcement, CancellationToken ct)
    {
        if (await catalog.AppendAsync([announcement], ct) is AppendOutcome.Unavailable unavailable)
            return Problem.Unavailable($"Nothing was stored: {unavailable.Reason}", RecordRefusals.Retry);
        nodes.Seen(announcement.NodeId);
        metrics.Announced(accepted: 1, rejected: 0);
        return TypedResults.NoContent();
    }
}

/// <summary>What <see cref="RecordVerifier"/> refuses, as problems.</summary>
public static class RecordRefusals
{
    /// <summary>When to try again after the feed could not be written.</summary>
    public static readonly TimeSpan Retry = TimeSpan.FromSeconds(10);

    public static Problem Of(RecordProblem problem) => new(
        problem.Code == RecordProblem.RecordTooLarge ? StatusCodes.Status413PayloadTooLarge : StatusCodes.Status400BadRequest,
        problem.Code, problem.Detail)
    {
        Input = problem.Field,
    };
}
