using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Primitives;

namespace Datt.Paid.Server.Problems;

/// <summary>
/// The one form in which this server refuses: RFC 9457 <c>application/problem+json</c> with a stable <c>code</c>.
/// </summary>
/// <param name="Status">HTTP status, 400 or above.</param>
/// <param name="Code">Machine-readable and stable; see <see cref="ProblemCodes"/>.</param>
/// <param name="Detail">For people: which input, and what to do.</param>
public sealed record Problem(int Status, string Code, string Detail) : IResult
{
    /// <summary>Media type of every refusal.</summary>
    public const string MediaType = "application/problem+json";

    /// <summary>Goes out as <c>Retry-After</c>, in whole seconds, at least 1.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The name of the one input at fault, where there is one.</summary>
    public string? Input { get; init; }

    /// <summary>Ways to be let in beside an API key, each a value of <c>WWW-Authenticate</c>.</summary>
    public StringValues Challenges { get; init; }

    /// <summary>Writes further members into the problem object.</summary>
    public Action<Utf8JsonWriter>? Members { get; init; }

    /// <summary>400 with the code <c>invalid_INPUT</c>, the input's name in snake case.</summary>
    public static Problem Invalid(string input, string detail) =>
        new(StatusCodes.Status400BadRequest, "invalid_" + JsonNamingPolicy.SnakeCaseLower.ConvertName(input), detail) { Input = input };

    public static Problem Unauthorized(string detail) => new(StatusCodes.Status401Unauthorized, ProblemCodes.Unauthorized, detail);

    public static Problem Forbidden(string detail) => new(StatusCodes.Status403Forbidden, ProblemCodes.Forbidden, detail);

    public static Problem NotFound(string detail) => new(StatusCodes.Status404NotFound, ProblemCodes.NotFound, detail);

    public static Problem TooLarge(string detail) => new(StatusCodes.Status413PayloadTooLarge, ProblemCodes.RecordTooLarge, detail);

    public static Problem QuotaExceeded(string detail, TimeSpan retryAfter) =>
        new(StatusCodes.Status429TooManyRequests, ProblemCodes.QuotaExceeded, detail) { RetryAfter = retryAfter };

    public static Problem Unavailable(string detail, TimeSpan retryAfter) =>
        new(StatusCodes.Status503ServiceUnavailable, ProblemCodes.Unavailable, detail) { RetryAfter = retryAfter };

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = Status;
        response.ContentType = MediaType;
        response.Headers.CacheControl = "no-store";
        if (Status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = StringValues.Concat("Bearer", Challenges);
        else if (Challenges.Count > 0)
            response.Headers.WWWAuthenticate = Challenges;
        if (RetryAfter is { } wait)
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

        var body = new ArrayBufferWriter<byte>(512);
        Write(body);
        response.ContentLength = body.WrittenCount;
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted).AsTask();
    }

    private void Write(IBufferWriter<byte> into)
    {
        using var json = new Utf8JsonWriter(into);
        json.WriteStartObject();
        json.WriteString("type", "about:blank");
        json.WriteString("title", ProblemCodes.TitleOf(Status));
        json.WriteNumber("status", Status);
        json.WriteString("code", Code);
        json.WriteString("detail", Detail);
        if (Input is not null)
            json.WriteString("input", Input);
        Members?.Invoke(json);
        json.WriteEndObject();
    }
}
