using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Xml.Linq;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Search;

public class SearchTests(SharedServer shared)
{
    [Theory]
    [InlineData("", "invalid_query")]
    [InlineData("q=", "invalid_query")]
    [InlineData("q=%22unbalanced", "invalid_query")]
    [InlineData("q=*leading", "invalid_query")]
    [InlineData("q=x&limit=0", "invalid_limit")]
    [InlineData("q=x&limit=101", "invalid_limit")]
    [InlineData("q=x&limit=-1", "invalid_limit")]
    [InlineData("q=x&limit=ten", "invalid_limit")]
    [InlineData("q=x&limit=99999999999", "invalid_limit")]
    [InlineData("q=x&sort=best", "invalid_sort")]
    [InlineData("q=x&match=some", "invalid_match")]
    [InlineData("q=x&budgetMs=0", "invalid_budget")]
    [InlineData("q=x&budgetMs=soon", "invalid_budget")]
    [InlineData("q=x&since=yesterday", "invalid_since")]
    [InlineData("q=x&until=2026-13-01", "invalid_until")]
    [InlineData("q=x&cursor=forged", "invalid_cursor")]
    public async Task A_bad_search_names_its_parameter(string query, string code)
    {
        using var subscriber = await shared.NewSubscriberAsync();
        await Refused.WithAsync(subscriber.Http.GetAsync("/api/v1/search?" + query), HttpStatusCode.BadRequest, code);
    }

    [Fact]
    public async Task A_query_that_cannot_be_parsed_says_where()
    {
        using var subscriber = await shared.NewSubscriberAsync();
        var problem = await Refused.WithAsync(
            await subscriber.Http.GetAsync("/api/v1/search?q=fine%20%22unbalanced"), HttpStatusCode.BadRequest, "invalid_query");
        Assert.Equal(5, problem.GetProperty("position").GetInt32());
    }

    [Fact]
    public async Task A_query_of_100_kB_is_refused_by_the_web_server()
    {
        using var subscriber = await shared.NewSubscriberAsync();
        Assert.Equal(HttpStatusCode.RequestUriTooLong, (await subscriber.Http.GetAsync("/api/v1/search?q=" + new string('x', 100_000))).StatusCode);
    }

