using Datt.Paid.Server.Problems;

namespace Datt.Paid.Server.NodeSdk;

/// <summary>Serves the browser SDK, and the page that shows what it does.</summary>
public static class NodeSdkCalls
{
    private const string Page = "example/index.html";

    // Scripts and styles of this server alone. The page talks to other servers and to holders wherever they are, and shows what it fetched from memory.
    private const string PagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src http: https: ws: wss:; img-src 'self' blob: data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void MapNodeSdk(this IEndpointRouteBuilder app)
    {
        app.MapMethods("/node", [HttpMethods.Get, HttpMethods.Head], (HttpContext context) =>
        {
            context.Response.Headers.ContentSecurityPolicy = PagePolicy;
            return Answer(context, Page);
        }).ExcludeFromDescription();
        app.MapMethods("/node-sdk/{**path}", [HttpMethods.Get, HttpMethods.Head], (string? path, HttpContext context) => Answer(context, path ?? ""))
            .ExcludeFromDescription();
    }

    private static IResult Answer(HttpContext context, string path)
    {
        if (!NodeSdkFiles.All.TryGetValue(path, out var file))
            return Problem.NotFound("There is no such file here. /node-sdk/index.js is the module to import.");
        // Kept, but asked for again each time: a new server brings new files.
        context.Response.Headers.CacheControl = "no-cache";
        return TypedResults.Bytes(file.Bytes, file.ContentType, entityTag: file.Tag);
    }
}
