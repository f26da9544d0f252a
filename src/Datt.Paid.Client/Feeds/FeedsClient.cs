using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;

namespace Datt.Paid.Client;

/// <summary>
/// The index feeds that a server shows: heads, manifests and parts of runs. Nothing is checked here; who needs signatures and Merkle paths
/// checked takes the bytes to <c>Datt.Paid.Protocol</c>.
/// </summary>
public sealed class FeedsClient
{
    private const int MaxManifestBytes = 192 * 1024;
    private const int MaxProofBytes = 4 * 1024 * 1024;
    private const string Cbor = "application/cbor";
    private const string Octets = "application/octet-stream";

    private readonly Transport _transport;

    internal FeedsClient(Transport transport) => _transport = transport;

    /// <summary>One page of the feeds that the server follows, its own included.</summary>
    public Task<FeedPage> PageAsync(string? cursor = null, CancellationToken ct = default) =>
        _transport.GetAsync(new Query("federation/v1/feeds").With("cursor", cursor).ToString(), ClientJson.Default.FeedPage, ct);

    /// <summary>All of them, page by page.</summary>
    public async IAsyncEnumerable<FeedHead> AllAsync([EnumeratorCancellation] CancellationToken ct = default)
    {
        string? cursor = null;
        do
        {
            var page = await PageAsync(cursor, ct).ConfigureAwait(false);
            foreach (var feed in page.Feeds)
            {
                yield return feed;
            }

            cursor = page.Feeds.Count == 0 ? null : page.Next;
        }
        while (cursor is not null);
    }

    /// <summary>The digest of all heads, 64 hex digits: two servers that show the same agree on every feed. Null where the server tells none.</summary>
    public async Task<string?> DigestAsync(CancellationToken ct = default)
    {
        using var response = await _transport.SendAsync(
            HttpMethod.Get, new Query("federation/v1/feeds").With("limit", 1).ToString(), null, "application/json", ct).ConfigureAwait(false);
        return response.Headers.ETag?.Tag.Trim('"');
    }

    /// <summary>The newest signed manifest of an origin as CBOR; code <c>not_found</c> when the server has none.</summary>
    public Task<byte[]> ManifestAsync(string origin, CancellationToken ct = default) => BytesAsync($"{PathOf(origin)}/manifest", Cbor, MaxManifestBytes, ct);

    /// <summary>The proof that an origin cheated, as CBOR; code <c>not_found</c> when the server holds none.</summary>
    public Task<byte[]> ConflictAsync(string origin, CancellationToken ct = default) => BytesAsync($"{PathOf(origin)}/conflict", Cbor, 2 * MaxManifestBytes, ct);

    /// <summary>
    /// The bytes of one leaf of a run with its Merkle path. Codes <c>not_found</c> when the server does not have it, <c>quota_exceeded</c> and
    /// <c>payment_required</c> when more were asked for than it gives for nothing.
    /// </summary>
    public Task<LeafProof> ProofAsync(string runId, long leaf, CancellationToken ct = default) =>
        _transport.GetAsync($"{RunPath(runId)}/proof?leaf={leaf.ToString(System.Globalization.CultureInfo.InvariantCulture)}", ClientJson.Default.LeafProof, ct);

    /// <summary>The SHA-256 of every leaf of a run, 32 bytes each in order.</summary>
    /// <param name="runId">Which run.</param>
    /// <param name="most">Bytes that are read at most; longer answers are an error.</param>
    /// <param name="ct">Ends the call.</param>
    public Task<byte[]> LeavesAsync(string runId, long most = MaxProofBytes, CancellationToken ct = default) => BytesAsync($"{RunPath(runId)}/leaves", Octets, most, ct);

    /// <summary>Part of the bytes of a run. Codes <c>payment_required</c>, <c>quota_exceeded</c> by the server's policy.</summary>
    /// <param name="runId">Which run.</param>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Bytes, at least 1.</param>
    /// <param name="ct">Ends the call.</param>
    public async Task<byte[]> RangeAsync(string runId, long offset, int length, CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        var range = new RangeHeaderValue(offset, offset + length - 1);
        using var response = await _transport.SendAsync(HttpMethod.Get, RunPath(runId), null, Octets, ct, range: range).ConfigureAwait(false);
        // A range that is the whole run may come as such.
        var fits = response.StatusCode == HttpStatusCode.PartialContent || response.Content.Headers.ContentLength == length;
        var bytes = fits ? await _transport.BodyAsync(response, length, ct).ConfigureAwait(false) : [];
        return bytes.Length == length
            ? bytes
            : throw new DattException(DattException.UnexpectedAnswer, $"{_transport.Server} answered a range of {length} bytes with something else.", response.StatusCode);
    }

    /// <summary>What an operator sees of the feeds: lag, downloads, traffic by peer. A page of feeds. Needs the scope <c>operator</c>.</summary>
    public Task<FeedReport> ReportAsync(string? cursor = null, CancellationToken ct = default) =>
        _transport.GetAsync(new Query("api/v1/admin/feeds").With("cursor", cursor).ToString(), ClientJson.Default.FeedReport, ct);

    /// <summary>Deletes what the server holds of an origin's feed; it is fetched anew when its head is next heard of. Needs the scope <c>operator</c>.</summary>
    public Task<FeedActionResult> ForgetAsync(string origin, CancellationToken ct = default) => ActAsync(origin, "forget", ct);

    /// <summary>Deletes what the server holds of an origin's feed and fetches it anew now. Needs the scope <c>operator</c>.</summary>
    public Task<FeedActionResult> FetchAsync(string origin, CancellationToken ct = default) => ActAsync(origin, "fetch", ct);

    private Task<FeedActionResult> ActAsync(string origin, string verb, CancellationToken ct) =>
        _transport.ReadAsync(HttpMethod.Post, $"api/v1/admin/feeds/{Query.Segment(origin)}/{verb}", null, ClientJson.Default.FeedActionResult, ct);

    private async Task<byte[]> BytesAsync(string path, string accept, long most, CancellationToken ct)
    {
        using var response = await _transport.SendAsync(HttpMethod.Get, path, null, accept, ct).ConfigureAwait(false);
        return await _transport.BodyAsync(response, most, ct).ConfigureAwait(false);
    }

    private static string PathOf(string origin) => $"federation/v1/feeds/{Query.Segment(origin)}";

    private static string RunPath(string runId) => $"federation/v1/runs/{Query.Segment(runId)}";
}
