using Microsoft.Extensions.Primitives;

namespace Datt.Paid.Server.Hosting;

/// <summary>Headers that make browsers treat answers as data: announced titles and URLs come from strangers.</summary>
public static class SecurityHeaders
{
    private static readonly StringValues NoSniff = "nosniff";
    private static readonly StringValues NoReferrer = "no-referrer";
    private static readonly StringValues NoFrame = "default-src 'none'; frame-ancestors 'none'";

    public static void UseSecurityHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = NoSniff;
        headers["Referrer-Policy"] = NoReferrer;
        if (!IsPage(context.Request.Path))
            headers.ContentSecurityPolicy = NoFrame;
        return next(context);
    });

    // Pages for people bring their own policy; those of the portal overwrite this one.
    private static bool IsPage(PathString path) => path.StartsWithSegments("/docs") || path.StartsWithSegments("/setup")
        || path.StartsWithSegments("/node");
}
