using Datt.Paid.Catalog;

namespace Datt.Paid.Tests.Catalog;

public class ContentCatalogTests
{
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_appended_can_be_looked_up_at_once()
    {
        await using var fixture = new CatalogFixture();
        var catalog = await fixture.OpenAsync();
        await catalog.TakeAsync(fixture.Announce("n1", "sha256:" + new string('a', 64), "Paris", "A city on the Seine", 7));

        var entry = catalog.Find("sha256:" + new string('a', 64))!;

        Assert.Equal("sha256:" + new string('a', 64), entry.ContentId);
        Assert.Equal(("Paris", "A city on the Seine", 7L), (entry.Description.Title, entry.Description.Summary, entry.Description.Size));
        Assert.Equal([new Holder(new(fixture.Key.Id, "n1"), fixture.Time.GetUtcNow())], entry.Holders);
        Assert.Equal((1, 1, 1, 1), (catalog.Figures.Records, catalog.Figures.Contents, catalog.Figures.Origins, catalog.Figures.Nodes));
    }

    [Fact]
    public async Task A_restart_keeps_everything_and_goes_on_counting()
    {
        await using var fixture = new CatalogFixture();
        var catalog = await fixture.OpenAsync();
        await catalog.TakeAsync(fixture.Announce("n1", "a", "A"), fixture.Announce("n1", "b", "B"), fixture.Announce("n2", "a", "A"));
        await catalog.TakeAsync(CatalogFixture.Withdraw("n1", "b"));
        var before = catalog.Figures;

        catalog = await fixture.ReopenAsync();

        Assert.Equal(before with { SealedSeq = 4, Head = catalog.Figures.Head, DescriptionBytes = catalog.Figures.DescriptionBytes }, catalog.Figures);
        Assert.Equal(["n2", "n1"], catalog.Find("a")!.Holders.Select(h => h.Node.NodeId));
        Assert.Null(catalog.Find("b"));
        await catalog.TakeAsync(fixture.Announce("n1", "c", "C"));
        Assert.Equal(5, catalog.Figures.LastSeq);
    }

    [Fact]
    public async Task What_would_change_nothing_is_not_written()
    {
        await using var fixture = new CatalogFixture();
        var catalog = await fixture.OpenAsync();
        await catalog.TakeAsync(fixture.Announce("n1", "a", "A"));

        await catalog.TakeAsync(CatalogFixture.Withdraw("n1", "missing"), CatalogFixture.Withdraw("n2", "a"), fixture.Announce("n1", "a", "A"));

        Assert.Equal(1, catalog.Figures.LastSeq);
    }

    [Fact]
    public async Task Of_one_content_twice_in_a_batch_the_later_wins()
    {
        await using var fixture = new CatalogFixture();
        var catalog = await fixture.OpenAsync();
        await catalog.TakeAsync(fixture.Announce("n1", "a", "first"));

        await catalog.TakeAsync(fixture.Announce("n1", "a", "second"), CatalogFixture.Withdraw("n1", "a"), fixture.Announce("n1", "a", "first"));

        Assert.Equal("first", catalog.TitleOf("a"));
        Assert.Equal(1, catalog.Figures.Records);
    }

    [Fact]
    public async Task Forgetting_a_node_leaves_the_contents_of_others()
    {
        await using var fixture = new CatalogFixture();
        var catalog = await fixture.OpenAsync();
        await catalog.TakeAsync([.. Enumerable.Range(0, 2_500).Select(i => fixture.Announce("gone", $"c{i}", "title"))]);
        await catalog.TakeAsync(fixture.Announce("stays", "c7", "title"));

        Assert.Equal(2_500, await catalog.ForgetNodeAsync("gone", _cancel));

        Assert.Equal((0, 1), (catalog.RecordsOf(new NodeKey(fixture.Key.Id, "gone")), catalog.RecordsOf(new NodeKey(fixture.Key.Id, "stays"))));
        Assert.Equal([ContentKey.Of("c7")], catalog.Keys());
        Assert.Equal(0, await catalog.ForgetNodeAsync("never seen", _cancel));
    }

    [Fact]
    public async Task A_second_process_cannot_open_the_same_directory()
    {
        await using var fixture = new CatalogFixture();
        await fixture.OpenAsync();

        await Assert.ThrowsAsync<IOException>(fixture.OpenAsync);
    }
}
