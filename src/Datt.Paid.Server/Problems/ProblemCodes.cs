using Microsoft.AspNetCore.WebUtilities;

namespace Datt.Paid.Server.Problems;

/// <summary>Values of <c>code</c> that are not <c>invalid_*</c>. Programs depend on them: they are never renamed.</summary>
public static class ProblemCodes
{
    public const string Unauthorized = "unauthorized";
    public const string PaymentRequired = "payment_required";
    public const string Forbidden = "forbidden";
    public const string NodeTaken = "node_taken";
    public const string NotFound = "not_found";
    public const string MethodNotAllowed = "method_not_allowed";
    public const string Conflict = "conflict";
    public const string CursorExpired = "cursor_expired";
    public const string RecordTooLarge = "record_too_large";
    public const string UnsupportedMediaType = "unsupported_media_type";
    public const string QuotaExceeded = "quota_exceeded";
    public const string Internal = "internal";
    public const string Unavailable = "unavailable";
    public const string PaymentsUnavailable = "payments_unavailable";

    /// <summary>What <c>title</c> says for a status: its reason phrase.</summary>
    public static string TitleOf(int status) => ReasonPhrases.GetReasonPhrase(status) is { Length: > 0 } phrase ? phrase : "Refused";

    /// <summary>The problem for a status that the web framework chose by itself.</summary>
    public static Problem OfStatus(int status, HttpRequest request) => status switch
    {
        400 => new(400, "invalid_request", "The request is not well formed."),
        401 => Problem.Unauthorized("Send an API key as 'Authorization: Bearer <api key>'."),
        403 => Problem.Forbidden("This key may not do that."),
        404 => Problem.NotFound($"There is nothing at {Clip(request.Path.Value)}. The calls are listed at /openapi/v1.json."),
        405 => new(405, MethodNotAllowed, $"{Clip(request.Method)} is not a method of {Clip(request.Path.Value)}. The header Allow lists its methods."),
        408 => new(408, "invalid_request", "The request body came too slowly."),
        413 => new(413, RecordTooLarge, "The request body is larger than this call takes."),
        414 => new(414, "invalid_request", "The address of the request is too long."),
        415 => new(415, UnsupportedMediaType, "This call takes another content type: JSON as application/json, bulk records as application/x-ndjson."),
        431 => new(431, "invalid_request", "The headers of the request are too large."),
        503 => Problem.Unavailable("The server cannot do that now. Try again.", TimeSpan.FromSeconds(5)),
        >= 500 => new(500, Internal, "The server failed at this request. It was logged; trying again may help."),
        _ => new(status, "invalid_request", ReasonPhrases.GetReasonPhrase(status)),
    };

    private static string Clip(string? text) => text is null ? "" : text.Length <= 100 ? text : text[..100] + "…";
}
