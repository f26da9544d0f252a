using Datt.Paid.Search;

namespace Datt.Paid.Tests.Search;

public class CursorTests
{
    private static readonly SearchRequest Islands = new() { Query = "island" };

    [Fact]
    public async Task PagesHaveEveryHitOnceWhileOthersWrite()
    {
        await using var world = await SearchFixture.OpenAsync();
        var expected = Enumerable.Range(0, 300).Select(i => $"c{i}").ToArray();
        await world.AnnounceAsync([.. expected.Select((id, i) => (id, $"island {string.Join(' ', Enumerable.Repeat("x", i % 7))}"))]);
        foreach (var sort in Enum.GetValues<SearchSort>())
        {
            var request = Islands with { Sort = sort, Limit = 7 };
            var page = await world.FindAsync(request);
            var total = page.Total;
            var found = page.Hits.Select(h => h.Entry.ContentId).ToList();
            for (var round = 0; page.Next is not null; round++)
            {
                // New ones, and old ones that would change their place.
                await world.AnnounceAsync(($"new{sort}{round}", "island"), ($"c{round}", "island island island"), ($"c{299 - round}", "island far away and low down"));
                page = await world.FindAsync(request with { Cursor = page.Next });
                Assert.Equal(total, page.Total);
                found.AddRange(page.Hits.Select(h => h.Entry.ContentId));
            }

            Assert.Equal(found.Count, found.Distinct().Count());
            Assert.Equal(total, found.Count);
            Assert.Empty(expected.Except(found));
        }
    }

    [Fact]
    public async Task KeepsTheModeOfTheFirstPage()
    {
        await using var world = await SearchFixture.OpenAsync();
        await world.AnnounceAsync(("both", "red island"), ("one", "red"), ("two", "island"), ("three", "red sea"));
        var request = new SearchRequest { Query = "red island", Limit = 2 };

        var first = await world.FindAsync(request);
        var second = await world.FindAsync(request with { Cursor = first.Next });

        Assert.True(first.Relaxed && second.Relaxed);
        Assert.Equal((4L, 4L), (first.Total, second.Total));
        Assert.Equal("both", first.Hits[0].Entry.ContentId);
        Assert.Equal(["both", "one", "three", "two"], first.Hits.Concat(second.Hits).Select(h => h.Entry.ContentId).Order());
        Assert.Null(second.Next);
    }

    [Fact]
    public async Task AWithdrawnHitLeavesItsPlaceEmpty()
    {
        await using var world = await SearchFixture.OpenAsync();
        await world.AnnounceAsync(("a", "island"), ("b", "island"), ("c", "island"));
        var first = await world.FindAsync(Islands with { Limit = 1 });
        var second = await world.FindAsync(Islands with { Limit = 1, Cursor = first.Next });
        await world.WithdrawAsync(second.Hits[0].Entry.ContentId);

        var again = await world.FindAsync(Islands with { Limit = 1, Cursor = first.Next });
        var third = await world.FindAsync(Islands with { Limit = 1, Cursor = again.Next });

        Assert.Empty(again.Hits);
        Assert.Single(third.Hits);
        Assert.DoesNotContain(third.Hits[0].Entry.ContentId, new[] { first, second }.Select(p => p.Hits[0].Entry.ContentId));
    }

    [Fact]
    public async Task LivesFiveMinutesAndThenIsExpired()
    {
        await using var world = await SearchFixture.OpenAsync();
        await world.AnnounceAsync(("a", "island"), ("b", "island"));
        var first = await world.FindAsync(Islands with { Limit = 1 });
        await world.AnnounceAsync(("c", "island"));

        world.Time.Shift(TimeSpan.FromSeconds(270));
        Assert.Single((await world.FindAsync(Islands with { Limit = 1, Cursor = first.Next })).Hits);
        world.Time.Shift(TimeSpan.FromSeconds(60));
        Assert.IsType<SearchOutcome.CursorExpired>(await world.SearchAsync(Islands with { Limit = 1, Cursor = first.Next }));
    }

    [Fact]
    public async Task IsExpiredAfterARestart()
    {
        await using var world = await SearchFixture.OpenAsync();
        await world.AnnounceAsync(("a", "island"), ("b", "island"));
        var first = await world.FindAsync(Islands with { Limit = 1 });
        await world.StopAsync();
        await world.StartAsync();

        Assert.IsType<SearchOutcome.CursorExpired>(await world.SearchAsync(Islands with { Limit = 1, Cursor = first.Next }));
        Assert.IsType<SearchOutcome.InvalidCursor>(await world.SearchAsync(Islands with { Limit = 1, Cursor = first.Next, Query = "sea" }));
    }

    [Fact]
    public async Task IsInvalidWhenAnythingInItWasChanged()
    {
        await using var world = await SearchFixture.OpenAsync();
        await world.AnnounceAsync(("a", "island"), ("b", "island"));
        var cursor = (await world.FindAsync(Islands with { Limit = 1 })).Next!;

        for (var i = 0; i < cursor.Length; i++)
        {
            var changed = cursor[..i] + (cursor[i] == 'A' ? 'B' : 'A') + cursor[(i + 1)..];
            Assert.IsType<SearchOutcome.InvalidCursor>(await world.SearchAsync(Islands with { Limit = 1, Cursor = changed }));
        }

        foreach (var garbage in new[] { "", " ", cursor[1..], cursor + "A", cursor + "=", "öäü", new string('A', cursor.Length), new string('A', 10_000) })
            Assert.IsType<SearchOutcome.InvalidCursor>(await world.SearchAsync(Islands with { Limit = 1, Cursor = garbage }));
    }

    [Fact]
    public async Task BelongsToItsQuery()
    {
        await using var world = await SearchFixture.OpenAsync();
        await world.AnnounceAsync(("a", "island"), ("b", "island"));
        var cursor = (await world.FindAsync(Islands with { Limit = 1 })).Next;

        Assert.IsType<SearchOutcome.Found>(await world.SearchAsync(Islands with { Limit = 50, Cursor = cursor }));
        foreach (var other in new[]
        {
            Islands with { Query = "islands" }, Islands with { Sort = SearchSort.Recent }, Islands with { MatchAll = true }, Islands with { Label = "x" },
            Islands with { Tag = "x" }, Islands with { Author = "x" }, Islands with { Type = "x" }, Islands with { Language = "en" },
            Islands with { Since = DateTimeOffset.UnixEpoch }, Islands with { Until = DateTimeOffset.MaxValue },
        })
            Assert.IsType<SearchOutcome.InvalidCursor>(await world.SearchAsync(other with { Cursor = cursor }));
    }
}
