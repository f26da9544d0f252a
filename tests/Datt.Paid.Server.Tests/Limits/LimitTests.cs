using System.Net;
using Datt.Paid.Server.Limits;
using Datt.Paid.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;

namespace Datt.Paid.Server.Tests.Limits;

public class LimitTests
{
    [Fact]
    public async Task A_key_and_an_address_have_a_burst_of_twice_the_rate_each()
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-11-22T12:00:00Z"));
        await using var server = await StartAsync(3, time);
        using var customer = await server.NewCustomerAsync();
        time.Advance(TimeSpan.FromMinutes(1));
        foreach (var client in new[] { server.Anyone, customer.Http })
        {
            var path = client == server.Anyone ? "/api/v1/server" : "/api/v1/account";
            for (var i = 0; i < 6; i++)
                Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(path)).StatusCode);
            await Refused.WithAsync(client.GetAsync(path), HttpStatusCode.TooManyRequests, "quota_exceeded");
        }
        // 429 comes before 402, and after 401.
        await Refused.WithAsync(customer.Http.GetAsync("/api/v1/search?q=x"), HttpStatusCode.TooManyRequests, "quota_exceeded");
        using var bad = server.With("nonsense");
        await Refused.WithAsync(bad.GetAsync("/api/v1/search?q=x"), HttpStatusCode.Unauthorized, "unauthorized");
        Assert.Equal(HttpStatusCode.OK, (await server.Anyone.GetAsync("/health/live")).StatusCode);
        time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.OK, (await customer.Http.GetAsync("/api/v1/account")).StatusCode);
        await Refused.WithAsync(customer.Http.GetAsync("/api/v1/account"), HttpStatusCode.TooManyRequests, "quota_exceeded");
    }

    [Fact]
    public async Task New_accounts_of_one_address_are_limited()
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-11-22T12:00:00Z"));
        await using var server = await StartAsync(1_000, time);
        for (var i = 0; i < 30; i++)
            (await server.NewCustomerAsync()).Dispose();
        await Refused.WithAsync(server.Anyone.PostAsync("/api/v1/accounts", null), HttpStatusCode.TooManyRequests, "quota_exceeded");
        time.Advance(TimeSpan.FromMinutes(1));
        (await server.NewCustomerAsync()).Dispose();
    }

    [Fact]
    public async Task Forwarded_addresses_are_believed_from_trusted_proxies_alone()
    {
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-11-22T12:00:00Z"));
        await using (var trusting = await StartAsync(1, time, "127.0.0.0/8"))
        {
            for (var i = 0; i < 5; i++)
                Assert.Equal(HttpStatusCode.OK, await GetForAsync(trusting, $"203.0.113.{i}"));
            Assert.Equal(HttpStatusCode.OK, await GetForAsync(trusting, "2001:db8::1"));
            Assert.Equal(HttpStatusCode.OK, await GetForAsync(trusting, "2001:db8::2"));
            Assert.Equal(HttpStatusCode.TooManyRequests, await GetForAsync(trusting, "2001:db8::3"));
        }
        await using var wary = await StartAsync(1, time);
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 5; i++)
            statuses.Add(await GetForAsync(wary, $"203.0.113.{i}"));
        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
    }

    [Fact]
    public void The_table_of_buckets_is_bounded_and_forgets_rested_callers()
    {
        var time = new FakeTimeProvider();
        var buckets = new TokenBuckets(1, 1, time);
        for (var caller = 0; caller < TokenBuckets.Capacity; caller++)
            Assert.True(buckets.TryTake((UInt128)caller, out _));
        // Full of busy callers: newcomers share buckets instead of growing the table.
        var refused = Enumerable.Range(TokenBuckets.Capacity, 5_000).Count(caller => !buckets.TryTake((UInt128)caller, out _));
        Assert.True(refused > 0);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.All(Enumerable.Range(TokenBuckets.Capacity, 5_000), caller => Assert.True(buckets.TryTake((UInt128)caller, out _)));
    }

    private static Task<ServerOnDisk> StartAsync(double perSecond, TimeProvider time, string? proxy = null)
    {
        var limits = new RequestLimits(new LimitSettings { RequestsPerSecond = perSecond }, time);
        return ServerOnDisk.StartAsync(
            proxy is null ? [] : new() { ["Datt:TrustedProxies:0"] = proxy },
            services: services => services.Replace(ServiceDescriptor.Singleton(limits)));
    }

    private static async Task<HttpStatusCode> GetForAsync(ServerOnDisk server, string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/server");
        request.Headers.Add("X-Forwarded-For", address);
        return (await server.Anyone.SendAsync(request)).StatusCode;
    }
}
