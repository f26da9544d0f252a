using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Server.Jobs;
using Datt.Paid.Server.Tests.Cli;
using Datt.Paid.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Accounts;

public class NoticeTests(SharedServer shared)
{
    [Fact]
    public async Task The_end_of_a_subscription_is_told_signed_and_listed()
    {
        var clock = new WallClock("2026-03-01T12:00:00Z");
        await using var receiver = await Receiver.StartAsync();
        await using var server = await ServerOnDisk.StartAsync(new() { ["Datt:Federation:AllowPrivateAddresses"] = "true" }, clock);
        using var customer = await server.NewCustomerAsync();
        await customer.SubscribeAsync();
        Assert.Equal(HttpStatusCode.OK, (await customer.Http.PatchAsJsonAsync("/api/v1/account", new { noticeUrl = receiver.Url })).StatusCode);

        var jobs = server.Services.GetRequiredService<ServerJobs>();
        clock.Set("2026-03-26T12:00:00Z");
        await jobs.RenewAsync(CancellationToken.None);
        await NotifiedAsync(jobs, receiver, 1);
        clock.Set("2026-04-01T12:00:00Z");
        await jobs.RenewAsync(CancellationToken.None);
        await NotifiedAsync(jobs, receiver, 2);

        var card = await server.Anyone.GetFromJsonAsync<JsonElement>("/api/v1/server");
        Assert.True(ServerPublicKey.TryImport(card.GetProperty("publicKey").GetBytesFromBase64(), out var key));
        var serverId = card.GetProperty("id").GetString()!;
        Assert.All(receiver.Posts, post => Assert.Equal(
            NoticeVerdict.Genuine,
            NoticeSignature.Check(
                post.Headers[NoticeSignature.Header], Encoding.UTF8.GetBytes(post.Body), serverId, key, clock.GetUtcNow(), TimeSpan.FromDays(7))));
        var posted = receiver.Posts.Select(post => JsonSerializer.Deserialize<JsonElement>(post.Body)).ToList();
        Assert.Equal(["renewalDue", "grace"], posted.Select(p => p.GetProperty("kind").GetString()));
        Assert.Equal("2026-04-01T12:00:00.000Z", posted[0].GetProperty("endsAt").GetString());

        var newest = await customer.Http.GetFromJsonAsync<JsonElement>("/api/v1/account/notices?limit=1");
        var older = await customer.Http.GetFromJsonAsync<JsonElement>("/api/v1/account/notices?limit=1&cursor=" + newest.GetProperty("next").GetString());
        Assert.Equal(JsonValueKind.Null, older.GetProperty("next").ValueKind);
        var listed = new[] { older, newest }.Select(page => Assert.Single(page.GetProperty("notices").EnumerateArray())).ToList();
        Assert.Equal(posted.Select(p => p.GetProperty("id").GetString()), listed.Select(n => n.GetProperty("id").GetString()));
        Assert.All(listed, n => Assert.Equal("delivered", Assert.Single(n.GetProperty("deliveries").EnumerateArray()).GetProperty("state").GetString()));

        using var terminal = new Terminal(server.Address);
        await terminal.JsonAsync("account", "create");
        Assert.Equal(receiver.Url, (await terminal.JsonAsync("account", "notify", "--url", receiver.Url)).GetProperty("noticeUrl").GetString());
        Assert.Equal(0, (await terminal.JsonAsync("status")).GetProperty("notices").GetArrayLength());
        Assert.Equal(0, (await terminal.JsonAsync("account", "notices")).GetProperty("notices").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, (await terminal.JsonAsync("account", "notify", "--url", "none")).GetProperty("noticeUrl").ValueKind);
        Assert.Contains("datt_notices", await server.Anyone.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_change_names_is_set_null_clears_and_the_rest_stays()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        var email = $"{Guid.NewGuid():n}@example.org";
        await ExpectAsync(customer, $$"""{"noticeUrl":"https://example.org/n","email":"{{email}}"}""", "https://example.org/n", email);
        await ExpectAsync(customer, "{}", "https://example.org/n", email);
        await ExpectAsync(customer, """{"noticeUrl":null}""", null, email);
        await ExpectAsync(customer, """{"noticeUrl":"https://example.org/m"}""", "https://example.org/m", email);
        await ExpectAsync(customer, """{"email":null}""", "https://example.org/m", null);
        await ExpectAsync(customer, """{"noticeUrl":""}""", null, null);
    }

    [Theory]
    [InlineData("noticeUrl", "http://example.org/n")]
    [InlineData("noticeUrl", "ftp://example.org/n")]
    [InlineData("noticeUrl", "notices")]
    [InlineData("noticeUrl", "https://user:word@example.org/")]
    [InlineData("noticeUrl", "https://example.org:25/")]
    [InlineData("noticeUrl", "https://127.0.0.1/")]
    [InlineData("noticeUrl", "https://0x7f.1/")]
    [InlineData("noticeUrl", "https://localhost/")]
    [InlineData("noticeUrl", "https://[::ffff:10.0.0.1]/")]
    [InlineData("noticeUrl", "https://169.254.169.254/latest")]
    [InlineData("email", "nobody")]
    [InlineData("email", "a@example.org\r\nBcc: b@example.org")]
    [InlineData("email", "\"a b\"@example.org")]
    [InlineData("email", "a@[127.0.0.1]")]
    public async Task What_cannot_be_a_place_for_notices_is_refused(string field, string value)
    {
        using var customer = await shared.Server.NewCustomerAsync();
        var change = new Dictionary<string, string> { [field] = value };
        await Refused.WithAsync(
            customer.Http.PatchAsJsonAsync("/api/v1/account", change), HttpStatusCode.BadRequest, field == "email" ? "invalid_email" : "invalid_notice_url");
    }

    [Fact]
    public async Task The_list_needs_the_scope_and_its_own_cursors()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        await Refused.WithAsync(shared.Server.Anyone.GetAsync("/api/v1/account/notices"), HttpStatusCode.Unauthorized, "unauthorized");
        await Refused.WithAsync(customer.Http.GetAsync("/api/v1/account/notices?limit=0"), HttpStatusCode.BadRequest, "invalid_limit");
        await Refused.WithAsync(customer.Http.GetAsync("/api/v1/account/notices?cursor=YWJj"), HttpStatusCode.BadRequest, "invalid_cursor");
    }

    private static Task NotifiedAsync(ServerJobs jobs, Receiver receiver, int count) => Eventually.HoldsAsync(
        async () =>
        {
            await jobs.NotifyAsync(CancellationToken.None);
            return receiver.Posts.Count == count;
        }, $"{count} notices arrived");

    private static async Task ExpectAsync(Customer customer, string change, string? noticeUrl, string? email)
    {
        var answer = await customer.Http.PatchAsync("/api/v1/account", new StringContent(change, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var account = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((noticeUrl, email), (account.GetProperty("noticeUrl").GetString(), account.GetProperty("email").GetString()));
    }
}
