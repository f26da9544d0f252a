using Datt.Paid.Catalog;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Tests.Catalog;

/// <summary>The power goes at file operations all through a story; what was acknowledged must be there afterwards.</summary>
public class CrashTests
{
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_acknowledged_record_is_lost_wherever_the_power_goes()
    {
        // Every operation would take a minute; each run takes others, and says which.
        var seed = Environment.TickCount;
        var choose = new Random(seed);
        for (long step = 0; ; step += choose.Next(1, 16))
        {
            await using var fixture = new CatalogFixture();
            var files = new FragileFiles { OperationsLeft = step };
            fixture.Files = files;
            var taken = new Dictionary<(string Node, string Content), string>();
            var maybe = new Dictionary<(string Node, string Content), string?>();
            await PlayAsync(fixture, taken, maybe);
            var finished = !files.IsOff;
            files.CutPower();
            await fixture.CloseAsync();
            files.Restore(fixture.Directory, new Random(seed));

            fixture.Files = new FragileFiles();
            var catalog = await fixture.OpenAsync();
            AssertHolds(catalog, taken, maybe, $"seed {seed}, operation {step}");
            await catalog.TakeAsync(fixture.Announce("after", "after", "After"));
            await fixture.CloseAsync();
            Assert.Empty(await CatalogMaintenance.VerifyAsync(fixture.Settings, fixture.Key, _cancel));
            Assert.Equal("After", (await fixture.OpenAsync()).TitleOf("after"));
            if (finished)
                return;
        }
    }

    /// <summary>Announces, changes, withdraws, seals often enough for a merge, and saves the table, until something fails.</summary>
    private static async Task PlayAsync(
        CatalogFixture fixture, Dictionary<(string, string), string> taken, Dictionary<(string, string), string?> maybe)
    {
        try
        {
            var catalog = await fixture.OpenAsync();
            for (var round = 0; round < 10; round++)
            {
                await DoAsync(fixture.Announce("n1", $"c{round}", $"title {round}"));
                await DoAsync(fixture.Announce("n2", "shared", $"shared {round}"));
                if (round % 3 == 2)
                    await DoAsync(CatalogFixture.Withdraw("n1", $"c{round - 1}"));
                await catalog.SealAsync();
                if (round % 4 == 1)
                    await catalog.CheckpointAsync();
            }

            async Task DoAsync(Announcement statement)
            {
                var key = (statement.NodeId, statement.ContentId);
                maybe[key] = statement.Description?.Title;
                if (await catalog.AppendAsync([statement], TestContext.Current.CancellationToken) is not AppendOutcome.Appended)
                    throw new IOException("Refused.");
                maybe.Remove(key);
                if (statement.Description is { Title: var title })
                    taken[key] = title;
                else
                    taken.Remove(key);
            }
        }
        catch (IOException)
        {
        }
    }

    private static void AssertHolds(
        ContentCatalog catalog, Dictionary<(string Node, string Content), string> taken, Dictionary<(string Node, string Content), string?> maybe, string where)
    {
        foreach (var ((node, content), title) in taken)
        {
            var found = catalog.TitleOf(content);
            Assert.True(
                found == title || (maybe.TryGetValue((node, content), out var other) && found == other), $"After {where}: {content} is '{found}', not '{title}'.");
        }

        foreach (var key in catalog.Keys())
            Assert.True(catalog.TryGet(key, out var entry) && (taken.Keys.Any(t => t.Content == entry.ContentId) || maybe.Keys.Any(t => t.Content == entry.ContentId)));
    }
}
