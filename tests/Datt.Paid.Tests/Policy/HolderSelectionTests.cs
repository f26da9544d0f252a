using Datt.Paid.Catalog;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Tests.Catalog;
using FsCheck;
using FsCheck.Fluent;

namespace Datt.Paid.Tests.Policy;

/// <summary>A catalog looked at through some of its holders is the catalog that only those made.</summary>
public class HolderSelectionTests
{
    private readonly record struct Step(int Node, int Content, int Title, bool IsWithdrawal);

    private static readonly Gen<Step> Steps =
        from node in Gen.Choose(0, 5)
        from content in Gen.Choose(0, 2)
        from title in Gen.Choose(0, 2)
        from withdrawal in Gen.Frequency((4, Gen.Constant(false)), (1, Gen.Constant(true)))
        select new Step(node, content, title, withdrawal);

    [Fact]
    public void What_is_shown_is_what_there_would_be_without_the_hidden_holders()
    {
        var stories = (from steps in Steps.ArrayOf(40) from hidden in Gen.Choose(0, 63) select (steps, hidden)).ToArbitrary();
        Prop.ForAll(stories, story => CompareAsync(story.steps, story.hidden).GetAwaiter().GetResult()).Check(Config.QuickThrowOnFailure.WithMaxTest(40));
    }

    private static async Task CompareAsync(Step[] steps, int hidden)
    {
        await using var all = new CatalogFixture();
        await using var visible = new CatalogFixture();
        var (whole, part) = (await all.OpenAsync(), await visible.OpenAsync());
        foreach (var step in steps)
        {
            // At times equal, so that age does not always decide.
            var pause = TimeSpan.FromMilliseconds(step.Title == 0 ? 1 : 0);
            all.Time.Advance(pause);
            visible.Time.Advance(pause);
            await whole.TakeAsync(Statement(all, step));
            if (!IsHidden(step.Node))
                await part.TakeAsync(Statement(visible, step));
        }

        for (var content = 0; content < 3; content++)
        {
            var key = ContentKey.Of($"c{content}");
            var isShown = whole.TryGet(key, node => !IsHidden(node.NodeId[^1] - '0'), out var shown);
            Assert.Equal(part.TryGet(key, out var expected), isShown);
            if (expected is null)
                continue;
            Assert.Equal((expected.Description.Title, expected.HolderCount), (shown!.Description.Title, shown.HolderCount));
            Assert.Equal(expected.Holders.Select(h => (h.Node.NodeId, h.AnnouncedAt)), shown.Holders.Select(h => (h.Node.NodeId, h.AnnouncedAt)));
        }

        bool IsHidden(int node) => (hidden & (1 << node)) != 0;

        static Announcement Statement(CatalogFixture fixture, Step step) => step.IsWithdrawal
            ? CatalogFixture.Withdraw($"n{step.Node}", $"c{step.Content}")
            : fixture.Announce($"n{step.Node}", $"c{step.Content}", $"title {step.Title}");
    }

    [Fact]
    public async Task In_a_crowd_those_count_who_are_not_shown_too()
    {
        await using var fixture = new CatalogFixture();
        var catalog = await fixture.OpenAsync();
        await catalog.TakeAsync([.. Enumerable.Range(0, 900).Select(i => fixture.Announce($"honest{i}", "c", "honest"))]);
        await catalog.TakeAsync([.. Enumerable.Range(0, 2_000).Select(i => fixture.Announce($"spam{i}", "c", "spam"))]);
        await catalog.TakeAsync([.. Enumerable.Range(0, 850).Select(i => fixture.Announce($"wrong{i}", "c", "wrong"))]);

        Assert.Equal("spam", catalog.TitleOf("c"));
        Assert.True(catalog.TryGet(ContentKey.Of("c"), node => !node.NodeId.StartsWith("spam", StringComparison.Ordinal), out var entry));
        Assert.Equal(("honest", 1_750, CatalogEntry.MaxHolders), (entry.Description.Title, entry.HolderCount, entry.Holders.Count));
        Assert.False(catalog.TryGet(ContentKey.Of("c"), _ => false, out _));
    }
}
