using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Datt.Paid.Client;

/// <summary>
/// Search. Codes: <c>unauthorized</c>, <c>forbidden</c>, <c>quota_exceeded</c>, <c>payment_required</c> (with the price in
/// <see cref="DattException.Problem"/>), <c>invalid_query</c> (with its position).
/// </summary>
public sealed class SearchClient
{
    private readonly Transport _transport;

    internal SearchClient(Transport transport) => _transport = transport;

    /// <summary>One page.</summary>
    /// <param name="query">What to look for; the same for every page of one search.</param>
    /// <param name="cursor">The page before's <see cref="SearchPage.Next"/>; it lives at least five minutes (<c>cursor_expired</c>).</param>
    /// <param name="ct">Stops the work on the server, too.</param>
    public Task<SearchPage> PageAsync(SearchQuery query, string? cursor = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return _transport.GetAsync(query.ToPath("api/v1/search", cursor), ClientJson.Default.SearchPage, ct);
    }

    /// <summary>All hits, fetching pages as they are needed: none twice and none skipped, while others write.</summary>
    public async IAsyncEnumerable<SearchHit> AllAsync(SearchQuery query, [EnumeratorCancellation] CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        await foreach (var page in PagesAsync(query, ct).ConfigureAwait(false))
        {
            foreach (var hit in page.Hits)
            {
                yield return hit;
            }
        }
    }

    /// <summary>All pages, beginning with the first, which is given also when it is empty.</summary>
    public async IAsyncEnumerable<SearchPage> PagesAsync(SearchQuery query, [EnumeratorCancellation] CancellationToken ct = default)
    {
        string? cursor = null;
        do
        {
            var page = await PageAsync(query, cursor, ct).ConfigureAwait(false);
            yield return page;
            cursor = page.Hits.Count == 0 ? null : page.Next;
        }
        while (cursor is not null);
    }

    /// <summary>One content with all its holders; code <c>not_found</c> when nobody has it.</summary>
    public Task<ContentEntry> ContentAsync(string contentId, CancellationToken ct = default) =>
        _transport.GetAsync($"api/v1/content/{Query.Segment(contentId)}", ClientJson.Default.ContentEntry, ct);

    /// <summary>Complains to the operator about a content.</summary>
    public Task ReportAsync(string contentId, string reason, CancellationToken ct = default) =>
        _transport.DoAsync(HttpMethod.Post, $"api/v1/content/{Query.Segment(contentId)}/reports",
            JsonBody.Of(new Report(reason), ClientJson.Default.Report), ct);

    /// <summary>Words that begin like <paramref name="text"/>.</summary>
    public async Task<IReadOnlyList<string>> SuggestAsync(string text, CancellationToken ct = default)
    {
        var path = new Query("api/v1/suggest").With("q", text).ToString();
        return (await _transport.GetAsync(path, ClientJson.Default.SuggestionList, ct).ConfigureAwait(false)).Suggestions;
    }

    /// <summary>New matches as they are announced, until cancelled or until the server ends the stream.</summary>
    public async IAsyncEnumerable<SearchHit> LiveAsync(SearchQuery query, [EnumeratorCancellation] CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        using var response = await _transport.SendAsync(
            HttpMethod.Get, query.ToPath("api/v1/search/stream"), null, "text/event-stream", ct).ConfigureAwait(false);
        var stream = await response.Content.ReadAsStreamAsync(ct).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var events = SseParser.Create(stream, static (_, data) => data.ToArray()).EnumerateAsync(ct);
            await foreach (var item in events.ConfigureAwait(false))
            {
                if (item.EventType == "hit" && JsonSerializer.Deserialize(item.Data, ClientJson.Default.SearchHit) is { } hit)
                {
                    yield return hit;
                }
            }
        }
    }
}
