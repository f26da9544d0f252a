using System.Net;
using System.Text.Json.Nodes;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Campaigns;

/// <summary>
/// Compares what a server shows, by id and by search, with what it may hold. What it says holds from the moment the server is ready:
/// nothing is waited for.
/// </summary>
internal sealed class ContentCheck(ExpectedContent expected, Caller searcher)
{
    private const int WordSearches = 200;

    /// <summary>Records found again, by id and by search, over all checks.</summary>
    public long Found { get; private set; }

    public Task RunAsync(Random random, CancellationToken ct) => RunAsync(random, TimeSpan.Zero, ct);

    private async Task RunAsync(Random random, TimeSpan wordsWithin, CancellationToken ct)
    {
        var contents = expected.Contents();
        var bySearch = await EverythingAsync(ct);
        Assert.All(bySearch.Keys, content => Assert.True(contents.ContainsKey(content), $"content {content} was never sent"));

        var versions = new Dictionary<int, int?>();
        foreach (var (content, nodes) in contents)
        {
            var byId = await ShownAsync(content, ct);
            AssertPossible(content, nodes, byId);
            Assert.True(
                (byId?.Holders, byId?.Version) == (bySearch.GetValueOrDefault(content)?.Holders, bySearch.GetValueOrDefault(content)?.Version),
                $"content {content}: by id {byId?.ToString() ?? "nothing"}, by search {bySearch.GetValueOrDefault(content)?.ToString() ?? "nothing"}");
            foreach (var node in nodes.Keys)
                expected.Observed(node, content, byId is not null && byId.Has(node) ? byId.Version : null);
            versions[content] = byId?.Version;
            Found += byId is null ? 0 : 1;
        }

        var sample = contents.Keys.OrderBy(_ => random.Next()).Take(WordSearches).ToHashSet();
        foreach (var content in expected.TakeTouched().Order().Take(WordSearches).Union(sample))
        {
            var states = contents[content].Values.SelectMany(s => s).OfType<int>().Distinct();
            foreach (var version in states.Append(versions[content] - 1 ?? 0).Append(versions[content] ?? 0).Distinct())
                await AssertFoundByWordAsync(content, version, versions[content] == version, wordsWithin, ct);
        }
    }

    /// <summary>The same while the server runs: it may take until the deadline before search shows what it took last.</summary>
    public async Task WhenSearchableAsync(Random random, TimeSpan deadline, CancellationToken ct)
    {
        var contents = expected.Contents();
        var byId = new Dictionary<int, Shown>();
        foreach (var content in contents.Keys)
        {
            if (await ShownAsync(content, ct) is { } shown)
                byId[content] = shown;
        }
        Dictionary<int, Shown> bySearch = [];
        await Eventually.HoldsAsync(
            async () => (bySearch = await EverythingAsync(ct)).Count == byId.Count && bySearch.All(s => byId.GetValueOrDefault(s.Key) == s.Value),
            deadline,
            () => $"search shows the {byId.Count} contents that are there by id; it showed {bySearch.Count}",
            ct);
        await RunAsync(random, deadline, ct);
    }

    /// <summary>Everything acknowledged is found by id.</summary>
    public async Task ByIdAsync(CancellationToken ct)
    {
        foreach (var (content, nodes) in expected.Contents())
            AssertPossible(content, nodes, await ShownAsync(content, ct));
    }

    private static void AssertPossible(int content, Dictionary<string, HashSet<int?>> nodes, Shown? shown)
    {
        foreach (var (node, states) in nodes)
        {
            int? held = shown is not null && shown.Has(node) ? shown.Version : null;
            Assert.True(
                states.Contains(held),
                $"content {content} of node {node}: version {held?.ToString() ?? "none"} is there, possible were {string.Join(", ", states.Select(s => s?.ToString() ?? "none"))}");
        }
        if (shown is not null)
            Assert.All(shown.Holders.Split(' '), holder => Assert.True(nodes.ContainsKey(holder), $"content {content}: {holder} never held it"));
    }

    private async Task<Shown?> ShownAsync(int content, CancellationToken ct)
    {
        var answer = await searcher.MustGetAsync($"/api/v1/content/{Uri.EscapeDataString(SentRecord.ContentId(content))}", ct);
        return answer.Status == HttpStatusCode.NotFound ? null : Shown.Of(answer.Expect(HttpStatusCode.OK).Json);
    }

    private async Task<Dictionary<int, Shown>> EverythingAsync(CancellationToken ct)
    {
        var all = new Dictionary<int, Shown>();
        string? cursor = null;
        do
        {
            var next = cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}";
            var page = (await searcher.MustGetAsync($"/api/v1/search?q={SentRecord.CommonWord}&match=all&limit=100{next}", ct)).Expect(HttpStatusCode.OK).Json;
            foreach (var hit in page["hits"]!.AsArray())
            {
                var content = SentRecord.ContentOf(hit!["contentId"]!.GetValue<string>());
                Assert.True(all.TryAdd(content, Shown.Of(hit)), $"content {content} is on two pages");
            }
            cursor = page["next"]?.GetValue<string>();
        }
        while (cursor is not null);
        return all;
    }

    /// <summary>Hits show what the catalog says; only their words tell how new the index is.</summary>
    private async Task AssertFoundByWordAsync(int content, int version, bool there, TimeSpan within, CancellationToken ct)
    {
        var word = SentRecord.Word(content, version);
        string[] found = [];
        string[] right = there ? [SentRecord.ContentId(content)] : [];
        await Eventually.HoldsAsync(
            async () =>
            {
                var answer = await searcher.MustGetAsync($"/api/v1/search?q={word}&match=all", ct);
                found = [.. answer.Expect(HttpStatusCode.OK).Json["hits"]!.AsArray().Select(h => h!["contentId"]!.GetValue<string>())];
                return found.SequenceEqual(right);
            },
            within,
            () => $"the word {word} of content {content} finds [{string.Join(", ", found)}], which should {(there ? "" : "not ")}be there",
            ct);
    }

    /// <summary>A content as it is shown: its version and the nodes of its holders, in order.</summary>
    private sealed record Shown(int Version, string Holders)
    {
        public static Shown Of(JsonNode shown) => new(
            SentRecord.VersionOf(shown),
            string.Join(' ', shown["holders"]!.AsArray().Select(h => h!["nodeId"]!.GetValue<string>()).Order(StringComparer.Ordinal)));

        public bool Has(string node) => Holders.Split(' ').Contains(node);
    }
}
