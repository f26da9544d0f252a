using Datt.Paid.Catalog;

namespace Datt.Paid.Tests.Catalog;

public class ChangeLogTests
{
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Changes_are_read_oldest_first_and_their_positions_count_on()
    {
        await using var fixture = new CatalogFixture();
        var catalog = await fixture.OpenAsync();
        Assert.Equal(2, await catalog.TakeAsync(fixture.Announce("n1", "a", "A"), fixture.Announce("n1", "b", "B")));
        Assert.Equal(3, await catalog.TakeAsync(CatalogFixture.Withdraw("n1", "a")));

        var keys = new List<ContentKey>();
        Assert.True(await catalog.Changes.WaitAsync(_cancel));
        Assert.Equal((2, 2), (catalog.Changes.Read(keys, 2, out var position), position));
        Assert.Equal((1, 3), (catalog.Changes.Read(keys, 10, out position), position));

        Assert.Equal(new[] { "a", "b", "a" }.Select(ContentKey.Of), keys);
        Assert.Equal((0, 3), (catalog.Changes.Read(keys, 10, out position), position));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_not_acknowledged_is_offered_again_after_a_restart(bool clean)
    {
        await using var fixture = new CatalogFixture(new FragileFiles());
        var catalog = await fixture.OpenAsync();
        await catalog.TakeAsync(fixture.Announce("n1", "a", "A"), fixture.Announce("n1", "b", "B"), fixture.Announce("n1", "c", "C"));
        var keys = new List<ContentKey>();
        catalog.Changes.Read(keys, 10, out _);
        catalog.Changes.Acknowledge(2);
        await catalog.CheckpointAsync();
        await catalog.TakeAsync(fixture.Announce("n1", "d", "D"));
        if (!clean)
            ((FragileFiles)fixture.Files).CutPower();
        await fixture.CloseAsync();
        fixture.Files = new FragileFiles();

        catalog = await fixture.OpenAsync();

        keys.Clear();
        catalog.Changes.Read(keys, 10, out _);
        Assert.Equal(new[] { "c", "d" }.Select(ContentKey.Of), keys);
    }

    [Fact]
    public async Task A_rebuild_is_asked_for_until_it_is_acknowledged_and_loses_no_change_made_meanwhile()
    {
        await using var fixture = new CatalogFixture();
        await (await fixture.OpenAsync()).TakeAsync(fixture.Announce("n1", "a", "A"));
        await fixture.CloseAsync();
        File.Delete(Path.Combine(fixture.Directory, "catalog", "table"));
        var catalog = await fixture.OpenAsync();
        Assert.True(catalog.Changes.RebuildNeeded);
        catalog = await fixture.ReopenAsync();
        Assert.True(catalog.Changes.RebuildNeeded);

        var position = catalog.Changes.Position;
        await catalog.TakeAsync(fixture.Announce("n1", "b", "B"));
        Assert.Contains(ContentKey.Of("a"), catalog.Keys());
        catalog.Changes.Acknowledge(position);

        Assert.False(catalog.Changes.RebuildNeeded);
        var keys = new List<ContentKey>();
        catalog.Changes.Read(keys, 10, out _);
        Assert.Equal([ContentKey.Of("b")], keys);
        Assert.False((await fixture.ReopenAsync()).Changes.RebuildNeeded);
    }

    [Fact]
    public async Task Appends_wait_for_a_reader_that_is_too_far_behind()
    {
        await using var fixture = new CatalogFixture();
        fixture.Settings.MaxPendingChanges = 3;
        var catalog = await fixture.OpenAsync();
        var keys = new List<ContentKey>();
        catalog.Changes.Read(keys, 1, out _);
        await catalog.TakeAsync(fixture.Announce("n1", "a", "A"), fixture.Announce("n1", "b", "B"));

        var waiting = catalog.AppendAsync([fixture.Announce("n1", "c", "C"), fixture.Announce("n1", "d", "D")], _cancel);
        using var impatient = new CancellationTokenSource();
        var cancelled = catalog.AppendAsync([fixture.Announce("n1", "e", "E")], impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.False(waiting.IsCompleted);
        Assert.Null(catalog.Find("c"));

        catalog.Changes.Read(keys, 10, out _);
        Assert.IsType<AppendOutcome.Appended>(await waiting);
        Assert.NotNull(catalog.Find("c"));
        Assert.Null(catalog.Find("e"));
    }

    [Fact]
    public async Task Without_a_reader_nothing_waits_and_a_rebuild_is_asked_for_in_the_end()
    {
        var changes = new ChangeLog(maxUnread: 10);
        var keys = new ContentKey[100_000];
        for (var i = 0; i < 11; i++)
        {
            await changes.ReserveAsync(keys.Length, _cancel);
            changes.Publish(keys);
            changes.Release(keys.Length);
        }

        Assert.True(changes.RebuildNeeded);
        Assert.Equal(1_100_000, changes.Position);
        Assert.Empty(changes.Save().Pending);
    }

    [Fact]
    public async Task A_reader_is_told_when_the_catalog_closes()
    {
        await using var fixture = new CatalogFixture();
        var catalog = await fixture.OpenAsync();
        var wait = catalog.Changes.WaitAsync(_cancel).AsTask();
        Assert.False(wait.IsCompleted);

        await fixture.CloseAsync();

        Assert.False(await wait);
    }
}