    [Theory]
    [InlineData("q=%00%01")]
    [InlineData("q=%FF%FE")]
    [InlineData("q=%")]
    [InlineData("q=%F0%9F%98%80&q=x&unknown=1")]
    [InlineData("q=AND")]
    [InlineData("q=((((((")]
    [InlineData("q=-x")]
    [InlineData("q=a:b:c:d")]
    [InlineData("q=x&since=0001-01-01&until=9999-12-31")]
    [InlineData("label=&q=x")]
    public async Task No_query_is_a_fault_of_the_server(string query)
    {
        using var subscriber = await shared.NewSubscriberAsync();
        var answer = await subscriber.Http.GetAsync("/api/v1/search?" + query);
        Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"{(int)answer.StatusCode} for {query}");
    }

    [Fact]
    public async Task Pages_follow_each_other_while_others_write()
    {
        var word = SharedServer.NewWord();
        using var customer = await shared.NewSubscriberAsync();
        string[] ids = [.. Enumerable.Range(0, 25).Select(i => $"p:{word}:{i:00}")];
        await customer.BulkAsync("n-" + word, [.. ids.Select(id => $$"""{"contentId":"{{id}}","title":"{{word}} page"}""")]);
        await customer.FindsAsync($"q={word}&limit=100", ids);

        var seen = new List<string>();
        var page = await customer.SearchAsync($"q={word}&limit=10");
        Assert.Equal(25, page.GetProperty("total").GetProperty("value").GetInt32());
        Assert.Equal("eq", page.GetProperty("total").GetProperty("relation").GetString());
        while (true)
        {
            seen.AddRange(Customer.IdsOf(page));
            if (page.GetProperty("next").GetString() is not { } cursor)
                break;
            await customer.AnnounceAsync("n-" + word, $"late:{word}:{seen.Count}", new { title = $"{word} {word} late" });
            page = await customer.SearchAsync($"q={word}&limit=10&cursor={Uri.EscapeDataString(cursor)}");
        }
        Assert.Equal(ids.Order(), seen.Order());
    }

    [Fact]
    public async Task A_cursor_of_another_query_and_a_changed_one_are_refused()
    {
        var word = SharedServer.NewWord();
        using var customer = await shared.NewSubscriberAsync();
        await customer.BulkAsync("n-" + word, [.. Enumerable.Range(0, 5).Select(i => $$"""{"contentId":"p:{{word}}:{{i}}","title":"{{word}}"}""")]);
        await Eventually.HoldsAsync(async () => Customer.IdsOf(await customer.SearchAsync($"q={word}")).Count() == 5, "all are found");
        var cursor = (await customer.SearchAsync($"q={word}&limit=2")).GetProperty("next").GetString()!;
        await Refused.WithAsync(customer.Http.GetAsync($"/api/v1/search?q=other&limit=2&cursor={Uri.EscapeDataString(cursor)}"), HttpStatusCode.BadRequest, "invalid_cursor");
        for (var i = 0; i < cursor.Length; i += 7)
        {
            var changed = string.Concat(cursor.AsSpan(0, i), cursor[i] == 'A' ? "B" : "A", cursor.AsSpan(i + 1));
            await Refused.WithAsync(
                customer.Http.GetAsync($"/api/v1/search?q={word}&limit=2&cursor={Uri.EscapeDataString(changed)}"), HttpStatusCode.BadRequest, "invalid_cursor");
        }
    }

    [Fact]
    public async Task Filters_sort_and_relaxation_reach_the_engine()
    {
        var word = SharedServer.NewWord();
        var rare = SharedServer.NewWord();
        using var customer = await shared.NewSubscriberAsync();
        await customer.BulkAsync(
            "n-" + word,
            $$"""{"contentId":"old:{{word}}","title":"{{word}}","label":"news","tags":["t1"],"author":"Ada","type":"text/html","language":"en","publishedAt":"2020-01-01T00:00:00Z"}""",
            $$"""{"contentId":"new:{{word}}","title":"{{word}} {{rare}}","label":"travel","tags":["t2"],"author":"Bob","type":"text/plain","language":"de","publishedAt":"2025-01-01T00:00:00Z"}""");
        await customer.FindsAsync("q=" + word, "old:" + word, "new:" + word);
        foreach (var filter in new[] { "label=news", "tag=t1", "author=Ada", "type=text/html", "language=en", "until=2020-01-01", "until=2021-01-01T00:00:00Z" })
            Assert.Equal(["old:" + word], Customer.IdsOf(await customer.SearchAsync($"q={word}&{filter}")));
        Assert.Equal(["new:" + word], Customer.IdsOf(await customer.SearchAsync($"q={word}&since=2025-01-01T01:00:00%2B02:00")));
        Assert.Equal(["new:" + word, "old:" + word], Customer.IdsOf(await customer.SearchAsync($"q={word}&sort=recent")));

        var relaxed = await customer.SearchAsync($"q={word}%20{rare}");
        Assert.True(relaxed.GetProperty("relaxed").GetBoolean());
        Assert.Equal(["new:" + word, "old:" + word], Customer.IdsOf(relaxed));
        Assert.Equal(["new:" + word], Customer.IdsOf(await customer.SearchAsync($"q={word}%20{rare}&match=all")));
    }

    [Fact]
    public async Task A_content_is_shown_once_with_all_its_holders()
    {
        var word = SharedServer.NewWord();
        using var first = await shared.NewSubscriberAsync();
        using var second = await shared.Server.NewCustomerAsync();
        await first.AnnounceAsync("h1-" + word, "c:" + word, new { title = word });
        await second.AnnounceAsync("h2-" + word, "c:" + word, new { title = word });
        await second.Http.PutAsJsonAsync("/api/v1/nodes/h2-" + word, new { endpoints = new[] { "https://h2.example/" } });
        await first.FindsAsync("q=" + word, "c:" + word);
        var holders = (await first.SearchAsync("q=" + word)).GetProperty("hits")[0].GetProperty("holders").EnumerateArray()
            .ToDictionary(h => h.GetProperty("nodeId").GetString()!, h => h.GetProperty("online").GetBoolean());
        Assert.Equal(new Dictionary<string, bool> { ["h1-" + word] = false, ["h2-" + word] = true }, holders);
    }

    [Fact]
    public async Task Suggestions_complete_a_word()
    {
        var word = SharedServer.NewWord();
        using var customer = await shared.NewSubscriberAsync();
        await customer.AnnounceAsync("n-" + word, "c:" + word, new { title = word + "tail" });
        await Eventually.HoldsAsync(
            async () => (await customer.Http.GetFromJsonAsync<JsonElement>("/api/v1/suggest?q=" + word)).GetProperty("suggestions")
                .EnumerateArray().Any(s => s.GetString()!.Contains(word + "tail", StringComparison.Ordinal)), "the word is suggested");
        Assert.Empty((await customer.Http.GetFromJsonAsync<JsonElement>("/api/v1/suggest?q=")).GetProperty("suggestions").EnumerateArray());
        await Refused.WithAsync(customer.Http.GetAsync("/api/v1/suggest?q=" + new string('x', 300)), HttpStatusCode.BadRequest, "invalid_query");
    }

    [Fact]
    public async Task A_live_search_sends_matches_as_they_arrive_and_nothing_else()
    {
        var word = SharedServer.NewWord();
        using var customer = await shared.NewSubscriberAsync();
        using var response = await customer.Http.GetAsync("/api/v1/search/stream?q=" + word, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal(":", await lines.ReadLineAsync());

        await customer.AnnounceAsync("n-" + word, "other:" + word, new { title = "something else" });
        await customer.AnnounceAsync("n-" + word, "match:" + word, new { title = "about " + word });
        string? line;
        do
        {
            line = await lines.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        }
        while (line is "" or ":");
        Assert.Equal("event: hit", line);
        var data = await lines.ReadLineAsync();
        Assert.StartsWith("data: ", data);
        var hit = JsonSerializer.Deserialize<JsonElement>(data!["data: ".Length..]);
        Assert.Equal("match:" + word, hit.GetProperty("contentId").GetString());
        Assert.Equal("n-" + word, hit.GetProperty("holders")[0].GetProperty("nodeId").GetString());
    }

    [Fact]
    public async Task A_live_search_with_a_bad_query_is_refused()
    {
        using var customer = await shared.NewSubscriberAsync();
        await Refused.WithAsync(customer.Http.GetAsync("/api/v1/search/stream?q=%22open"), HttpStatusCode.BadRequest, "invalid_query");
    }

    [Fact]
    public async Task The_feed_is_well_formed_whatever_was_announced()
    {
        var word = SharedServer.NewWord();
        using var customer = await shared.NewSubscriberAsync();
        Assert.Equal(HttpStatusCode.NoContent, (await customer.AnnounceAsync(
            "n-" + word, "c:" + word, new { title = $"<{word}> & \uFFFF \U0001F600", url = "https://example.org/?a=1&b=2", tags = new[] { "<t>" } })).StatusCode);
        await customer.FindsAsync("q=" + word, "c:" + word);
        var feed = XDocument.Parse(await customer.Http.GetStringAsync("/search.atom?q=" + word));
        XNamespace atom = "http://www.w3.org/2005/Atom";
        var entry = Assert.Single(feed.Root!.Elements(atom + "entry"));
        Assert.Equal($"<{word}> &   \U0001F600", entry.Element(atom + "title")!.Value);
        Assert.Equal("https://example.org/?a=1&b=2", entry.Element(atom + "link")!.Attribute("href")!.Value);

        var description = XDocument.Parse(await shared.Server.Anyone.GetStringAsync("/opensearch.xml"));
        XNamespace search = "http://a9.com/-/spec/opensearch/1.1/";
        Assert.Contains(description.Root!.Elements(search + "Url"), url => url.Attribute("template")!.Value.Contains("/search.atom?q={searchTerms}", StringComparison.Ordinal));
    }
}
