using System.Text.Json;
using Datt.Paid.Search;
using Datt.Paid.Server.Operations;
using Datt.Paid.Server.Problems;

namespace Datt.Paid.Server.Search;

/// <summary>The hot path: one search, answered without database, dependency injection or intermediate objects.</summary>
public sealed class SearchEndpoint(SearchEngine engine, HitWriter hits, ServerMetrics metrics, TimeProvider time)
{
    public async Task AnswerAsync(HttpContext context)
    {
        if (!SearchQuery.TryRead(context.Request.QueryString, out var request, out var problem))
        {
            await problem.ExecuteAsync(context);
            return;
        }
        var outcome = await engine.SearchAsync(request, context.RequestAborted);
        metrics.Searched(outcome);
        if (outcome is SearchOutcome.Found found)
            await JsonAnswer.SendAsync(context, (this, found.Page), static (json, state) => state.Item1.Write(json, state.Page));
        else
            await Refusal(outcome).ExecuteAsync(context);
    }

    /// <summary>The problem of a search that was not carried out.</summary>
    public static Problem Refusal(SearchOutcome outcome) => outcome switch
    {
        SearchOutcome.InvalidQuery invalid => Invalid(invalid),
        SearchOutcome.InvalidCursor => Problem.Invalid("cursor", "This cursor was not issued for this query here. Start from the first page."),
        SearchOutcome.CursorExpired =>
            new Problem(StatusCodes.Status410Gone, ProblemCodes.CursorExpired, "The snapshot of this cursor is gone. Start from the first page."),
        _ => throw new InvalidOperationException($"{outcome.GetType().Name} is no refusal."),
    };

    private static Problem Invalid(SearchOutcome.InvalidQuery invalid) => Problem.Invalid("query", invalid.Message) with
    {
        Input = "q",
        Members = json => json.WriteNumber("position", invalid.Position),
    };

    private void Write(Utf8JsonWriter json, SearchPage page)
    {
        var now = time.GetUtcNow();
        json.WriteStartObject();
        json.WriteString("query"u8, page.Query);
        json.WriteNumber("tookMs"u8, Math.Round(page.Took.TotalMilliseconds, 2));
        json.WriteBoolean("partial"u8, page.Partial);
        json.WriteBoolean("relaxed"u8, page.Relaxed);
        json.WriteStartObject("total"u8);
        json.WriteNumber("value"u8, page.Total);
        json.WriteString("relation"u8, page.TotalIsExact ? "eq"u8 : "gte"u8);
        json.WriteEndObject();
        json.WriteStartArray("hits"u8);
        var found = page.Hits;
        for (var i = 0; i < found.Count; i++)
            hits.WriteHit(json, found[i], now);
        json.WriteEndArray();
        json.WriteString("next"u8, page.Next);
        json.WriteEndObject();
    }
}
