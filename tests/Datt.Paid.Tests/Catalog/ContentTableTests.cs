using Datt.Paid.Catalog;

namespace Datt.Paid.Tests.Catalog;

public class ContentTableTests
{
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_content_with_very_many_holders_lists_the_last_thousand_and_counts_all()
    {
        await using var fixture = new CatalogFixture();
        var catalog = await fixture.OpenAsync();
        for (var i = 0; i < 20_000; i += 5_000)
            await catalog.TakeAsync([.. Enumerable.Range(i, 5_000).Select(n => fixture.Announce($"n{n}", "popular", n % 3 == 0 ? "minority" : "majority"))]);

        var entry = catalog.Find("popular")!;
        Assert.Equal((20_000, CatalogEntry.MaxHolders, "majority"), (entry.HolderCount, entry.Holders.Count, entry.Description.Title));
        Assert.Equal("n19999", entry.Holders[0].Node.NodeId);

        entry = (await fixture.ReopenAsync()).Find("popular")!;
        Assert.Equal((20_000, "majority", "n19999"), (entry.HolderCount, entry.Description.Title, entry.Holders[0].Node.NodeId));
    }

    [Fact]
    public async Task Readers_always_see_a_description_that_belongs_to_its_content()
    {
        await using var fixture = new CatalogFixture();
        var catalog = await fixture.OpenAsync();
        using var stop = new CancellationTokenSource();
        var looked = 0;
        var readers = Enumerable.Range(0, 3).Select(r => Task.Run(
            () =>
            {
                var random = new Random(r);
                while (!stop.IsCancellationRequested)
                {
                    var content = $"c{random.Next(200)}";
                    if (catalog.Find(content) is not { } entry)
                        continue;
                    Assert.Equal(content, entry.ContentId);
                    Assert.StartsWith(content + " ", entry.Description.Title, StringComparison.Ordinal);
                    Assert.Equal(entry.HolderCount, entry.Holders.Select(h => h.Node).Distinct().Count());
                    Interlocked.Increment(ref looked);
                }
            },
            _cancel)).ToArray();

        var random = new Random(7);
        for (var round = 0; round < 150 || Volatile.Read(ref looked) < 5_000; round++)
        {
            await catalog.TakeAsync([.. Enumerable.Range(0, 100).Select(_ =>
            {
                var content = $"c{random.Next(200)}";
                return random.Next(3) == 0
                    ? CatalogFixture.Withdraw($"n{random.Next(4)}", content)
                    : fixture.Announce($"n{random.Next(4)}", content, $"{content} {random.Next(3)}", new string('x', 2_000));
            })]);
            if (round % 30 == 29)
                await catalog.CheckpointAsync();
        }

        await stop.CancelAsync();
        await Task.WhenAll(readers);
    }

    [Fact]
    public async Task Descriptions_that_nothing_shows_any_more_give_their_room_back()
    {
        await using var fixture = new CatalogFixture();
        var catalog = await fixture.OpenAsync();
        var random = new Random(3);
        var summary = string.Join(' ', Enumerable.Range(0, 2_000).Select(_ => random.Next().ToString("x8", System.Globalization.CultureInfo.InvariantCulture)));
        for (var version = 0; version < 20; version++)
            await catalog.TakeAsync([.. Enumerable.Range(0, 100).Select(i => fixture.Announce("n1", $"c{i}", $"title {version}", summary))]);
        await catalog.TakeAsync([.. Enumerable.Range(0, 50).Select(i => fixture.Announce("n2", $"c{i}", "another"))]);
        await catalog.TakeAsync([.. Enumerable.Range(0, 50).Select(i => fixture.Announce("n3", $"c{i}", "another"))]);
        var written = 20L * 100 * summary.Length;

        await catalog.CheckpointAsync();

        Assert.InRange(catalog.Figures.DescriptionBytes, 1, written / 4);
        var files = Directory.GetFiles(Path.Combine(fixture.Directory, "catalog", "descriptions"), "*.descriptions");
        for (var opening = 0; opening < 2; opening++, catalog = await fixture.ReopenAsync())
        {
            Assert.All(Enumerable.Range(0, 100), i => Assert.Equal(i < 50 ? "another" : "title 19", catalog.TitleOf($"c{i}")));
            Assert.Equal(summary, catalog.Find("c99")!.Description.Summary);
        }

        Assert.InRange(files.Sum(f => new FileInfo(f).Length), 0, written / 4);
    }
}
