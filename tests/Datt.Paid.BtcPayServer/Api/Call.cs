using System.Text.Json;
using System.Text.Json.Nodes;
using Datt.Paid.BtcPayServer.Invoices;
using Datt.Paid.BtcPayServer.Stores;
using Datt.Paid.BtcPayServer.Webhooks;
using Microsoft.AspNetCore.Http;

namespace Datt.Paid.BtcPayServer.Api;

/// <summary>An authorized call: what its path named was found, and its key may do it.</summary>
internal sealed record Call(HttpRequest Request, ApiKey? Key, Store? ScopedStore, Invoice? ScopedInvoice, Webhook? ScopedWebhook, JsonObject Body)
{
    public Store Store => ScopedStore!;

    public Invoice Invoice => ScopedInvoice!;

    public Webhook Webhook => ScopedWebhook!;

    public string Route(string name) => (string)Request.RouteValues[name]!;

    public string? Query(string name) => Request.Query[name].FirstOrDefault();

    /// <summary>True in any case, as .NET writes it too.</summary>
    public bool Asks(string name) => string.Equals(Query(name), "true", StringComparison.OrdinalIgnoreCase);

    public IReadOnlyList<string> QueryAll(string name) => [.. Request.Query[name].OfType<string>()];

    public string Url => $"{Request.Scheme}://{Request.Host}";
}

/// <summary>A status and a body, in the shapes that BTCPay's errors have.</summary>
internal sealed record Answer(int Status, JsonNode? Body)
{
    public static Answer Ok(JsonNode? body = null) => new(200, body);

    /// <summary>A refusal by the business rules.</summary>
    public static Answer Refused(string code, string message) => new(400, Problem(code, message));

    public static Answer Unauthenticated(string message) => new(401, Problem("unauthenticated", message));

    /// <summary>The key lacks a permission, or what the path names does not exist: BTCPay says the same of both.</summary>
    public static Answer Forbidden(string policy) => new(403, new JsonObject
    {
        ["missingPermission"] = policy,
        ["code"] = "missing-permission",
        ["message"] = $"Insufficient API Permissions. Please use an API key with permission \"{policy}\". You can create an API key in your account's settings / Api Keys.",
    });

    public static Answer NotFound(string code, string message) => new(404, Problem(code, message));

    public static Answer Invalid(params IEnumerable<(string Path, string Message)> problems) => new(422, new JsonArray(
        [.. problems.Select(problem => new JsonObject { ["path"] = problem.Path, ["message"] = problem.Message })]));

    public async Task WriteAsync(HttpResponse response)
    {
        response.StatusCode = Status;
        if (Body is not null)
        {
            response.ContentType = "application/json; charset=utf-8";
            await response.WriteAsync(Body.ToJsonString(new JsonSerializerOptions(JsonSerializerDefaults.Web)));
        }
    }

    private static JsonObject Problem(string code, string message) => new() { ["code"] = code, ["message"] = message };
}
