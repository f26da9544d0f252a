using Datt.Paid.Catalog;
using Datt.Paid.Federation;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Server.Tests.Campaigns;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Sync.Store;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Sync;

/// <summary>A data directory that went back in time while the others went on.</summary>
public class RestoredBackupTests
{
    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Datt:Search:Access"] = "Free",
        ["Datt:Sync:PollInterval"] = "00:00:02",
        ["Datt:Sync:EpochsApart"] = "00:00:00",
    };

    [Fact]
    public async Task A_restored_server_gets_its_own_feed_back_and_goes_on_in_a_new_epoch_without_a_contradiction()
    {
        await using var network = await Network.LineAsync(2, Settings);
        // The same address over its restarts, as a server has.
        await network.AddAsync([network[1].Address.ToString()], new(Settings) { ["urls"] = ServerProcess.FreeAddress().ToString().TrimEnd('/') });
        await network.CompleteAsync();
        var origin = network[2];
        using var customer = await origin.NewCustomerAsync();
        await AnnounceAsync(customer, "early", "gone");
        await SwarmTests.AgreeAsync(network.Servers);
        // A restored server has to know somebody.
        await origin.Services.GetRequiredService<CrawlStore>().SaveAsync(
            origin.Services.GetRequiredService<Crawler>(), TestContext.Current.CancellationToken);

        await origin.StopAsync();
        var backup = origin.Directory + ".backup";
        Copy(origin.Directory, backup);
        await origin.RestartAsync();
        await AnnounceAsync(customer, "late");
        (await customer.Http.DeleteAsync("/api/v1/content/gone?node=n1")).EnsureSuccessStatusCode();
        foreach (var server in network.Servers)
        {
            await SwarmTests.FindsAsync(server, "late", "late");
            await SwarmTests.FindsAsync(server, "gone");
        }
        await SwarmTests.AgreeAsync(network.Servers);
        var before = Head(network[0], Network.IdOf(origin));

        await origin.StopAsync();
        Directory.Delete(origin.Directory, recursive: true);
        Directory.Move(backup, origin.Directory);
        await origin.RestartAsync();
        await AnnounceAsync(customer, "after");
        foreach (var server in network.Servers)
        {
            await SwarmTests.FindsAsync(server, "early", "early");
            await SwarmTests.FindsAsync(server, "late", "late");
            await SwarmTests.FindsAsync(server, "after", "after");
            await SwarmTests.FindsAsync(server, "gone");
        }
        await SwarmTests.AgreeAsync(network.Servers);
        Assert.True(Head(network[0], Network.IdOf(origin)).Epoch > before.Epoch);
        Assert.All(network.Servers, s => Assert.All(s.Services.GetRequiredService<FeedStore>().All, f => Assert.Null(f.Conflict)));
        Assert.Equal(3, origin.Services.GetRequiredService<ContentCatalog>().Figures.OwnRecords);
    }

    private static Head Head(ServerOnDisk server, string origin) =>
        server.Services.GetRequiredService<HeadVector>().TryGet(origin, out var entry) ? entry.Head : throw new InvalidOperationException("It shows no such feed.");

    private static async Task AnnounceAsync(Customer customer, params string[] words)
    {
        foreach (var word in words)
            (await customer.AnnounceAsync("n1", word, new { title = $"about {word}" })).EnsureSuccessStatusCode();
    }

    private static void Copy(string from, string to)
    {
        foreach (var path in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(path, target);
        }
    }
}
