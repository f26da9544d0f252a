using Datt.Paid.Search;

namespace Datt.Paid.Tests.Search;

public class SearchEngineTests
{
    [Fact]
    public async Task FindsWhatWasAnnouncedAndNotWhatWasWithdrawn()
    {
        await using var world = await SearchFixture.OpenAsync();
        await world.AnnounceAsync(("a", "Islands of the north"), ("b", "The south"));

        var page = await world.FindAsync(new SearchRequest { Query = "island" });

        Assert.Equal(("island", false, false, 1L, true, null), (page.Query, page.Partial, page.Relaxed, page.Total, page.TotalIsExact, page.Next));
        var hit = Assert.Single(page.Hits);
        Assert.Equal(("a", "<em>Islands</em> of the north"), (hit.Entry.ContentId, hit.Highlight));
        Assert.True(hit.Score > 0);
        await world.WithdrawAsync("a");
        Assert.Empty(await world.IdsAsync("island"));
        await world.AnnounceAsync(("a", "Islands renewed"));
        Assert.Equal(["a"], await world.IdsAsync("renewed"));
    }

    [Fact]
    public async Task KeepsItsIndexOverARestart()
    {
        await using var world = await SearchFixture.OpenAsync();
        await world.AnnounceAsync(("a", "red"), ("b", "blue"));
        await world.StopAsync();
        var written = Directory.GetFiles(world.IndexDirectory, "*.c?s").Order().ToArray();

        await world.StartAsync();

        Assert.NotEmpty(written);
        Assert.Equal(written, Directory.GetFiles(world.IndexDirectory, "*.c?s").Order());
        Assert.Equal(["a"], await world.IdsAsync("red"));
        await world.AnnounceAsync(("a", "green"));
        Assert.Empty(await world.IdsAsync("red"));
        Assert.Equal(["a"], await world.IdsAsync("green"));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("damaged")]
    [InlineData("garbled")]
    public async Task BuildsItsIndexAnewWhereItIs(string how)
    {
        await using var world = await SearchFixture.OpenAsync();
        await world.AnnounceAsync([.. Enumerable.Range(0, 100).Select(i => ($"c{i}", $"island number{i}"))]);
        await world.StopAsync();
        foreach (var file in Directory.GetFiles(world.IndexDirectory))
        {
            var name = Path.GetFileName(file);
            if (how == "missing")
                File.Delete(file);
            else if (how == "damaged" && name.StartsWith('_'))
                File.WriteAllBytes(file, File.ReadAllBytes(file)[..10]);
            else if (how == "garbled" && name.StartsWith("segments_", StringComparison.Ordinal))
                File.WriteAllText(file, "not an index");
        }

        await world.StartAsync();

        Assert.Equal(100, (await world.FindAsync(new SearchRequest { Query = "island" })).Total);
        Assert.Equal(["c42"], await world.IdsAsync("number42"));
        await world.WithdrawAsync("c42");
        Assert.Empty(await world.IdsAsync("number42"));
    }

    [Theory]
    [InlineData("a \"b", 2)]
    [InlineData("*a", 0)]
    [InlineData("-a", 0)]
    [InlineData("", 0)]
    [InlineData("  ", 0)]
    public async Task RefusesWhatItCannotUnderstand(string query, int position)
    {
        await using var world = await SearchFixture.OpenAsync();

        var invalid = Assert.IsType<SearchOutcome.InvalidQuery>(await world.SearchAsync(new SearchRequest { Query = query }));

        Assert.Equal(position, invalid.Position);
        Assert.NotNull(world.Engine.Check(new SearchRequest { Query = query }));
    }

    [Fact]
    public async Task ListsEverythingByDateOrWhatAFilterLeaves()
    {
        await using var world = await SearchFixture.OpenAsync();
        await world.AnnounceAsync(("a", "red"), ("b", "blue"));

        Assert.Equal(2, (await world.FindAsync(new SearchRequest { Sort = SearchSort.Recent })).Total);
        Assert.Equal(2, (await world.FindAsync(new SearchRequest { Language = "en" })).Total);
        Assert.Equal(1, (await world.FindAsync(new SearchRequest { Query = "-red", Language = "en" })).Total);
        Assert.Equal(0, (await world.FindAsync(new SearchRequest { Label = "none" })).Total);
        Assert.Equal(0, (await world.FindAsync(new SearchRequest { Query = "!!!" })).Total);
    }

    [Fact]
    public async Task AnEndedBudgetGivesWhatWasFoundByThen()
    {
        await using var world = await SearchFixture.OpenAsync();
        await world.AnnounceAsync([.. Enumerable.Range(0, 9_000).Select(i => ($"c{i}", "island"))]);
        world.Time.StepPerLook = TimeSpan.FromMilliseconds(4);

        var page = await world.FindAsync(new SearchRequest { Query = "island", Budget = TimeSpan.FromMilliseconds(10) });

        Assert.True(page.Partial && !page.TotalIsExact && page.Next is null);
        Assert.InRange(page.Total, 1, 8_999);
        Assert.Equal(10, page.Hits.Count);
    }

    [Fact]
    public async Task CancellingStopsTheWork()
    {
        await using var world = await SearchFixture.OpenAsync();
        await world.AnnounceAsync(("a", "island"));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => world.Engine.SearchAsync(new SearchRequest { Query = "island" }, new CancellationToken(true)));
    }

    [Fact]
    public async Task CompletesTheLastWordCommonestFirst()
    {
        await using var world = await SearchFixture.OpenAsync();
        await world.AnnounceAsync(("a", "Paris parks"), ("b", "parks"), ("c", "Pärks parliament"));

        Assert.Equal(["visit parks", "visit paris", "visit parliament"], world.Engine.Suggest("visit par", 5));
        Assert.Equal(["parks"], world.Engine.Suggest("PAR", 1));
        Assert.Empty(world.Engine.Suggest("par ", 5));
        Assert.Empty(world.Engine.Suggest("", 5));
    }

    [Fact]
    public async Task LiveSearchesSeeWhatIsAnnouncedAfterThem()
    {
        await using var world = await SearchFixture.OpenAsync();
        await world.AnnounceAsync(("before", "island"));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(SearchFixture.Cancel);
        await using var hits = world.Engine.Live(new SearchRequest { Query = "islands -sea" }, stop.Token).GetAsyncEnumerator(stop.Token);
        var next = hits.MoveNextAsync();

        await world.AnnounceAsync(("other", "red"), ("sea", "island in the sea"), ("it", "An island"));

        Assert.True(await next);
        Assert.Equal(("it", "An <em>island</em>"), (hits.Current.Entry.ContentId, hits.Current.Highlight));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await hits.MoveNextAsync());
        Assert.Throws<ArgumentException>(() => world.Engine.Live(new SearchRequest { Query = "\"" }, stop.Token));
    }
}
