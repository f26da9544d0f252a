using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.Problems;

namespace Datt.Paid.Server.Idempotency;

/// <summary>
/// <c>Idempotency-Key</c> on POST: the second request with a key gets the first one's answer; one that comes while the first is still at
/// work waits for it. A key belongs to the caller (account, or address without a key) and to the path. Faults, refusals for the rate and
/// missing credentials are not kept, so that a later try can succeed.
/// </summary>
public sealed class IdempotencyMiddleware(RequestDelegate next, IdempotentAnswers answers)
{
    private const string Header = "Idempotency-Key";
    private const int MaxLength = 255;

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _running = new();

    /// <summary>
    /// A name for what a request with a key causes, to be kept in the transaction that causes it: so a process that died between the work
    /// and keeping its answer does not do the work twice. Null without a key.
    /// </summary>
    public static string? OperationOf(HttpContext context, DateTimeOffset now) => context.Request.Headers[Header] is { Count: > 0 } values
        ? $"request:{now:yyyyMMdd}:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(values.ToString())))}"
        : null;

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (!HttpMethods.IsPost(request.Method) || request.Headers[Header] is not { Count: > 0 } values || !Applies(context))
            return next(context);
        var key = values.ToString();
        if (key.Length is 0 or > MaxLength || key.Any(char.IsControl))
            return Problem.Invalid("idempotency_key", $"{Header} must be 1 to {MaxLength} visible characters.").ExecuteAsync(context);
        return AnswerOnceAsync(context, key);
    }

    // A repeated bulk announce gives the same answer by itself, and its body is too large to hold back.
    private static bool Applies(HttpContext context) =>
        context.GetEndpoint() is { } endpoint && endpoint.Metadata.GetMetadata<RepeatableByItself>() is null;

    private async Task AnswerOnceAsync(HttpContext context, string key)
    {
        var scope = $"{context.CallerName()}\n{context.Request.Path.Value}";
        var name = scope + "\n" + key;
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (_running.GetOrAdd(name, mine) is var running && running != mine)
            await running.Task.WaitAsync(context.RequestAborted);
        try
        {
            if (await answers.FindAsync(scope, key, context.RequestAborted) is { } kept)
            {
                await RepeatAsync(context, kept);
                return;
            }
            await RunAsync(context, scope, key);
        }
        finally
        {
            _running.TryRemove(name, out _);
            mine.SetResult();
        }
    }

    private async Task RunAsync(HttpContext context, string scope, string key)
    {
        var response = context.Response;
        var outside = response.Body;
        using var body = new MemoryStream();
        response.Body = body;
        try
        {
            await next(context);
        }
        finally
        {
            response.Body = outside;
        }
        var answer = new KeptAnswer(response.StatusCode, response.ContentType, response.Headers.Location, body.ToArray());
        // The work is done: the answer is kept even when the caller went away meanwhile.
        if (response.StatusCode is < 500 and not (401 or 429))
            await answers.KeepAsync(scope, key, answer, CancellationToken.None);
        await SendAsync(context, answer.Body);
    }

    private static Task RepeatAsync(HttpContext context, KeptAnswer kept)
    {
        var response = context.Response;
        response.StatusCode = kept.Status;
        response.ContentType = kept.ContentType;
        if (kept.Location is not null)
            response.Headers.Location = kept.Location;
        return SendAsync(context, kept.Body);
    }

    // A refusal that the framework left empty stays unstarted, so that the problem mapper can still write it.
    private static Task SendAsync(HttpContext context, byte[] body)
    {
        if (body.Length == 0)
            return Task.CompletedTask;
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}

/// <summary>Mark of a POST whose repeat needs no kept answer.</summary>
public sealed class RepeatableByItself;
