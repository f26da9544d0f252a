using Datt.Paid.Protocol.Identity;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Pricing;

namespace Datt.Paid.Server.Federation;

/// <summary>The signed card as programs see it; only there to be described, since the signed bytes go out as they are.</summary>
public sealed record CardAnswer(
    string Id, string Name, string Url, string PublicKey, string Software, string Version, AccessAnswer Search, AccessAnswer Federation,
    CardPrice? Price, CoverageAnswer Coverage, CardNodes Nodes, DateTimeOffset Time, string Signature);

/// <summary>Who has access: Paid, Free or Reciprocal.</summary>
public sealed record AccessAnswer(string Access);

/// <summary>What this server says of itself and of the servers it knows.</summary>
public static class FederationCalls
{
    public static void MapFederation(this IEndpointRouteBuilder app)
    {
        app.MapDescribed("/api/v1/server", ShowCardAsync).Answers<CardAnswer>().Names("getServer", "Server", "The signed server card.");
        app.MapServerLists();
        app.MapServerAdmin();
    }

    private static Task ShowCardAsync(HttpContext context)
    {
        var card = context.RequestServices.GetRequiredService<ServerCards>().Own();
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = card.Utf8.Length;
        return context.Response.Body.WriteAsync(card.Utf8, context.RequestAborted).AsTask();
    }
}
