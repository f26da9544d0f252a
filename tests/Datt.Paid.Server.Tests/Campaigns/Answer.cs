using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Datt.Paid.Server.Tests.Campaigns;

/// <summary>What came back for a request.</summary>
internal sealed record Answer(HttpStatusCode Status, string Body, string? ContentType, TimeSpan? RetryAfter)
{
    public bool IsSuccess => (int)Status is >= 200 and < 300;

    public JsonNode Json => JsonNode.Parse(Body) ?? throw new JsonException("null");

    /// <summary>The stable code of a problem document, null for everything else.</summary>
    public string? Code
    {
        get
        {
            try
            {
                return ContentType?.StartsWith("application/problem+json", StringComparison.Ordinal) == true
                    ? (Json as JsonObject)?["code"]?.GetValue<string>()
                    : null;
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                return null;
            }
        }
    }

    public Answer Expect(params HttpStatusCode[] statuses)
    {
        Assert.True(statuses.Contains(Status), $"{(int)Status} instead of {string.Join(" or ", statuses.Select(s => (int)s))}: {Body}");
        return this;
    }
}
