using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Datt.Paid.Federation;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Server.Tests.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Server.Tests.Federation;

/// <summary>Servers that answer badly, on real sockets: each costs its own place and nobody else's.</summary>
public sealed class BadServerTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("hangs", ServerState.Silent, "does not answer in time")]
    [InlineData("gzip bomb", ServerState.Refused, "more than the 65536 bytes")]
    [InlineData("redirect to metadata", ServerState.Silent, "must not lead to an address")]
    [InlineData("long name", ServerState.Refused, "more than the 65536 bytes")]
    [InlineData("wrong signature", ServerState.Refused, "signature of its card is wrong")]
    [InlineData("future", ServerState.Refused, "in the future")]
    [InlineData("status", ServerState.Refused, "status 500")]
    public async Task A_bad_server_is_shown_with_its_problem_and_holds_up_no_good_one(string conduct, ServerState state, string problem)
    {
        await using var bad = await StartAsync(conduct);
        var url = bad.Urls.First();
        // Only who hangs is to be found by the clock; on a busy machine an honest answer may take longer than that.
        Dictionary<string, string?> settings = conduct == "hangs" ? new() { ["Datt:Federation:Crawl:Timeout"] = "00:00:01" } : [];
        await using var network = await Network.StartAsync(2, (index, before) => index == 0 ? [url] : [url, before[0].Address.ToString()], settings);
        await network.CompleteAsync();
        var crawler = network[1].Services.GetRequiredService<Crawler>();
        CrawlFinding? finding = null;
        await Eventually.HoldsAsync(
            () => Task.FromResult((finding = crawler.Findings().Single(f => f.Url == url)).Problem is not null), "the bad server is found to be bad");
        Assert.Equal(state, finding!.State);
        Assert.Contains(problem, finding.Problem, StringComparison.Ordinal);
        Assert.Null(finding.Id);
        Assert.DoesNotContain(network[1].Services.GetRequiredService<ServerDirectory>().All, server => server.Url.ToString().StartsWith(url, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Operators_see_every_address_and_others_do_not()
    {
        await using var network = await Network.LineAsync(2);
        await network.CompleteAsync();
        using var customer = await network[0].NewCustomerAsync();
        await Refused.WithAsync(customer.Http.GetAsync("/api/v1/admin/servers", Ct), HttpStatusCode.Forbidden, "forbidden");
        var finding = Assert.Single(network[0].Services.GetRequiredService<Crawler>().Findings());
        Assert.Equal(Network.IdOf(network[1]), finding.Id);
        Assert.True(finding.Latency > TimeSpan.Zero);
    }

    private static async Task<WebApplication> StartAsync(string conduct)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(context => AnswerAsync(conduct, context, app));
        await app.StartAsync(Ct);
        return app;
    }

    private static async Task AnswerAsync(string conduct, HttpContext context, WebApplication app)
    {
        var answer = context.Response;
        switch (conduct)
        {
            case "hangs":
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                break;
            case "gzip bomb":
                answer.Headers.ContentEncoding = "gzip";
                await using (var zip = new GZipStream(answer.Body, CompressionLevel.Fastest))
                {
                    var zeros = new byte[1024 * 1024];
                    for (var i = 0; i < 100; i++)
                        await zip.WriteAsync(zeros, context.RequestAborted);
                }
                break;
            case "redirect to metadata":
                answer.Redirect("http://169.254.169.254/latest/meta-data/");
                break;
            case "status":
                answer.StatusCode = 500;
                break;
            default:
                await answer.Body.WriteAsync(Card(conduct, app.Urls.First()), context.RequestAborted);
                break;
        }
    }

    private static byte[] Card(string conduct, string url)
    {
        using var key = ServerKey.Create();
        var card = SignedCard.Sign(
            new ServerCard
            {
                Id = key.Id,
                Name = "bad",
                Url = url,
                PublicKey = Convert.ToBase64String(key.PublicKey.Spki.Span),
                Software = "Test",
                Version = "1",
                SearchAccess = "Free",
                FederationAccess = "Free",
                Coverage = new CardCoverage(0, 0, 0, 1),
                Nodes = new CardNodes(0, 0),
                Time = TimeProvider.System.GetUtcNow() + (conduct == "future" ? TimeSpan.FromHours(1) : TimeSpan.Zero),
            }, key);
        var json = JsonNode.Parse(card.Utf8.Span)!.AsObject();
        if (conduct == "long name")
            json["name"] = new string('n', 10_000_000);
        if (conduct == "wrong signature")
            json["name"] = "another";
        return Encoding.UTF8.GetBytes(json.ToJsonString());
    }
}
