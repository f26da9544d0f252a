using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Content;

public class RecordTests(SharedServer shared)
{
    [Theory]
    [InlineData("{\"title\":\"x\"", HttpStatusCode.BadRequest, "invalid_record")]
    [InlineData("", HttpStatusCode.BadRequest, "invalid_record")]
    [InlineData("null", HttpStatusCode.BadRequest, "invalid_record")]
    [InlineData("[]", HttpStatusCode.BadRequest, "invalid_record")]
    [InlineData("{}", HttpStatusCode.BadRequest, "invalid_record")]
    [InlineData("{\"title\":\"\"}", HttpStatusCode.BadRequest, "invalid_record")]
    [InlineData("{\"title\":5}", HttpStatusCode.BadRequest, "invalid_record")]
    [InlineData("{\"title\":\"x\",\"contentId\":\"another\"}", HttpStatusCode.BadRequest, "invalid_record")]
    [InlineData("{\"title\":\"x\",\"publishedAt\":\"9999-12-31T00:00:00Z\"}", HttpStatusCode.BadRequest, "invalid_record")]
    [InlineData("{\"title\":\"x\",\"publishedAt\":\"yesterday\"}", HttpStatusCode.BadRequest, "invalid_record")]
    [InlineData("{\"title\":\"x\",\"size\":-1}", HttpStatusCode.BadRequest, "invalid_record")]
    [InlineData("{\"title\":\"x\",\"tags\":\"one\"}", HttpStatusCode.BadRequest, "invalid_record")]
    [InlineData("{\"title\":\"\\ud800\"}", HttpStatusCode.BadRequest, "invalid_record")]
    public async Task A_bad_record_is_refused(string body, HttpStatusCode status, string code)
    {
        using var customer = await shared.Server.NewCustomerAsync();
        await Refused.WithAsync(PutAsync(customer, Encoding.UTF8.GetBytes(body)), status, code);
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF8_are_refused()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        await Refused.WithAsync(PutAsync(customer, [.. "{\"title\":\""u8, 0xC3, 0x28, .. "\"}"u8]), HttpStatusCode.BadRequest, "invalid_record");
    }

    [Theory]
    [InlineData("title", 1_001)]
    [InlineData("summary", 30_001)]
    [InlineData("label", 201)]
    [InlineData("author", 201)]
    [InlineData("url", 2_001)]
    [InlineData("title", 300_000)]
    public async Task A_field_beyond_its_limit_is_413(string field, int length)
    {
        using var customer = await shared.Server.NewCustomerAsync();
        var record = new Dictionary<string, string> { ["title"] = "x" };
        record[field] = field == "url" ? "https://example.org/" + new string('x', length - 20) : new string('x', length);
        await Refused.WithAsync(
            PutAsync(customer, JsonSerializer.SerializeToUtf8Bytes(record)), HttpStatusCode.RequestEntityTooLarge, "record_too_large");
    }

    [Theory]
    [InlineData("")]
    [InlineData("?node=")]
    [InlineData("?node=a%20b")]
    [InlineData("?node=%2e%2e%2fetc")]
    [InlineData("?node=12345678901234567890123456789012345678901234567890123456789012345")]
    public async Task A_node_must_be_named_properly(string query)
    {
        using var customer = await shared.Server.NewCustomerAsync();
        await Refused.WithAsync(
            customer.Http.PutAsJsonAsync("/api/v1/content/x:1" + query, new { title = "x" }), HttpStatusCode.BadRequest, "invalid_node");
        await Refused.WithAsync(customer.Http.DeleteAsync("/api/v1/content/x:1" + query), HttpStatusCode.BadRequest, "invalid_node");
        await Refused.WithAsync(
            customer.Http.PostAsync("/api/v1/content/bulk" + query, Customer.Ndjson("{}")), HttpStatusCode.BadRequest, "invalid_node");
    }

    [Fact]
    public async Task Control_characters_become_spaces_and_unknown_members_are_ignored()
    {
        var word = SharedServer.NewWord();
        using var customer = await shared.NewSubscriberAsync();
        Assert.Equal(HttpStatusCode.NoContent, (await customer.AnnounceAsync("n-" + word, "c:" + word, new
        {
            title = "bell\u0007and\u0000nul " + word,
            colour = new { deep = new[] { 1, 2 } },
        })).StatusCode);
        await customer.FindsAsync("q=" + word, "c:" + word);
        var content = await customer.Http.GetFromJsonAsync<JsonElement>($"/api/v1/content/c:{word}");
        Assert.Equal("bell and nul " + word, content.GetProperty("title").GetString());
    }

    [Fact]
    public async Task A_record_can_be_replaced_and_withdrawn_and_withdrawing_twice_is_no_error()
    {
        var word = SharedServer.NewWord();
        var id = "slash/and space?" + word;
        id = id.Replace(' ', '_');
        var node = "n-" + word;
        using var customer = await shared.NewSubscriberAsync();
        await customer.AnnounceAsync(node, id, new { title = "first " + word });
        await customer.AnnounceAsync(node, id, new { title = "second " + word, contentId = id });
        var path = "/api/v1/content/" + Uri.EscapeDataString(id);
        Assert.Equal("second " + word, (await customer.Http.GetFromJsonAsync<JsonElement>(path)).GetProperty("title").GetString());
        await customer.FindsAsync("q=" + word, id);
        for (var i = 0; i < 2; i++)
            Assert.Equal(HttpStatusCode.NoContent, (await customer.Http.DeleteAsync($"{path}?node={node}")).StatusCode);
        await Refused.WithAsync(customer.Http.GetAsync(path), HttpStatusCode.NotFound, "not_found");
        await customer.FindsAsync("q=" + word);
    }

    [Fact]
    public async Task An_id_with_an_escaped_slash_is_not_one_with_an_escaped_escape()
    {
        var word = SharedServer.NewWord();
        using var customer = await shared.NewSubscriberAsync();
        await customer.AnnounceAsync("n-" + word, "a/" + word, new { title = "slash" });
        await customer.AnnounceAsync("n-" + word, "a%2F" + word, new { title = "percent" });
        Assert.Equal("slash", (await customer.Http.GetFromJsonAsync<JsonElement>($"/api/v1/content/a%2F{word}")).GetProperty("title").GetString());
        Assert.Equal("percent", (await customer.Http.GetFromJsonAsync<JsonElement>($"/api/v1/content/a%252F{word}")).GetProperty("title").GetString());
    }

    [Fact]
    public async Task A_complaint_reaches_the_operator()
    {
        var word = SharedServer.NewWord();
        using var customer = await shared.NewSubscriberAsync();
        await customer.AnnounceAsync("n-" + word, "c:" + word, new { title = word });
        var path = $"/api/v1/content/c:{word}/reports";
        Assert.Equal(HttpStatusCode.Accepted, (await customer.Http.PostAsJsonAsync(path, new { reason = "spam" })).StatusCode);
        await Refused.WithAsync(customer.Http.PostAsJsonAsync(path, new { reason = "" }), HttpStatusCode.BadRequest, "invalid_reason");
        await Refused.WithAsync(
            customer.Http.PostAsJsonAsync("/api/v1/content/c:none/reports", new { reason = "spam" }), HttpStatusCode.NotFound, "not_found");
    }

    private static Task<HttpResponseMessage> PutAsync(Customer customer, byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        return customer.Http.PutAsync($"/api/v1/content/x:1?node=bad-{customer.AccountId}", content);
    }
}
