using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Access;

public class GateTests(SharedServer shared)
{
    private static readonly string[] Gated =
    [
        "/api/v1/search?q=x", "/api/v1/content/sha256:none", "/api/v1/suggest?q=x", "/api/v1/search/stream?q=x", "/search.atom?q=x",
    ];

    public static TheoryData<string> GatedCalls => [.. Gated];

    [Theory]
    [MemberData(nameof(GatedCalls))]
    public async Task Without_a_key_or_subscription_search_is_402_with_the_price(string call)
    {
        using var customer = await shared.Server.NewCustomerAsync();
        foreach (var client in new[] { shared.Server.Anyone, customer.Http })
        {
            var problem = await Refused.WithAsync(await client.GetAsync(call), HttpStatusCode.PaymentRequired, "payment_required");
            Assert.Matches(@"^\d+\.\d\d$", problem.GetProperty("price").GetProperty("amount").GetString());
            Assert.Equal("USD", problem.GetProperty("price").GetProperty("currency").GetString());
            Assert.True(problem.GetProperty("coverage").GetProperty("records").GetInt64() >= 0);
            Assert.StartsWith("http", problem.GetProperty("subscribeUrl").GetString());
        }
    }

    [Theory]
    [InlineData("Bearer nonsense")]
    [InlineData("Bearer datt_aaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("Bearer ")]
    [InlineData("Basic dXNlcjpwYXNz")]
    public async Task A_wrong_credential_is_401_everywhere(string header)
    {
        foreach (var call in Gated.Append("/api/v1/account"))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, call);
            Assert.True(request.Headers.TryAddWithoutValidation("Authorization", header));
            var response = await shared.Server.Anyone.SendAsync(request);
            await Refused.WithAsync(response, HttpStatusCode.Unauthorized, "unauthorized");
            Assert.Contains(response.Headers.WwwAuthenticate, challenge => challenge.Scheme == "Bearer");
        }
    }

    [Fact]
    public async Task A_bad_key_is_refused_before_a_bad_query_and_an_unpaid_one_too()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        using var bad = shared.Server.With("nonsense");
        await Refused.WithAsync(bad.GetAsync("/api/v1/search?q=%22open&limit=0"), HttpStatusCode.Unauthorized, "unauthorized");
        await Refused.WithAsync(customer.Http.GetAsync("/api/v1/search?q=%22open&limit=0"), HttpStatusCode.PaymentRequired, "payment_required");
    }

    [Fact]
    public async Task Announcing_needs_no_subscription_but_a_key()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        var answer = await customer.AnnounceAsync("gate-" + SharedServer.NewWord(), "gate:1", new { title = "free to announce" });
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        await Refused.WithAsync(
            shared.Server.Anyone.PutAsJsonAsync("/api/v1/content/gate:1?node=n", new { title = "x" }), HttpStatusCode.Unauthorized, "unauthorized");
    }

    [Fact]
    public async Task Where_search_is_free_no_key_is_needed_but_a_bad_one_is_still_refused()
    {
        await using var server = await ServerOnDisk.StartAsync(new() { ["Datt:Search:Access"] = "Free", ["Datt:Payments:Provider"] = null });
        Assert.Equal(HttpStatusCode.OK, (await server.Anyone.GetAsync("/api/v1/search?q=x")).StatusCode);
        using var bad = server.With("nonsense");
        await Refused.WithAsync(bad.GetAsync("/api/v1/search?q=x"), HttpStatusCode.Unauthorized, "unauthorized");
        var card = await server.Anyone.GetFromJsonAsync<JsonElement>("/api/v1/server");
        Assert.Equal("Free", card.GetProperty("search").GetProperty("access").GetString());
    }

    [Fact]
    public async Task A_trial_lasts_for_its_quota_and_comes_back_the_next_day()
    {
        var time = new WallClock("2026-11-22T12:00:00Z");
        await using var server = await ServerOnDisk.StartAsync(new() { ["Datt:Search:FreeQueriesPerDay"] = "2" }, time);
        using var customer = await server.NewCustomerAsync();
        Assert.Equal(HttpStatusCode.OK, (await customer.Http.GetAsync("/api/v1/search?q=x")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await customer.Http.GetAsync("/api/v1/search?q=x")).StatusCode);
        await Refused.WithAsync(customer.Http.GetAsync("/api/v1/search?q=x"), HttpStatusCode.PaymentRequired, "payment_required");
        await server.RestartAsync();
        using var later = server.With(customer.ApiKey);
        await Refused.WithAsync(later.GetAsync("/api/v1/search?q=x"), HttpStatusCode.PaymentRequired, "payment_required");
        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(HttpStatusCode.OK, (await later.GetAsync("/api/v1/search?q=x")).StatusCode);
    }

    [Fact]
    public async Task The_feeds_key_may_stand_in_the_query_but_no_other_calls()
    {
        using var subscriber = await shared.NewSubscriberAsync();
        var feed = await shared.Server.Anyone.GetAsync("/search.atom?q=x&key=" + subscriber.ApiKey);
        Assert.Equal(HttpStatusCode.OK, feed.StatusCode);
        Assert.Equal("application/atom+xml", feed.Content.Headers.ContentType?.MediaType);
        await Refused.WithAsync(
            shared.Server.Anyone.GetAsync("/api/v1/search?q=x&key=" + subscriber.ApiKey), HttpStatusCode.PaymentRequired, "payment_required");
        await Refused.WithAsync(shared.Server.Anyone.GetAsync("/search.atom?q=x&key=nonsense"), HttpStatusCode.Unauthorized, "unauthorized");
    }
}
