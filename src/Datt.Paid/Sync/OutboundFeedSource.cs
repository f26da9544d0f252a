using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Datt.Paid.Federation;
using Datt.Paid.Outbound;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Sync;

/// <summary>The network itself: known servers, called by HTTP. Requests for runs are signed, so that the other side knows whom it serves.</summary>
/// <param name="servers">Where servers are.</param>
/// <param name="client">Calls them.</param>
/// <param name="self">Signs.</param>
/// <param name="keyFor">The API key that was bought at a server; null where none was.</param>
/// <param name="time">The clock.</param>
public sealed class OutboundFeedSource(ServerDirectory servers, OutboundClient client, ServerKey self, Func<string, string?> keyFor, TimeProvider time) : IFeedSource, ILeafSource
{
    /// <summary>Longest list of leaf hashes that is read: of a run of 8 GiB.</summary>
    private const int MaxLeaves = 16 << 20;

    private const int MaxRetired = 256 * 1024;
    private const int MaxProof = 32 * 1024;
    private const int MaxHave = 256 * 1024;
    private const int PartRoom = 4 * 1024;
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ForPart = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(65);
    private static readonly TimeSpan RefusedFor = TimeSpan.FromSeconds(30);

    public async Task<HeadsAnswer> HeadsAsync(string server, Hash256? digest, string? cursor, CancellationToken ct)
    {
        var query = $"/federation/v1/feeds?limit={HeadsWire.MaxHeads}" + (cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor));
        (string, string)[] headers = digest is { } own ? [("If-None-Match", $"\"{own}\"")] : [];
        return await GetAsync(server, query, HeadsWire.MaxBytes, Short, headers, ct) switch
        {
            OutboundOutcome.Answered { Status: 304 } => new HeadsAnswer.Same(),
            OutboundOutcome.Answered { Status: 200 } answer when HeadsWire.TryRead(answer.Body, out var page) => page,
            _ => new HeadsAnswer.Failed(),
        };
    }

    public async IAsyncEnumerable<IReadOnlyList<HeadNews>> StreamAsync(string server, [EnumeratorCancellation] CancellationToken ct)
    {
        if (Address(server) is not { } address)
            yield break;
        using var response = await client.OpenAsync(
            new OutboundRequest(HttpMethod.Get, address + "/federation/v1/feeds/stream") { Timeout = Short, Headers = [("Accept", "text/event-stream")] }, ct);
        if (response is null)
            yield break;
        // Both ends of a line that broke without a word find out by silence.
        using var quiet = new CancellationTokenSource(Quiet, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, quiet.Token);
        await using var body = new BoundedEvents(await response.Content.ReadAsStreamAsync(ct), () => quiet.CancelAfter(Quiet), HeadsWire.MaxBytes);
        var events = SseParser.Create(body, (_, data) => data.ToArray()).EnumerateAsync(either.Token).GetAsyncEnumerator(either.Token);
        try
        {
            while (await NextAsync(events, ct) is { } item)
            {
                body.EventEnded();
                if (HeadsWire.TryRead(item, out var page))
                    yield return page.Heads;
            }
        }
        finally
        {
            await events.DisposeAsync();
        }
    }

    public async Task<byte[]?> ManifestAsync(string server, string origin, Head? held, CancellationToken ct) => await BodyAsync(
        server, $"/federation/v1/feeds/{origin}/manifest" + (held is null ? "" : $"?since={held.Version}&epoch={held.Epoch}"), ManifestCodec.MaxBytes * 2, ct);

    public Task<byte[]?> RetiredAsync(string server, string origin, CancellationToken ct) => BodyAsync(server, $"/federation/v1/feeds/{origin}/retired", MaxRetired, ct);

    public Task<byte[]?> ConflictAsync(string server, string origin, CancellationToken ct) =>
        BodyAsync(server, $"/federation/v1/feeds/{origin}/conflict", ManifestCodec.MaxBytes * 3, ct);

    public async Task<IReadOnlyList<(int First, int Last)>?> HaveAsync(string server, RunInfo run, CancellationToken ct) =>
        await BodyAsync(server, $"/federation/v1/runs/{run.Id}/have", MaxHave, ct) is { } body ? ReadHave(body) : null;

    public async Task<byte[]?> LeavesAsync(string server, RunInfo run, CancellationToken ct) =>
        MerkleTree.LeafCount(run.Bytes) * Hash256.Size is var length and <= MaxLeaves
            ? await BodyAsync(server, $"/federation/v1/runs/{run.Id}/leaves", (int)length, ct)
            : null;

    public async Task<PartAnswer> ReadAsync(string server, RunInfo run, long offset, int length, CancellationToken ct)
    {
        if (Address(server) is not { } address)
            return new PartAnswer.Failed();
        var target = new Uri($"{address}/federation/v1/runs/{run.Id}");
        var headers = RequestSignature.Sign("GET", target, [], time.GetUtcNow(), self).Select(f => (f.Key, f.Value)).ToList();
        headers.Add(("Range", $"bytes={offset}-{offset + length - 1}"));
        if (keyFor(server) is { } key)
            headers.Add(("Authorization", "Bearer " + key));
        var outcome = await client.SendAsync(
            new OutboundRequest(HttpMethod.Get, target.AbsoluteUri) { Headers = headers, MaxResponseBytes = length + PartRoom, Timeout = ForPart }, ct);
        return outcome switch
        {
            OutboundOutcome.Answered { Status: 206 } part => new PartAnswer.Bytes(part.Body),
            OutboundOutcome.Answered { Status: 200 } whole when offset == 0 && whole.Body.Length == length => new PartAnswer.Bytes(whole.Body),
            OutboundOutcome.Answered { Status: 402 or 429 } => new PartAnswer.Refused(RefusedFor),
            OutboundOutcome.Answered { Status: 404 or 416 } => new PartAnswer.Missing(),
            _ => new PartAnswer.Failed(),
        };
    }

    public async Task<(byte[] Leaf, Hash256[] Path)?> LeafAsync(string server, RunInfo run, long leaf, CancellationToken ct) =>
        await BodyAsync(server, $"/federation/v1/runs/{run.Id}/proof?leaf={leaf}", MaxProof, ct) is { } body ? ReadProof(body) : null;

    /// <summary>Reads what <c>proof</c> answers; null where it is something else.</summary>
    public static (byte[] Leaf, Hash256[] Path)? ReadProof(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 8 });
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("leaf", out var leaf) || leaf.ValueKind != JsonValueKind.String
                || !leaf.TryGetBytesFromBase64(out var bytes) || !json.RootElement.TryGetProperty("path", out var path) || path.ValueKind != JsonValueKind.Array)
                return null;
            var hashes = new List<Hash256>();
            foreach (var hash in path.EnumerateArray())
            {
                if (hash.ValueKind != JsonValueKind.String || !hash.TryGetBytesFromBase64(out var value) || value.Length != Hash256.Size)
                    return null;
                hashes.Add(new Hash256(value));
            }
            return (bytes, [.. hashes]);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>
    /// Reads what <c>have</c> answers; null where it is something else. Ranges ascend without touching twice, so that going through them costs no more than the
    /// run has leaves.
    /// </summary>
    public static IReadOnlyList<(int First, int Last)>? ReadHave(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 8 });
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("ranges", out var list) || list.ValueKind != JsonValueKind.Array)
                return null;
            var ranges = new List<(int, int)>();
            var before = -1;
            foreach (var range in list.EnumerateArray())
            {
                if (range.ValueKind != JsonValueKind.Array || range.GetArrayLength() != 2 || range[0].ValueKind != JsonValueKind.Number || range[1].ValueKind != JsonValueKind.Number
                    || !range[0].TryGetInt32(out var first) || !range[1].TryGetInt32(out var last) || first <= before || last < first)
                    return null;
                before = last;
                ranges.Add((first, last));
            }
            return ranges;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async ValueTask<byte[]?> NextAsync(IAsyncEnumerator<SseItem<byte[]>> events, CancellationToken ct)
    {
        try
        {
            return await events.MoveNextAsync() ? events.Current.Data : null;
        }
        catch (Exception fault) when (!ct.IsCancellationRequested && fault is IOException or HttpRequestException or OperationCanceledException or InvalidDataException)
        {
            return null;
        }
    }

    private async Task<byte[]?> BodyAsync(string server, string path, int most, CancellationToken ct) =>
        await GetAsync(server, path, most, Short, [], ct) is OutboundOutcome.Answered { Status: 200 } answer ? answer.Body : null;

    private async Task<OutboundOutcome> GetAsync(
        string server, string path, int most, TimeSpan timeout, IReadOnlyList<(string, string)> headers, CancellationToken ct) => Address(server) is { } address
        ? await client.SendAsync(new OutboundRequest(HttpMethod.Get, address + path) { Headers = headers, MaxResponseBytes = most, Timeout = timeout }, ct)
        : new OutboundOutcome.Failed(OutboundFailure.Unresolved);

    private string? Address(string server) => servers.TryGet(server, out var known) ? known.Url.AbsoluteUri.TrimEnd('/') : null;
}
