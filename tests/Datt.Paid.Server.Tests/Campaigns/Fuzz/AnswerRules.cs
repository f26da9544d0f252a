using System.Text.Json;

namespace Datt.Paid.Server.Tests.Campaigns.Fuzz;

/// <summary>What the contract promises of every answer, whatever was asked.</summary>
internal static class AnswerRules
{
    private static readonly Dictionary<string, int[]> Codes = new(StringComparer.Ordinal)
    {
        ["unauthorized"] = [401],
        ["payment_required"] = [402],
        ["forbidden"] = [403],
        ["node_taken"] = [403],
        ["not_found"] = [404],
        ["method_not_allowed"] = [405],
        ["conflict"] = [409],
        ["cursor_expired"] = [410],
        ["record_too_large"] = [413],
        ["unsupported_media_type"] = [415],
        ["quota_exceeded"] = [429],
        ["unavailable"] = [503],
        ["payments_unavailable"] = [503],
    };

    /// <summary>Refusals of the web server itself, before the request became one.</summary>
    private static readonly int[] OfTheWebServer = [400, 408, 411, 413, 414, 417, 431, 501, 505];

    /// <summary>What is wrong with an answer; null for nothing.</summary>
    public static string? Broken(FuzzRequest request, WireAnswer answer)
    {
        if (request.Expected.Length > 0 && !request.Expected.Contains(answer.Status))
            return $"status {answer.Status} instead of {string.Join(" or ", request.Expected)}";
        if (IsOfTheWebServer(answer) || request.Target.StartsWith("/health", StringComparison.Ordinal))
            return null;
        return answer.Status switch
        {
            < 400 when answer.Body.Length > 0 && answer.ContentType.StartsWith("application/json", StringComparison.Ordinal) => Unreadable(answer),
            < 400 => null,
            _ when request.Method == "HEAD" => answer.Status is >= 500 and not 503 ? "a fault" : null,
            _ => BrokenProblem(answer),
        };
    }

    private static bool IsOfTheWebServer(WireAnswer answer) =>
        OfTheWebServer.Contains(answer.Status) && answer.Body.Length == 0 && !answer.KeepsConnection;

    private static string? BrokenProblem(WireAnswer answer)
    {
        if (!answer.ContentType.StartsWith("application/problem+json", StringComparison.Ordinal))
            return $"a refusal of type '{answer.ContentType}'";
        if (Unreadable(answer) is { } unreadable)
            return unreadable;
        using var problem = JsonDocument.Parse(answer.Body);
        if (problem.RootElement.ValueKind != JsonValueKind.Object || !problem.RootElement.TryGetProperty("code", out var code) || code.ValueKind != JsonValueKind.String)
            return "a problem without a code";
        var name = code.GetString()!;
        var statuses = name.StartsWith("invalid_", StringComparison.Ordinal) ? [400, 408, 414, 431] : Codes.GetValueOrDefault(name, []);
        if (!statuses.Contains(answer.Status))
            return $"the code {name} with status {answer.Status} is not in the contract";
        return answer.Status == 503 && !answer.Headers.ContainsKey("retry-after") ? "a 503 without Retry-After" : null;
    }

    private static string? Unreadable(WireAnswer answer)
    {
        try
        {
            JsonDocument.Parse(answer.Body).Dispose();
            return null;
        }
        catch (JsonException e)
        {
            return $"a body that is no JSON: {e.Message}";
        }
    }
}
