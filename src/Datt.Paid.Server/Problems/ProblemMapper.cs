using System.Text.Json;
using Datt.Paid.Storage;

namespace Datt.Paid.Server.Problems;

/// <summary>
/// Turns what escapes a handler, and every empty refusal of the framework, into a <see cref="Problem"/>. The inside of a fault
/// goes to the log and never to the caller.
/// </summary>
public sealed class ProblemMapper(RequestDelegate next, ILogger<ProblemMapper> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception fault) when (context.RequestAborted.IsCancellationRequested)
        {
            log.LogDebug(fault, "The caller went away");
            return;
        }
        catch (Exception fault)
        {
            var problem = Of(fault, context.Request);
            if (problem.Status >= 500)
                log.LogError(fault, "{Method} {Path} failed", context.Request.Method, context.Request.Path.Value);
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }
            context.Response.Clear();
            await problem.ExecuteAsync(context);
            return;
        }

        var response = context.Response;
        if (response is { StatusCode: >= 400, HasStarted: false, ContentType: null } && (response.ContentLength ?? 0) == 0)
            await ProblemCodes.OfStatus(response.StatusCode, context.Request).ExecuteAsync(context);
    }

    private static Problem Of(Exception fault, HttpRequest request) => fault switch
    {
        BadHttpRequestException { InnerException: JsonException json } => Of(json),
        BadHttpRequestException { StatusCode: 400 } bad => new(400, "invalid_request", bad.Message),
        BadHttpRequestException bad => ProblemCodes.OfStatus(bad.StatusCode, request),
        JsonException json => Of(json),
        _ when Database.IsUnavailable(fault) => ProblemCodes.OfStatus(503, request),
        _ => ProblemCodes.OfStatus(500, request),
    };

    // $.months and the like name one input. Text that is no JSON at all has a path too; what the reader itself threw tells it apart.
    private static Problem Of(JsonException json) =>
        json is { InnerException: not JsonException, Path: { Length: > 2 } path } && path.AsSpan(2).IndexOfAny('.', '[') < 0
            ? Problem.Invalid(path[2..], $"{path[2..]} is missing, or its value is not of the kind that this call takes.")
            : new(400, "invalid_json", "The body is not the JSON object that this call takes.");
}
