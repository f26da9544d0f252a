using System.Net;
using System.Text.Json;
using Datt.Paid.Client;
using Microsoft.AspNetCore.Http;

namespace Datt.Paid.Tests.Cli;

public sealed class ClientTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static DattClient Of(StubServer server, int retries = 3) =>
        new(server.Http(), new DattClientOptions { ApiKey = "key", MaxRetries = retries, MaxRetryDelay = TimeSpan.FromSeconds(2) });

    private static async Task Json(HttpContext context, string json, int status = 200, string type = "application/json")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        await context.Response.WriteAsync(json, Ct);
    }

    [Fact]
    public async Task A_busy_server_is_asked_again_with_the_same_idempotency_key()
    {
        var asked = 0;
        await using var server = await StubServer.StartAsync((context, _) =>
        {
            context.Response.Headers.RetryAfter = "0";
            return Interlocked.Increment(ref asked) < 3 ? Json(context, "{}", 503) : Json(context, """{"id":"i","status":"new"}""", 201);
        });
        var invoice = await Of(server).Subscription.OrderAsync(new NewInvoice(1), Ct);
        Assert.Equal("i", invoice.Id);
        Assert.Equal(3, server.Requests.Count);
        Assert.Single(server.Requests.Select(r => r.Headers["Idempotency-Key"]).Distinct());
        Assert.All(server.Requests, r => Assert.Equal(("Bearer key", """{"months":1}"""), (r.Headers["Authorization"], r.Body)));
    }

    [Theory]
    [InlineData(503, "0", 3)]
    [InlineData(503, "3600", 1)]
    [InlineData(429, "0", 3)]
    [InlineData(429, null, 1)]
    [InlineData(500, "0", 1)]
    [InlineData(404, null, 1)]
    public async Task Insists_only_where_that_helps(int status, string? retryAfter, int requests)
    {
        await using var server = await StubServer.StartAsync((context, _) =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = retryAfter;
            return Task.CompletedTask;
        });
        var refusal = await Assert.ThrowsAsync<DattException>(() => Of(server, 2).Server.CardAsync(Ct));
        Assert.Equal((HttpStatusCode)status, refusal.Status);
        Assert.Equal(requests, server.Requests.Count);
    }

    [Fact]
    public async Task A_problem_keeps_its_code_price_and_position()
    {
        await using var server = await StubServer.StartAsync((context, _) => Json(context, """
            {"title":"Pay first","status":402,"detail":"A subscription is needed.","code":"payment_required","price":{"amount":"0.25","currency":"USD","period":"month"},
             "coverage":{"records":7,"origins":1,"networkRecords":7,"ratio":1},"subscribeUrl":"http://x/","position":3,"new":{"a":1}}
            """, 402, "application/problem+json"));
        var refusal = await Assert.ThrowsAsync<DattException>(() => Of(server).Search.PageAsync(new SearchQuery("x"), null, Ct));
        Assert.Equal(("payment_required", "A subscription is needed."), (refusal.Code, refusal.Message));
        Assert.Equal((0.25m, "USD", 7L, 3), (refusal.Problem!.Price!.Amount, refusal.Problem.Price.Currency, refusal.Problem.Coverage!.Records, refusal.Problem.Position));
        Assert.True(refusal.Problem.Others!.ContainsKey("new"));
    }

    [Theory]
    [InlineData(401, "unauthorized")]
    [InlineData(402, "payment_required")]
    [InlineData(410, "cursor_expired")]
    [InlineData(502, "unavailable")]
    [InlineData(418, "unexpected_answer")]
    public async Task A_refusal_without_words_still_has_a_code(int status, string code)
    {
        await using var server = await StubServer.StartAsync((context, _) => Json(context, "<html>", status, "text/html"));
        Assert.Equal(code, (await Assert.ThrowsAsync<DattException>(() => Of(server, 0).Server.CardAsync(Ct))).Code);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("null")]
    [InlineData("[]")]
    public async Task An_answer_off_the_contract_is_no_crash(string body)
    {
        await using var server = await StubServer.StartAsync((context, _) => Json(context, body));
        Assert.Equal(DattException.UnexpectedAnswer, (await Assert.ThrowsAsync<DattException>(() => Of(server).Server.CardAsync(Ct))).Code);
    }

    [Fact]
    public async Task An_answer_without_end_is_not_read()
    {
        await using var server = await StubServer.StartAsync(async (context, _) =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(new byte[64 * 1024], context.RequestAborted);
            }
        });
        var client = new DattClient(server.Http(), new DattClientOptions { MaxResponseBytes = 1024 * 1024 });
        Assert.Equal(DattException.Unreachable, (await Assert.ThrowsAsync<DattException>(() => client.Server.CardAsync(Ct))).Code);
    }

    [Fact]
    public async Task Nobody_there_is_unreachable()
    {
        var client = new DattClient(new HttpClient { BaseAddress = new Uri("http://127.0.0.1:1/") });
        Assert.Equal(DattException.Unreachable, (await Assert.ThrowsAsync<DattException>(() => client.Server.CardAsync(Ct))).Code);
        Assert.False(await client.Server.IsReadyAsync(Ct));
    }

    private static async IAsyncEnumerable<BulkLine> Lines(int count, int summary)
    {
        for (var i = 1; i <= count; i++)
        {
            yield return i % 10 == 0 ? BulkLine.Withdraw($"id{i}") : BulkLine.Announce(new ContentRecord { ContentId = $"id{i}", Title = "T", Summary = new string('x', summary) });
        }

        await Task.CompletedTask;
    }

    [Theory]
    [InlineData(12_001, 10)]
    [InlineData(700, 29_000)]
    public async Task Bulk_uploads_stay_below_the_limits_and_keep_their_numbers(int count, int summary)
    {
        await using var server = await StubServer.StartAsync((context, seen) =>
        {
            var lines = seen.Body.TrimEnd('\n').Split('\n');
            return Json(context, $$"""{"accepted":{{lines.Length - 1}},"rejected":[{"line":{{lines.Length}},"code":"invalid_record","detail":"d"}]}""");
        });
        var chunks = new List<BulkChunk>();
        await foreach (var chunk in Of(server).Content.BulkAsync("my node", Lines(count, summary), Ct))
        {
            chunks.Add(chunk);
        }

        Assert.True(chunks.Count > 1);
        Assert.Equal(count, chunks.Sum(c => c.Lines));
        Assert.Equal(count - chunks.Count, chunks.Sum(c => c.Accepted));
        long next = 1;
        foreach (var chunk in chunks)
        {
            Assert.Equal(next, chunk.FirstLine);
            Assert.Equal(chunk.FirstLine + chunk.Lines - 1, Assert.Single(chunk.Rejected).Line);
            next += chunk.Lines;
        }

        Assert.All(server.Requests, r => Assert.InRange(r.Body.Length, 1, 64_000_000));
        Assert.All(server.Requests, r => Assert.InRange(r.Body.Count(c => c == '\n'), 1, 10_000));
        Assert.All(server.Requests, r => Assert.Equal(("application/x-ndjson", "?node=my%20node"), (r.Headers["Content-Type"], r.Query)));
        var all = server.Requests.SelectMany(r => r.Body.TrimEnd('\n').Split('\n')).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("contentId").GetString());
        Assert.Equal(Enumerable.Range(1, count).Select(i => $"id{i}"), all);
    }

    [Fact]
    public async Task A_line_beyond_every_limit_is_rejected_and_the_others_go_on()
    {
        await using var server = await StubServer.StartAsync((context, _) => Json(context, """{"accepted":1,"rejected":[{"line":2,"code":"invalid_title","detail":"d"}]}"""));
        async IAsyncEnumerable<BulkLine> Three()
        {
            yield return BulkLine.Withdraw("a");
            yield return BulkLine.Announce(new ContentRecord { ContentId = "b", Title = "T", Summary = new string('x', ContentClient.MaxBytes) });
            yield return BulkLine.Withdraw("c");
            await Task.CompletedTask;
        }

        var chunk = Assert.Single(await Of(server).Content.BulkAsync("n", Three(), Ct).ToListAsync(Ct));
        Assert.Equal([(2, "record_too_large"), (3, "invalid_title")], chunk.Rejected.Select(r => (r.Line, r.Code!)));
    }

    [Fact]
    public async Task Cursors_are_followed_to_the_end()
    {
        await using var server = await StubServer.StartAsync((context, seen) => Json(context, seen.Query.Contains("cursor=a%2Bb", StringComparison.Ordinal)
            ? """{"hits":[{"contentId":"3","title":"t"}],"next":null}"""
            : """{"hits":[{"contentId":"1","title":"t"},{"contentId":"2","title":"t"}],"next":"a+b"}"""));
        var query = new SearchQuery("a & b") { Limit = 2, Since = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)) };
        var ids = await Of(server).Search.AllAsync(query, Ct).Select(h => h.ContentId).ToListAsync(Ct);
        Assert.Equal(["1", "2", "3"], ids);
        Assert.Equal("?q=a%20%26%20b&limit=2&since=2026-01-02T02%3A04%3A05Z", server.Requests.First().Query);
    }

    [Fact]
    public async Task Live_hits_come_one_by_one_between_comments_and_other_events()
    {
        await using var server = await StubServer.StartAsync(async (context, _) =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(": hello\n\nevent: hit\ndata: {\"contentId\":\"1\",\ndata: \"title\":\"a\"}\n\nevent: other\ndata: x\n\n", Ct);
            await context.Response.WriteAsync("event: hit\ndata: {\"contentId\":\"2\",\"title\":\"b\"}\n\n", Ct);
        });
        Assert.Equal(["1", "2"], await Of(server).Search.LiveAsync(new SearchQuery("x"), Ct).Select(h => h.ContentId).ToListAsync(Ct));
    }

    [Fact]
    public async Task A_watch_tells_changes_only_and_ends_with_the_invoice()
    {
        string[] states = ["new", "new", "processing", "processing", "settled"];
        var at = -1;
        await using var server = await StubServer.StartAsync((context, _) =>
            Json(context, """{"id":"i","status":"STATE","amount":{"amount":"0.25","currency":"USD"}}"""
                .Replace("STATE", states[Math.Min(Interlocked.Increment(ref at), 4)], StringComparison.Ordinal)));
        var seen = await Of(server).Subscription.WatchAsync("i", TimeSpan.FromMilliseconds(1), Ct).ToListAsync(Ct);
        Assert.Equal(["new", "processing", "settled"], seen.Select(i => i.Status));
        Assert.Equal("0.25 USD", $"{seen[0].Amount}");
    }

    [Fact]
    public async Task What_an_answer_leaves_out_is_empty_and_not_null()
    {
        await using var server = await StubServer.StartAsync((context, seen) => Json(context, seen.Path.EndsWith("search", StringComparison.Ordinal) ? """{"hits":[{}]}""" : "{}"));
        var client = Of(server);
        var page = await client.Search.PageAsync(new SearchQuery("x"), null, Ct);
        Assert.Equal(("", 0L), (Assert.Single(page.Hits).Title, page.Total.Value));
        Assert.Empty(page.Hits[0].Holders);
        Assert.Equal("none", (await client.Accounts.ShowAsync(Ct)).Subscription.State);
        Assert.Empty((await client.Search.ContentAsync("x", Ct)).Holders);
        Assert.Empty((await client.Nodes.PageAsync(null, null, Ct)).Nodes);
        Assert.Empty(await client.Search.SuggestAsync("x", Ct));
        Assert.Empty(await client.Accounts.KeysAsync(Ct));
        Assert.Equal("", (await client.Server.CardAsync(Ct)).Id);
    }

    [Fact]
    public void A_client_without_an_address_is_refused() => Assert.Throws<ArgumentException>(() => new DattClient(new HttpClient()));
}
