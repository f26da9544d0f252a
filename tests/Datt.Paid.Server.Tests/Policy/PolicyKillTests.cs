using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Datt.Paid.Server.Tests.Campaigns;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Policy;

/// <summary>A server that is killed while it applies rules to its index ends in agreement with them.</summary>
[Collection(CampaignCollection.Name)]
public sealed class PolicyKillTests(ITestOutputHelper output)
{
    private const int Contents = 240;

    /// <summary>The pass takes six seconds; index and catalog are saved several times meanwhile, so that a start has something to go on from.</summary>
    private static readonly Dictionary<string, string> Slow = new()
    {
        ["Datt:Search:Access"] = "Free",
        ["Datt:Search:Engine:CommitInterval"] = "00:00:01",
        ["Datt:Catalog:CheckpointEvery"] = "00:00:01",
        ["Datt:Policy:ContentsPerSecond"] = "40",
    };

    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_in_the_middle_of_hiding_and_of_showing_again()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "kill -9: only on Linux");
        var run = new CampaignRun(output, "policy");
        using var folder = new DataFolder(run);
        var address = ServerProcess.FreeAddress();
        using var anyone = new HttpClient { BaseAddress = address };
        using var desk = new PolicyDesk(new HttpClient { BaseAddress = address });
        JsonElement rule;
        await using (var server = await ServerProcess.Start(folder.Data, address, Slow).ReadyAsync(Ct))
        {
            desk.Http.DefaultRequestHeaders.Authorization = new("Bearer", await OperatorOf.KeyAsync(server.Output, anyone));
            var lines = Enumerable.Range(0, Contents).Select(i => $$"""{"contentId":"c{{i}}","title":"one of many","label":"{{(i % 4 == 0 ? "kept" : "blocked")}}"}""");
            using var body = Customer.Ndjson(string.Join('\n', lines));
            Assert.Equal(HttpStatusCode.OK, (await desk.Http.PostAsync("/api/v1/content/bulk?node=n", body, Ct)).StatusCode);
            await CountsAsync(anyone, total => total == Contents);
            rule = await desk.BlockAsync("label", "blocked");
            await CountsAsync(anyone, total => total < Contents - 100);
            Assert.InRange(await TotalAsync(anyone), (Contents / 4) + 1, Contents - 1);
            await server.KillAsync();
        }

        await using (var server = await ServerProcess.Start(folder.Data, address, Slow).ReadyAsync(Ct))
        {
            Assert.False((await desk.ListAsync()).GetProperty("settled").GetBoolean());
            var page = await anyone.GetFromJsonAsync<JsonElement>("/api/v1/search?q=many&limit=100", Ct);
            Assert.All(page.GetProperty("hits").EnumerateArray(), hit => Assert.Equal("kept", hit.GetProperty("label").GetString()));
            await CountsAsync(anyone, total => total < Contents / 2);
            await desk.UnblockAsync(rule);
            await server.KillAsync();
        }

        await using (var server = await ServerProcess.Start(folder.Data, address, new Dictionary<string, string>(Slow) { ["Datt:Policy:ContentsPerSecond"] = "200000" }).ReadyAsync(Ct))
        {
            await CountsAsync(anyone, total => total == Contents);
            await desk.SettledAsync();
            await desk.BlockAsync("label", "blocked");
            await desk.SettledAsync();
            await CountsAsync(anyone, total => total == Contents / 4);
            await server.KillAsync();
        }

        await using (await ServerProcess.Start(folder.Data, address, Slow).ReadyAsync(Ct))
            await CountsAsync(anyone, total => total == Contents / 4);
        folder.Passed();
    }

    private static Task CountsAsync(HttpClient anyone, Func<long, bool> isEnough) =>
        Running.Eventually.HoldsAsync(async () => isEnough(await TotalAsync(anyone)), "the search counts what it should");

    private static async Task<long> TotalAsync(HttpClient anyone) =>
        (await anyone.GetFromJsonAsync<JsonElement>("/api/v1/search?q=many&limit=1", Ct)).GetProperty("total").GetProperty("value").GetInt64();
}
