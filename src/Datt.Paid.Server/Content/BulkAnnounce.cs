using System.Text.Json;
using Datt.Paid.Catalog;
using Datt.Paid.Nodes;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.Nodes;
using Datt.Paid.Server.Operations;
using Datt.Paid.Server.Problems;
using Datt.Paid.Server.Search;

namespace Datt.Paid.Server.Content;

/// <summary>
/// Takes a bulk body while it still arrives: one batch of lines is on its way to the disk while the next is being read. Batches go one
/// after the other, so of two lines about one content the later wins.
/// </summary>
public static class BulkAnnounce
{
    /// <summary>Most lines of a body.</summary>
    public const int MaxLines = 10_000;

    private static readonly string[] Types = ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"];

    public static async Task<IResult> ReceiveAsync(
        string? node, HttpContext context, ContentCatalog catalog, NodeRegistry nodes, ServerMetrics metrics, TimeProvider time, CancellationToken ct)
    {
        var type = context.Request.ContentType.AsSpan();
        var end = type.IndexOf(';');
        if (!Types.Contains((end < 0 ? type : type[..end]).Trim().ToString(), StringComparer.OrdinalIgnoreCase))
            return ProblemCodes.OfStatus(StatusCodes.Status415UnsupportedMediaType, context.Request);
        if (await NodeClaims.RefusalAsync(nodes, node, context.Caller(), ct) is { } refusal)
            return refusal;

        var lines = new BulkLines(context.Request.BodyReader, node!, time.GetUtcNow());
        var writing = Task.FromResult<AppendOutcome>(new AppendOutcome.Appended(0));
        try
        {
            while (await lines.ReadAsync(ct))
            {
                var batch = lines.TakeBatch();
                if (await writing is AppendOutcome.Unavailable unavailable)
                    return NotStored(unavailable);
                writing = batch.Count == 0 ? writing : catalog.AppendAsync(batch, ct);
            }
        }
        finally
        {
            // Whatever happens to the request, its last batch is not left unobserved.
            await ((Task)writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            nodes.Seen(node!);
        }
        if (await writing is AppendOutcome.Unavailable last)
            return NotStored(last);
        metrics.Announced(lines.Accepted, lines.Rejected.Count);
        if (lines.HasTooMany)
            return Problem.TooLarge($"A bulk body has at most {MaxLines} lines. The lines up to there were taken; send the rest in another body.");
        return new Answer(lines);
    }

    private static Problem NotStored(AppendOutcome.Unavailable outcome) => Problem.Unavailable(
        $"Not all lines were stored: {outcome.Reason} Send the body again; lines that were stored do no harm.", RecordRefusals.Retry);

    private sealed class Answer(BulkLines lines) : IResult
    {
        public Task ExecuteAsync(HttpContext context) => JsonAnswer.SendAsync(context, lines, Write);

        private static void Write(Utf8JsonWriter json, BulkLines lines)
        {
            json.WriteStartObject();
            json.WriteNumber("accepted", lines.Accepted);
            json.WriteStartArray("rejected");
            foreach (var rejected in lines.Rejected)
            {
                json.WriteStartObject();
                json.WriteNumber("line", rejected.Line);
                json.WriteString("code", rejected.Code);
                json.WriteString("detail", rejected.Detail);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
