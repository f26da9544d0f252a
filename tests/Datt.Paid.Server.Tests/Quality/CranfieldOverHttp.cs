using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Datt.Paid.Server.Tests.Quality;

/// <summary>Announces the collection to a server and asks it the collection's questions, as any node and any client would.</summary>
/// <param name="server">Has the server's address and the credentials of an account that may announce and search.</param>
/// <param name="collection">What is announced and asked.</param>
internal sealed class CranfieldOverHttp(HttpClient server, CranfieldCollection collection)
{
    private const string Prefix = "cranfield:";
    private const int PageSize = 100;

    /// <summary>How deep a ranking is read for the mean average precision.</summary>
    public const int Depth = 1_000;

    /// <summary>One bulk announce; every record must be accepted.</summary>
    public async Task AnnounceAsync(string nodeId, CancellationToken ct)
    {
        var lines = string.Join('\n', collection.Abstracts.Select(a => JsonSerializer.Serialize(new
        {
            contentId = Prefix + a.Id.ToString(CultureInfo.InvariantCulture),
            // Two of the abstracts have no title, which the contract asks for.
            title = a.Title.Length > 0 ? a.Title : "untitled",
            summary = a.Text,
            author = a.Author.Length is > 0 and < 200 ? a.Author : null,
            language = "en",
        })));
        using var body = new StringContent(lines, Encoding.UTF8);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        using var response = await server.PostAsync($"/api/v1/content/bulk?node={nodeId}", body, ct);
        response.EnsureSuccessStatusCode();
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(ct));
        if (answer.RootElement.GetProperty("accepted").GetInt32() != collection.Abstracts.Count)
            throw new InvalidOperationException($"Not every abstract was accepted: {answer.RootElement}");
    }

    /// <summary>Waits until the last abstract is found by search.</summary>
    public async Task WaitUntilSearchableAsync(CancellationToken ct)
    {
        var last = collection.Abstracts[^1];
        while (!(await RankAsync(last.Title, 10, ct)).Contains(last.Id))
            await Task.Delay(20, ct);
    }

    /// <summary>Asks every question and reads the pages of its answer.</summary>
    public async Task<RankingQuality> MeasureAsync(CancellationToken ct)
    {
        var rankings = new List<(CranfieldCollection.Question, IReadOnlyList<int>)>();
        foreach (var question in collection.Questions)
            rankings.Add((question, await RankAsync(question.Words, Depth, ct)));
        return RankingQuality.Of(rankings);
    }

    private async Task<IReadOnlyList<int>> RankAsync(string words, int depth, CancellationToken ct)
    {
        var ranking = new List<int>();
        string? cursor = null;
        do
        {
            var page = cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor);
            using var response = await server.GetAsync($"/api/v1/search?limit={PageSize}&q={Uri.EscapeDataString(words)}{page}", ct);
            var text = await response.Content.ReadAsStringAsync(ct);
            if (!response.IsSuccessStatusCode)
                throw new InvalidOperationException($"The search for '{words}' was answered with {(int)response.StatusCode}: {text}");
            using var answer = JsonDocument.Parse(text);
            foreach (var hit in answer.RootElement.GetProperty("hits").EnumerateArray())
                ranking.Add(int.Parse(hit.GetProperty("contentId").GetString().AsSpan(Prefix.Length), CultureInfo.InvariantCulture));
            cursor = answer.RootElement.GetProperty("next").GetString();
        }
        while (cursor is not null && ranking.Count < depth);
        return ranking;
    }
}
