using System.Globalization;
using Datt.Paid.Federation;
using Datt.Paid.Outbound;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Tests.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace Datt.Paid.Tests.Federation;

/// <summary>The crawler against a whole network, a third of it gone or lying.</summary>
public sealed class CrawlSimulationTests(ITestOutputHelper output)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Finds_the_living_among_the_gone_and_the_lying_with_a_bounded_number_of_requests()
    {
        var count = Environment.GetEnvironmentVariable("DATT_CAMPAIGN") == "full" ? 10_000 : 1_000;
        var seed = int.TryParse(Environment.GetEnvironmentVariable("DATT_SEED"), CultureInfo.InvariantCulture, out var given) ? given : new Random().Next();
        var time = new VirtualTime(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
        var network = new SimulatedNetwork(count, seed, time);
        var settings = new CrawlSettings();
        var directory = new ServerDirectory();
        using var key = ServerKey.Create();
        var own = SignedCard.Sign(SignedCardTests.Card(key), key);
        var self = new CrawlOrigin(key.Id, () => own, [network.Start], TimeSpan.FromMinutes(10), seed);
        var crawler = new Crawler(
            network, new UrlRules(new OutboundSettings()), self, settings, directory, time, NullLogger<Crawler>.Instance);

        var living = network.LivingIds.ToHashSet();
        var began = time.GetUtcNow();
        double found = 0;
        var rounds = 0;
        for (; found < 0.99 && rounds < 6 * 48; rounds++)
        {
            await crawler.RoundAsync(Ct);
            time.Advance(TimeSpan.FromMinutes(10));
            found = directory.All.Count(server => living.Contains(server.Id)) / (double)living.Count;
        }
        // And on for hours, in which nothing found may be lost to those who invent servers.
        for (var more = 0; more < 12; more++)
        {
            await crawler.RoundAsync(Ct);
            time.Advance(TimeSpan.FromMinutes(10));
        }
        var kept = directory.All.Count(server => living.Contains(server.Id)) / (double)living.Count;

        var hours = (time.GetUtcNow() - began).TotalHours;
        var line = string.Create(CultureInfo.InvariantCulture,
            $"{count} servers (seed {seed}), {count - living.Count} of them gone or lying ({string.Join(", ", Enum.GetValues<Conduct>().Skip(1).Select(c => $"{c} {network.Count(c)}"))}): " +
            $"{found:P1} of the {living.Count} living after {rounds} rounds, {kept:P1} two hours later; " +
            $"requests per hour of the one who crawls: {crawler.Requests / hours:F0} on average, {network.MostInAnHour} at most; " +
            $"to one server at most {network.MostToOneInAnHour} in an hour; {network.Nobodies} invented names were offered, {crawler.Addresses} addresses are kept");
        output.WriteLine(line);
        Console.WriteLine(line);
        Assert.True(found >= 0.99, line);
        Assert.True(kept >= 0.99, line);
        // A quarter of an hour's requests may have been saved up before it.
        Assert.InRange(network.MostInAnHour, 1, settings.MaxRequestsPerHour * 5 / 4 + 1);
        Assert.InRange(crawler.Requests, 1, settings.MaxRequestsPerHour * (hours + 1));
        Assert.InRange(network.MostToOneInAnHour, 1, 200);
        Assert.InRange(crawler.Addresses, 1, settings.MaxServers);
    }
}
