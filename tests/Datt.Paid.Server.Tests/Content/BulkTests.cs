using System.Net;
using System.Text;
using System.Text.Json;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Content;

public class BulkTests(SharedServer shared)
{
    [Fact]
    public async Task Bad_lines_are_named_and_do_not_stop_good_ones()
    {
        var word = SharedServer.NewWord();
        using var customer = await shared.NewSubscriberAsync();
        var answer = await customer.BulkAsync(
            "n-" + word,
            $$"""{"contentId":"a:{{word}}","title":"{{word}} one"}""",
            "{not json",
            "",
            """{"title":"no id"}""",
            $$"""{"contentId":"b:{{word}}","title":"{{word}} two","unknown":[[1]]}""" + "\r",
            $$"""{"contentId":"c:{{word}}","title":"{{new string('x', 1_001)}}"}""",
            """{"op":"explode","contentId":"d"}""",
            $$"""{"contentId":"e:{{word}}","title":"{{word}}","publishedAt":"9000-01-01T00:00:00Z"}""",
            "7");
        Assert.Equal(2, answer.GetProperty("accepted").GetInt32());
        Assert.Equal(
            [(2, "invalid_record"), (4, "invalid_record"), (6, "record_too_large"), (7, "invalid_record"), (8, "invalid_record"), (9, "invalid_record")],
            answer.GetProperty("rejected").EnumerateArray().Select(r => (r.GetProperty("line").GetInt32(), r.GetProperty("code").GetString())));
        Assert.All(answer.GetProperty("rejected").EnumerateArray(), r => Assert.NotEqual("", r.GetProperty("detail").GetString()));
        await customer.FindsAsync("q=" + word, "a:" + word, "b:" + word);
    }

    [Fact]
    public async Task Of_one_content_twice_the_later_line_wins()
    {
        var word = SharedServer.NewWord();
        using var customer = await shared.NewSubscriberAsync();
        var lines = new List<string>
        {
            $$"""{"contentId":"stays:{{word}}","title":"early {{word}}"}""",
            $$"""{"contentId":"goes:{{word}}","title":"{{word}}"}""",
        };
        // Enough lines between them that they are in different batches.
        lines.AddRange(Enumerable.Range(0, 2_500).Select(i => $$"""{"contentId":"filler:{{word}}:{{i}}","title":"filler"}"""));
        lines.Add($$"""{"op":"delete","contentId":"goes:{{word}}"}""");
        lines.Add($$"""{"contentId":"stays:{{word}}","title":"late {{word}}"}""");
        var answer = await customer.BulkAsync("n-" + word, [.. lines]);
        Assert.Equal(lines.Count, answer.GetProperty("accepted").GetInt32());
        await customer.FindsAsync("q=" + word, "stays:" + word);
        Assert.Equal("late " + word, (await customer.SearchAsync("q=" + word)).GetProperty("hits")[0].GetProperty("title").GetString());
    }

    [Fact]
    public async Task A_bad_byte_spoils_only_its_line()
    {
        var word = SharedServer.NewWord();
        using var customer = await shared.Server.NewCustomerAsync();
        byte[] body = [.. Encoding.UTF8.GetBytes($$"""{"contentId":"a:{{word}}","title":"x"}"""), (byte)'\n',
            .. "{\"contentId\":\"bad\",\"title\":\""u8, 0xFF, 0xFE, .. "\"}\n"u8, .. Encoding.UTF8.GetBytes($$"""{"contentId":"b:{{word}}","title":"y"}""")];
        var response = await customer.Http.PostAsync("/api/v1/content/bulk?node=n-" + word, Customer.Ndjson(body));
        var answer = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync());
        Assert.Equal(2, answer.GetProperty("accepted").GetInt32());
        Assert.Equal(2, Assert.Single(answer.GetProperty("rejected").EnumerateArray()).GetProperty("line").GetInt32());
    }

    [Fact]
    public async Task A_line_of_megabytes_is_dropped_and_the_next_one_is_taken()
    {
        var word = SharedServer.NewWord();
        using var customer = await shared.Server.NewCustomerAsync();
        var answer = await customer.BulkAsync(
            "n-" + word, new string('x', 3_000_000), $$"""{"contentId":"a:{{word}}","title":"x"}""", "{\"contentId\":\"b\",\"title\":\"" + new string('y', 2_000_000) + "\"}");
        Assert.Equal(1, answer.GetProperty("accepted").GetInt32());
        Assert.Equal(
            [(1, "record_too_large"), (3, "record_too_large")],
            answer.GetProperty("rejected").EnumerateArray().Select(r => (r.GetProperty("line").GetInt32(), r.GetProperty("code").GetString())));
    }

    [Fact]
    public async Task Ten_thousand_lines_are_taken_and_one_more_is_413()
    {
        var word = SharedServer.NewWord();
        using var customer = await shared.Server.NewCustomerAsync();
        string[] lines = [.. Enumerable.Range(0, 10_000).Select(i => $$"""{"contentId":"many:{{word}}:{{i}}","title":"x"}""")];
        Assert.Equal(10_000, (await customer.BulkAsync("n-" + word, [.. lines, ""])).GetProperty("accepted").GetInt32());
        await Refused.WithAsync(
            customer.Http.PostAsync("/api/v1/content/bulk?node=n-" + word, Customer.Ndjson(string.Join('\n', lines.Append("{}")))),
            HttpStatusCode.RequestEntityTooLarge, "record_too_large");
    }

    [Fact]
    public async Task A_body_above_64_MB_is_413()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/content/bulk?node=n-" + SharedServer.NewWord())
        {
            Content = Customer.Ndjson(new byte[(64 * 1_024 * 1_024) + 1]),
        };
        request.Headers.ExpectContinue = true;
        await Refused.WithAsync(customer.Http.SendAsync(request), HttpStatusCode.RequestEntityTooLarge, "record_too_large");
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/plain")]
    public async Task Another_media_type_is_415(string type)
    {
        using var customer = await shared.Server.NewCustomerAsync();
        var content = Customer.Ndjson("{}");
        content.Headers.ContentType = new(type);
        await Refused.WithAsync(
            customer.Http.PostAsync("/api/v1/content/bulk?node=n-" + SharedServer.NewWord(), content), HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
    }

    [Fact]
    public async Task An_empty_body_accepts_nothing()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        Assert.Equal(0, (await customer.BulkAsync("n-" + SharedServer.NewWord())).GetProperty("accepted").GetInt32());
    }
}
