using Datt.Paid.Catalog;
using Datt.Paid.Search;
using Datt.Paid.Search.Queries;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Search;

public class MatchingTests
{
    [Property(MaxTest = 60)]
    public void FindsWhatALinearScanFinds(int seed)
    {
        var random = new Random(seed);
        var contents = new RandomContents(random);
        using var index = new TestIndex(writerThreads: random.Next(1, 3));
        for (var i = random.Next(1, 60); i >= 0; i--)
        {
            // Some are announced again, described otherwise, or withdrawn; every now and then a segment ends.
            index.Add(contents.Content(random.Next(40)));
            if (random.Next(8) == 0)
                index.Remove($"c{random.Next(40)}");
            if (random.Next(8) == 0)
                index.Refresh();
        }

        for (var i = 0; i < 40; i++)
        {
            var request = contents.Request();
            var query = ((ParsedQuery.Query)QueryParser.Parse(request.Query)).Root;
            var scan = new LinearScan(request, query);
            var all = index.Entries.Values.Where(scan.MatchesAll).Select(e => e.ContentId).Order().ToArray();
            var any = index.Entries.Values.Where(scan.MatchesAny).Select(e => e.ContentId).Order().ToArray();
            var because = $"seed {seed}, query {i}: {request}";

            var strict = index.Search(request with { MatchAll = true });
            Equal(all, index.Ids(request with { MatchAll = true }), because);
            Assert.True(all.Length == strict.Total && !strict.IsRelaxed, because);

            var relaxed = index.Search(request);
            Equal(any, index.Ids(request), because + " relaxed");
            Assert.True(any.Length == relaxed.Total && relaxed.IsRelaxed == any.Length > all.Length, because);
            Equal(all, index.Ids(request)[..all.Length], because + " full matches first");
        }
    }

    [Fact]
    public void RelaxesOnlyWhereFullMatchesAreFewerThanTheLimit()
    {
        using var index = new TestIndex();
        index.Add("both1", "red island").Add("both2", "red island far away from here").Add("one1", "red").Add("one2", "island").Add("none", "sea");

        Assert.Equal((2, false), Summary(index, "red island", 2));
        Assert.Equal((4, true), Summary(index, "red island", 3));
        Assert.Equal(["both1", "both2"], index.Ids(new SearchRequest { Query = "red island" })[..2]);
        Assert.Equal((2, false), Summary(index, "red island", 3, matchAll: true));
        Assert.Equal((0, false), Summary(index, "\"island red\"", 3));
        Assert.Equal((1, true), Summary(index, "red moon -island", 3));
    }

    [Fact]
    public void OrdersRecentByDateThenKey()
    {
        using var index = new TestIndex();
        foreach (var (id, date) in new[] { ("a", 5L), ("b", 7L), ("c", 5L), ("d", 1L) })
            index.Add(TestIndex.Entry(id, new() { Title = "sea", Language = "en" }, announcedAt: date));

        string[] tied = ContentKey.Of("a").Value < ContentKey.Of("c").Value ? ["a", "c"] : ["c", "a"];
        Assert.Equal(["b", .. tied, "d"], index.Ids(new SearchRequest { Query = "sea", Sort = SearchSort.Recent }));
        Assert.Equal(["b", .. tied, "d"], index.Ids(new SearchRequest { Query = "", Sort = SearchSort.Recent }));
        Assert.Equal(["b", .. tied, "d"], index.Ids("sea"));
    }

    [Fact]
    public void PhrasesDoNotReachOverFieldsOrTags()
    {
        using var index = new TestIndex();
        index.Add("a", new() { Title = "red", Summary = "island", Tags = ["blue", "sea"], Language = "en" });

        Assert.Empty(index.Ids("\"red island\""));
        Assert.Empty(index.Ids("\"blue sea\""));
        Assert.Equal(["a"], index.Ids("red island blue sea"));
        Assert.Empty(index.Ids("title:island"));
    }

    [Fact]
    public void AnnouncingAgainReplacesAndWithdrawingRemoves()
    {
        using var index = new TestIndex(writerThreads: 2);
        index.Add("a", "red").Add("a", "blue");

        Assert.Empty(index.Ids("red"));
        Assert.Equal(["a"], index.Ids("blue"));
        index.Remove("a");
        Assert.Empty(index.Ids("blue"));
    }

    private static (long Total, bool IsRelaxed) Summary(TestIndex index, string query, int limit, bool matchAll = false)
    {
        var found = index.Search(new SearchRequest { Query = query, Limit = limit, MatchAll = matchAll });
        return (found.Total, found.IsRelaxed);
    }

    private static void Equal(string[] expected, IEnumerable<string> actual, string because)
    {
        var found = actual.Order().ToArray();
        Assert.True(expected.Order().SequenceEqual(found), $"{because}\nexpected {string.Join(' ', expected)}\nfound    {string.Join(' ', found)}");
    }
}
