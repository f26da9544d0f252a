using System.Net;
using Datt.Paid.Server.Problems;

namespace Datt.Paid.Server.Operators;

/// <summary>The page behind the setup link.</summary>
public static class SetupCalls
{
    private const int MaxField = 256;

    // The page is one form and loads nothing; its address is a secret, so it goes nowhere as a referrer.
    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";

    public static void MapSetup(this IEndpointRouteBuilder app)
    {
        app.MapGet("/setup", (string? token, OperatorSetup setup, HttpContext context) => setup.Accepts(token)
            ? Page(context, StatusCodes.Status200OK, Form(token!, null))
            : Gone()).ExcludeFromDescription();
        app.MapPost("/setup", UseAsync).ExcludeFromDescription().WithMetadata(new Idempotency.RepeatableByItself());
    }

    private static async Task<IResult> UseAsync(HttpContext context, OperatorSetup setup, CancellationToken ct)
    {
        if (!context.Request.HasFormContentType)
            return ProblemCodes.OfStatus(StatusCodes.Status415UnsupportedMediaType, context.Request);
        var form = await context.Request.ReadFormAsync(ct);
        string? Field(string name) => form[name].ToString() is { Length: > 0 and <= MaxField } value ? value : null;
        var token = Field("token");
        return await setup.UseAsync(token, Field("email"), Field("password"), ct) switch
        {
            SetupOutcome.Created created => Page(context, StatusCodes.Status200OK,
                "<p>You are the operator of this server.</p><p>Your API key, shown this once:</p>"
                + $"<pre>{WebUtility.HtmlEncode(created.ApiKey)}</pre>"),
            SetupOutcome.Invalid invalid => Page(context, StatusCodes.Status400BadRequest, Form(token!, invalid.Reason)),
            _ => Gone(),
        };
    }

    private static Problem Gone() => Problem.NotFound("This setup link is not valid or was used. A start without an operator prints a new one.");

    private static string Form(string token, string? problem) =>
        (problem is null ? "" : $"<p role=\"alert\">{WebUtility.HtmlEncode(problem)}</p>")
        + "<form method=\"post\" action=\"/setup\">"
        + $"<input type=\"hidden\" name=\"token\" value=\"{WebUtility.HtmlEncode(token)}\">"
        + "<p><label>E-mail<br><input name=\"email\" type=\"email\" required autocomplete=\"username\"></label></p>"
        + "<p><label>Password<br><input name=\"password\" type=\"password\" required minlength=\"10\" autocomplete=\"new-password\"></label></p>"
        + "<p><button>Become the operator</button></p></form>";

    private static IResult Page(HttpContext context, int status, string body)
    {
        context.Response.Headers.ContentSecurityPolicy = Policy;
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Content(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Set up</title>"
            + "<style>body{font:1.1em system-ui;max-width:28em;margin:3em auto;padding:0 1em}input{font:inherit;width:100%}</style>"
            + $"<h1>Set up this server</h1>{body}</html>", "text/html; charset=utf-8", statusCode: status);
    }
}
