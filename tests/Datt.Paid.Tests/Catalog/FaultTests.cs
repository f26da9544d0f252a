using Datt.Paid.Catalog;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Tests.Catalog;

public class FaultTests
{
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_a_failed_sync_nothing_unsynced_is_ever_acknowledged()
    {
        var files = new FragileFiles();
        await using var fixture = new CatalogFixture(files);
        var catalog = await fixture.OpenAsync();
        await catalog.TakeAsync(fixture.Announce("n1", "before", "Before"));

        files.SyncsToFail = 1;
        Assert.IsType<AppendOutcome.Unavailable>(await catalog.AppendAsync([fixture.Announce("n1", "refused", "Refused")], _cancel));
        Assert.IsType<AppendOutcome.Unavailable>(await catalog.AppendAsync([fixture.Announce("n1", "refused-too", "Refused")], _cancel));
        Assert.NotNull(catalog.Trouble);
        Assert.Null(catalog.Find("refused"));
        Assert.Equal("Before", catalog.TitleOf("before"));

        await AcceptsAgainAsync(fixture, fixture.Announce("n1", "after", "After"));
        Assert.Null(catalog.Trouble);
        files.CutPower();
        await fixture.CloseAsync();
        files.Restore(fixture.Directory, new Random(1));
        fixture.Files = new FragileFiles();
        catalog = await fixture.OpenAsync();
        Assert.Equal(["After", "Before", null], new[] { "after", "before", "refused" }.Select(catalog.TitleOf));
    }

    [Fact]
    public async Task A_full_disk_refuses_appends_and_answers_lookups_until_there_is_room()
    {
        var files = new FragileFiles();
        await using var fixture = new CatalogFixture(files);
        var catalog = await fixture.OpenAsync();
        await catalog.TakeAsync(fixture.Announce("n1", "before", "Before"));

        files.Room = 30;
        var refused = Assert.IsType<AppendOutcome.Unavailable>(await catalog.AppendAsync([fixture.Announce("n1", "refused", "Refused")], _cancel));
        Assert.StartsWith("disk full: ", refused.Reason);
        Assert.Equal("Before", catalog.TitleOf("before"));
        await Assert.ThrowsAsync<IOException>(catalog.SealAsync);

        files.Room = long.MaxValue;
        await AcceptsAgainAsync(fixture, fixture.Announce("n1", "after", "After"));
        await catalog.SealAsync();
        Assert.Equal(2, catalog.Manifest!.Manifest.Live);
        catalog = await fixture.ReopenAsync();
        Assert.Equal(["After", "Before", null], new[] { "after", "before", "refused" }.Select(catalog.TitleOf));
        await fixture.CloseAsync();
        Assert.Empty(await CatalogMaintenance.VerifyAsync(fixture.Settings, fixture.Key, _cancel));
    }

    [Fact]
    public async Task A_full_disk_at_the_start_is_an_error_and_no_damage()
    {
        await using var fixture = new CatalogFixture(new FragileFiles());
        await (await fixture.OpenAsync()).TakeAsync(fixture.Announce("n1", "a", "A"));
        await fixture.CloseAsync();

        fixture.Files = new FragileFiles { Room = 0 };
        var catalog = await fixture.OpenAsync();

        Assert.Equal("A", catalog.TitleOf("a"));
    }

    [Theory]
    [InlineData("table", 0.5)]
    [InlineData("table", 0.99)]
    [InlineData("table", 0.0)]
    public async Task A_damaged_snapshot_is_rebuilt_from_the_feed(string name, double at)
    {
        await using var fixture = await FilledAsync();
        var path = Path.Combine(fixture.Directory, "catalog", name);
        var bytes = File.ReadAllBytes(path);
        bytes[(int)(bytes.Length * at)] ^= 1;
        File.WriteAllBytes(path, bytes);

        var catalog = await fixture.OpenAsync();

        AssertIsFilled(catalog);
        Assert.True(catalog.Changes.RebuildNeeded);
    }

    [Fact]
    public async Task Without_derived_files_everything_is_rebuilt_from_the_feed()
    {
        await using var fixture = await FilledAsync();
        Directory.Delete(Path.Combine(fixture.Directory, "catalog"), recursive: true);

        AssertIsFilled(await fixture.OpenAsync());
    }

    [Fact]
    public async Task Reindexing_keeps_the_catalog_and_asks_for_a_new_index()
    {
        await using var fixture = await FilledAsync();
        await CatalogMaintenance.ReindexAsync(
            fixture.Settings, fixture.Key, fixture.Time, Microsoft.Extensions.Logging.Abstractions.NullLogger<ContentCatalog>.Instance, _cancel);

        var catalog = await fixture.OpenAsync();

        AssertIsFilled(catalog);
        Assert.True(catalog.Changes.RebuildNeeded);
    }

    [Theory]
    [InlineData("runs", "*.run")]
    [InlineData("manifests", "*.manifest")]
    [InlineData("retired", "*.retired")]
    public async Task Verification_names_a_damaged_file(string folder, string pattern)
    {
        await using var fixture = await FilledAsync();
        var path = Directory.GetFiles(Path.Combine(fixture.Directory, "feed", folder), pattern).Order(StringComparer.Ordinal).Last();
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);

        var problems = await CatalogMaintenance.VerifyAsync(fixture.Settings, fixture.Key, _cancel);

        Assert.Contains(problems, problem => problem.Contains(path, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_feed_of_another_server_is_refused()
    {
        await using var fixture = await FilledAsync();
        await using var other = new CatalogFixture();
        foreach (var path in Directory.GetFiles(fixture.Directory, "*", SearchOption.AllDirectories))
        {
            var copy = path.Replace(fixture.Directory, other.Directory, StringComparison.Ordinal);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
        }

        var error = await Assert.ThrowsAsync<CatalogDamagedException>(other.OpenAsync);
        Assert.Contains(fixture.Key.Id, error.Message, StringComparison.Ordinal);
    }

    private static async Task AcceptsAgainAsync(CatalogFixture fixture, Announcement statement)
    {
        for (var attempt = 0; attempt < 1_000; attempt++)
        {
            fixture.Time.Advance(TimeSpan.FromSeconds(1));
            if (await fixture.Opened!.AppendAsync([statement], TestContext.Current.CancellationToken) is AppendOutcome.Appended)
                return;
            await Task.Yield();
        }

        Assert.Fail($"Appends are still refused: {fixture.Opened!.Trouble}");
    }

    /// <summary>A closed catalog with eleven runs' worth of records, one of them withdrawn.</summary>
    private static async Task<CatalogFixture> FilledAsync()
    {
        var fixture = new CatalogFixture();
        var catalog = await fixture.OpenAsync();
        for (var i = 0; i < 11; i++)
        {
            await catalog.TakeAsync(fixture.Announce("n1", $"c{i}", $"title {i}"), fixture.Announce("n2", "shared", "shared"));
            await catalog.SealAsync();
        }

        await catalog.TakeAsync(CatalogFixture.Withdraw("n1", "c3"));
        catalog.Changes.Acknowledge(catalog.Changes.Position);
        await fixture.CloseAsync();
        return fixture;
    }

    private static void AssertIsFilled(ContentCatalog catalog)
    {
        Assert.Equal((11, 11), (catalog.Figures.Records, catalog.Figures.Contents));
        Assert.Null(catalog.Find("c3"));
        Assert.Equal(["title 4", "shared"], new[] { "c4", "shared" }.Select(catalog.TitleOf));
    }
}
