using Datt.Paid.Catalog;
using Datt.Paid.Catalog.Feed;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Tests.Catalog;

/// <summary>What happens while more comes in than can be put away.</summary>
public sealed class BacklogTests
{
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Appends_wait_while_too_much_is_in_no_run_and_go_on_once_it_is()
    {
        await using var fixture = new CatalogFixture();
        var catalog = await fixture.OpenAsync();
        var waiting = await FillAsync(fixture, catalog, _cancel);
        Assert.False(waiting.IsCompleted);
        await catalog.SealAsync();
        Assert.IsType<AppendOutcome.Appended>(await waiting.WaitAsync(TimeSpan.FromMinutes(1), _cancel));
    }

    [Fact]
    public async Task Appends_that_wait_are_refused_when_it_is_known_that_nothing_will_be_put_away()
    {
        await using var fixture = new CatalogFixture();
        var catalog = await fixture.OpenAsync();
        var waiting = await FillAsync(fixture, catalog, _cancel);
        catalog.HoldFeed("others are ahead");
        Assert.Equal(new AppendOutcome.Unavailable("others are ahead"), await waiting.WaitAsync(TimeSpan.FromMinutes(1), _cancel));
    }

    [Fact]
    public async Task Appends_that_wait_can_be_given_up()
    {
        await using var fixture = new CatalogFixture();
        var catalog = await fixture.OpenAsync();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_cancel);
        var waiting = await FillAsync(fixture, catalog, patience.Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task What_comes_while_the_table_is_saved_is_saved_after_it()
    {
        await using var fixture = new CatalogFixture();
        fixture.Settings.CheckpointAfterRecords = 2;
        var files = new GatedFiles(CatalogOpening.SnapshotPath(fixture.Settings));
        fixture.Files = files;
        var catalog = await fixture.OpenAsync();
        await catalog.TakeAsync(fixture.Announce("n1", "c1", "one"), fixture.Announce("n1", "c2", "two"));
        await files.Reached.Task.WaitAsync(TimeSpan.FromMinutes(1), _cancel);
        await catalog.TakeAsync(fixture.Announce("n1", "c3", "three"), fixture.Announce("n1", "c4", "four"));
        files.Gate.SetResult();
        await Until.TrueAsync(() => files.Saves == 2);
        // Two records were the reason, once: nothing asks for a third.
        await catalog.TakeAsync(fixture.Announce("n1", "c5", "five"));
        await catalog.SealAsync();
        Assert.Equal(2, files.Saves);
    }

    /// <summary>Appends until one does not come back, because the clock that seals stands still.</summary>
    private async Task<Task<AppendOutcome>> FillAsync(CatalogFixture fixture, ContentCatalog catalog, CancellationToken cancel)
    {
        for (var i = 0; i < 40; i++)
        {
            Announcement[] batch = [.. Enumerable.Range(0, 100).Select(j => fixture.Announce("n1", $"c{i}-{j}", "title", new string((char)('a' + (j % 26)), 29_000)))];
            var appending = catalog.AppendAsync(batch, cancel);
            if (await Task.WhenAny(appending, Task.Delay(TimeSpan.FromSeconds(2), _cancel)) != appending)
                return appending;
        }
        throw new InvalidOperationException("Nothing ever waits.");
    }

    /// <summary>Files of which one is moved to its place only when the gate opens.</summary>
    private sealed class GatedFiles(string gated) : FeedFiles
    {
        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Saves { get; private set; }

        public override FeedFile Create(string path) => Disk.Create(path);

        public override FeedFile Open(string path) => Disk.Open(path);

        public override void Delete(string path) => Disk.Delete(path);

        public override void SyncDirectory(string path) => Disk.SyncDirectory(path);

        public override void Move(string from, string to)
        {
            if (to == gated)
            {
                Reached.TrySetResult();
                Gate.Task.Wait(TimeSpan.FromMinutes(1));
                Saves++;
            }
            Disk.Move(from, to);
        }
    }
}
