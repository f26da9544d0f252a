using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Datt.Paid.Client;

/// <summary>What a node holds. Never behind payment.</summary>
public sealed class ContentClient
{
    /// <summary>Lines of one request; the contract allows 10,000.</summary>
    public const int MaxLines = 5_000;

    /// <summary>Bytes of one request; the contract allows 64 MB.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    private readonly Transport _transport;

    internal ContentClient(Transport transport) => _transport = transport;

    /// <summary>Returns once the record is durable. Code <c>node_taken</c> when the node belongs to another account.</summary>
    public Task AnnounceAsync(string nodeId, ContentRecord record, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(record);
        return _transport.DoAsync(HttpMethod.Put, Path(nodeId, record.ContentId),
            JsonBody.Of(record, ClientJson.Default.ContentRecord), ct);
    }

    /// <summary>Succeeds also when the content was not there.</summary>
    public Task WithdrawAsync(string nodeId, string contentId, CancellationToken ct = default) =>
        _transport.DoAsync(HttpMethod.Delete, Path(nodeId, contentId), null, ct);

    /// <summary>
    /// Sends any number of lines in requests below the contract's limits, and gives the answer to each request as it comes. Memory is
    /// that of one request, <see cref="MaxBytes"/>. A line that alone is beyond it is reported as rejected and not sent.
    /// </summary>
    /// <param name="nodeId">The holder.</param>
    /// <param name="lines">Read as fast as the server takes them.</param>
    /// <param name="ct">What was acknowledged before stays.</param>
    public async IAsyncEnumerable<BulkChunk> BulkAsync(
        string nodeId, IAsyncEnumerable<BulkLine> lines, [EnumeratorCancellation] CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var chunk = new BulkBuffer();
        await foreach (var line in lines.WithCancellation(ct).ConfigureAwait(false))
        {
            var bytes = JsonSerializer.SerializeToUtf8Bytes(line, ClientJson.Default.BulkLine);
            if (chunk.IsFullFor(bytes.Length))
            {
                yield return await SendAsync(nodeId, chunk, ct).ConfigureAwait(false);
            }

            chunk.Add(bytes);
        }

        if (chunk.Lines > 0)
        {
            yield return await SendAsync(nodeId, chunk, ct).ConfigureAwait(false);
        }
    }

    private async Task<BulkChunk> SendAsync(string nodeId, BulkBuffer chunk, CancellationToken ct)
    {
        var answer = chunk.Sent == 0
            ? new BulkAnswer(0, [])
            : await _transport.ReadAsync(HttpMethod.Post, new Query("api/v1/content/bulk").With("node", nodeId).ToString(),
                JsonBody.Ndjson(chunk.Body), ClientJson.Default.BulkAnswer, ct).ConfigureAwait(false);
        return chunk.Close(answer);
    }

    private static string Path(string nodeId, string contentId) =>
        new Query($"api/v1/content/{Query.Segment(contentId)}").With("node", nodeId).ToString();
}
