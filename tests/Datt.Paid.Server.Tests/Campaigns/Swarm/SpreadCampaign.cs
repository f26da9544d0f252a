using System.Diagnostics;
using System.Globalization;
using Datt.Paid.Search;
using Datt.Paid.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Campaigns.Swarm;

/// <summary>One announces, all others watch: how long until the last of them finds it. A measurement that also fails when somebody never does.</summary>
[Collection(CampaignCollection.Name)]
public sealed class SpreadCampaign(ITestOutputHelper output)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_one_announces_is_found_by_all()
    {
        var run = new CampaignRun(output, "spread");
        var (servers, announces) = CampaignRun.Full ? (50, 100) : (5, 5);
        await using var network = await Network.LineAsync(servers, new()
        {
            ["Datt:Search:Access"] = "Free",
            ["Datt:Federation:CrawlInterval"] = "00:10:00",
        });
        for (var rounds = 0; !network.IsComplete && rounds < servers; rounds++)
            await network.RoundAsync();
        await network.CompleteAsync();
        using var customer = await network[0].NewCustomerAsync();
        run.Say($"{servers} servers know each other");
        await AnnounceAsync("warm");
        await AllFindAsync("warm");

        var last = new List<double>();
        var each = new List<double>();
        for (var i = 0; i < announces; i++)
        {
            var word = $"spreadword{i}";
            var start = Stopwatch.GetTimestamp();
            await AnnounceAsync(word);
            var seconds = await AllFindAsync(word);
            each.AddRange(seconds.Select(s => s - start).Select(t => t / (double)Stopwatch.Frequency));
            last.Add(each.TakeLast(servers).Max());
        }
        run.Say(string.Create(CultureInfo.InvariantCulture,
            $"{announces} announces, {servers} servers: found by any server after p50 {At(each, 0.5):F2} s, p99 {At(each, 0.99):F2} s; by the last one after p50 {At(last, 0.5):F2} s, p99 {At(last, 0.99):F2} s, at most {last.Max():F2} s"));

        async Task AnnounceAsync(string word) => (await customer.AnnounceAsync("n1", "c-" + word, new { title = "about " + word })).EnsureSuccessStatusCode();

        // In the process, so that looking costs the servers next to nothing.
        async Task<List<long>> AllFindAsync(string word)
        {
            var engines = network.Servers.Select(s => s.Services.GetRequiredService<SearchEngine>()).ToList();
            var found = new List<long>();
            var request = new SearchRequest { Query = word, MatchAll = true, Limit = 1 };
            var deadline = Stopwatch.GetTimestamp() + (60 * Stopwatch.Frequency);
            while (engines.Count > 0)
            {
                Assert.True(Stopwatch.GetTimestamp() < deadline, $"After a minute {engines.Count} of {servers} servers do not find {word}.");
                for (var i = engines.Count - 1; i >= 0; i--)
                {
                    if (await engines[i].SearchAsync(request, Ct) is not SearchOutcome.Found { Page.Hits.Count: > 0 })
                        continue;
                    found.Add(Stopwatch.GetTimestamp());
                    engines.RemoveAt(i);
                }
                await Task.Delay(Look, Ct);
            }
            return found;
        }
    }

    private static double At(List<double> values, double share) => values.Order().ElementAt(Math.Min(values.Count - 1, (int)(values.Count * share)));
}
