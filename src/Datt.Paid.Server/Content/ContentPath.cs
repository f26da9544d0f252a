using Microsoft.AspNetCore.Http.Features;

namespace Datt.Paid.Server.Content;

/// <summary>The contentId of a path.</summary>
public static class ContentPath
{
    private const string Before = "/api/v1/content/";

    /// <summary>
    /// The id as the caller meant it. Routing leaves an escaped slash as it is, so <c>%2F</c> and <c>%252F</c> look alike in
    /// <paramref name="routed"/>; the request's own text tells them apart.
    /// </summary>
    public static string IdOf(HttpContext context, string routed)
    {
        if (!routed.Contains("%2F", StringComparison.OrdinalIgnoreCase))
            return routed;
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var start = target.IndexOf(Before, StringComparison.OrdinalIgnoreCase);
        if (start < 0)
            return routed;
        var rest = target[(start + Before.Length)..];
        var end = rest.AsSpan().IndexOfAny('/', '?');
        return Uri.UnescapeDataString(end < 0 ? rest : rest[..end]);
    }
}
