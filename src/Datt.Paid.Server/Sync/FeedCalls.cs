using System.Buffers;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Problems;
using Datt.Paid.Sync;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.OpenApi;

namespace Datt.Paid.Server.Sync;

/// <summary>Where the feed of an origin stands; only there to be described.</summary>
/// <param name="Origin">Id of the server whose feed it is.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="Version">Version of its newest manifest.</param>
/// <param name="Manifest">SHA-256 of that manifest.</param>
/// <param name="Conflict">A proof is held that the origin cheated in this epoch.</param>
public sealed record FeedAnswer(string Origin, long Epoch, long Version, string Manifest, bool? Conflict);

/// <summary>A page of feeds; only there to be described.</summary>
public sealed record FeedsAnswer(IReadOnlyList<FeedAnswer> Feeds, string? Next);

/// <summary>Heads, manifests and proofs, for other servers and for whoever audits. Always free.</summary>
public static class FeedCalls
{
    private const string Cbor = "application/cbor";

    private static readonly QueryParameters PageParameters = new(
    [
        new("cursor", JsonSchemaType.String, "Continues after the page that gave it."),
        new("limit", JsonSchemaType.Integer, $"Feeds of a page: 1 to {HeadsWire.MaxHeads}, as many where left out."),
    ]);

    public static void MapFeeds(this IEndpointRouteBuilder app)
    {
        app.MapDescribed("/federation/v1/feeds", ListAsync).Answers<FeedsAnswer>().AlsoRefuses(400).Describes(PageParameters)
            .WithMetadata(new ProducesResponseTypeMetadata(StatusCodes.Status304NotModified))
            .Names("listFeeds", "Federation", "Where the feeds stand that this server follows, its own included; the ETag is the digest of all.");
        app.MapDescribed("/federation/v1/feeds/stream", context => context.RequestServices.GetRequiredService<HeadBroadcast>().AnswerAsync(context))
            .Answers<string>("text/event-stream").AlsoRefuses(429)
            .Names("streamFeeds", "Federation", "The same as Server-Sent Events: all feeds first, then what changes, each event a page.");
        app.MapGet("/federation/v1/feeds/{origin}/manifest", ShowManifest).WithTags("Federation").Produces(200, contentType: Cbor).Refuses(400, 404)
            .WithName("getManifest").WithSummary("The newest signed manifest, or with since (and epoch) the difference to that version where it can be told.");
        app.MapGet("/federation/v1/feeds/{origin}/retired", ShowRetired).WithTags("Federation").Produces(200, contentType: Cbor).Refuses(404)
            .WithName("getRetired").WithSummary("Runs that were merged away and are still served.");
        app.MapGet("/federation/v1/feeds/{origin}/conflict", ShowConflict).WithTags("Federation").Produces(200, contentType: Cbor).Refuses(404)
            .WithName("getConflict").WithSummary("A proof that the origin signed two states of its feed that cannot both be true.");
    }

    private static async Task ListAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (!Paging.TryReadLimit(query["limit"], HeadsWire.MaxHeads, HeadsWire.MaxHeads, out var limit, out var problem)
            || !Paging.TryReadCursor(query["cursor"], out var after, out problem))
        {
            await problem.ExecuteAsync(context);
            return;
        }
        var heads = context.RequestServices.GetRequiredService<HeadVector>();
        var tag = $"\"{heads.Digest}\"";
        context.Response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch.Contains(tag))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        var page = heads.All.SkipWhile(e => after is not null && string.CompareOrdinal(e.Head.Origin, after) <= 0).Take(limit + 1).ToList();
        var next = page.Count > limit ? Paging.Cursor(page[limit - 1].Head.Origin) : null;
        var body = new ArrayBufferWriter<byte>();
        HeadsWire.Write(body, page.Take(limit), next);
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = body.WrittenCount;
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    private static Results<FileContentHttpResult, Problem> ShowManifest(string origin, long? since, long? epoch, FeedShelf shelf)
    {
        if (!ServerPublicKey.IsFingerprint(origin) || !shelf.TryGet(origin, out var view) || view.Manifest is not { } manifest)
            return Unknown();
        var newest = manifest.Manifest;
        if (since is { } version && version != newest.Version && (epoch ?? newest.Epoch) == newest.Epoch
            && shelf.ManifestOf(origin, newest.Epoch, version) is { } held)
            return TypedResults.Bytes(ManifestDifference.Between(held, manifest).Encode(), Cbor);
        return TypedResults.Bytes(ManifestCodec.Encode(manifest), Cbor);
    }

    private static Results<FileContentHttpResult, Problem> ShowRetired(string origin, FeedShelf shelf) =>
        shelf.RetiredOf(origin) is { } retired ? TypedResults.Bytes(retired.Encode(), Cbor) : Unknown();

    private static Results<FileContentHttpResult, Problem> ShowConflict(string origin, FeedShelf shelf) =>
        shelf.TryGet(origin, out var view) && view.Conflict is { } proof ? TypedResults.Bytes(proof.Encode(), Cbor) : Problem.NotFound("There is no proof against this origin here.");

    private static Problem Unknown() => Problem.NotFound("This server shows no such feed. GET /federation/v1/feeds lists those it shows.");
}
