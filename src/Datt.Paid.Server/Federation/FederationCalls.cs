using Datt.Paid.Catalog;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Pricing;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Datt.Paid.Server.Federation;

/// <summary>The signed card as programs see it; only there to be described, since the signed bytes go out as they are.</summary>
public sealed record CardAnswer(
    string Id, string Name, string Url, string PublicKey, string Software, string Version, AccessAnswer Search, AccessAnswer Federation,
    CardPrice? Price, CoverageAnswer Coverage, CardNodes Nodes, DateTimeOffset Time, string Signature);

/// <summary>Who has access: Paid, Free or Reciprocal.</summary>
public sealed record AccessAnswer(string Access);

/// <summary>Where the feed of an origin stands.</summary>
public sealed record FeedAnswer(string Origin, long Epoch, long Version, string Manifest);

/// <summary>A page of feeds.</summary>
public sealed record FeedsAnswer(IReadOnlyList<FeedAnswer> Feeds, string? Next);

/// <summary>What this server says of itself and of the servers it knows.</summary>
public static class FederationCalls
{
    public static void MapFederation(this IEndpointRouteBuilder app)
    {
        app.MapDescribed("/api/v1/server", ShowCardAsync).Answers<CardAnswer>().Names("getServer", "Server", "The signed server card.");
        app.MapServerLists();
        app.MapServerAdmin();
        app.MapGet("/federation/v1/feeds", ListFeeds).WithTags("Federation").Produces(304).WithName("listFeeds")
            .WithSummary("Where the feeds stand that this server follows, its own included.");
    }

    private static Task ShowCardAsync(HttpContext context)
    {
        var card = context.RequestServices.GetRequiredService<ServerCards>().Own();
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = card.Utf8.Length;
        return context.Response.Body.WriteAsync(card.Utf8, context.RequestAborted).AsTask();
    }

    private static Results<Ok<FeedsAnswer>, StatusCodeHttpResult> ListFeeds(HttpContext context, ContentCatalog catalog, ServerKey self)
    {
        var head = catalog.Figures.Head;
        var tag = head is null ? "\"empty\"" : $"\"{head.Epoch}-{head.Version}-{head.Manifest}\"";
        context.Response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch.Contains(tag))
            return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        FeedAnswer[] feeds = head is null ? [] : [new FeedAnswer(self.Id, head.Epoch, head.Version, head.Manifest.ToString())];
        return TypedResults.Ok(new FeedsAnswer(feeds, null));
    }
}
