using Datt.Paid.Catalog;
using Datt.Paid.Catalog.Feed;
using Datt.Paid.Protocol.Manifests;

namespace Datt.Paid.Tests.Catalog;

public class FeedTests
{
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_manifest_names_the_one_before_and_no_version_is_used_twice()
    {
        await using var fixture = new CatalogFixture();
        for (var opening = 0; opening < 3; opening++)
        {
            var catalog = await fixture.OpenAsync();
            for (var i = 0; i < 10; i++)
            {
                await catalog.TakeAsync(fixture.Announce("n1", $"c{opening}-{i}", "title"));
                await catalog.SealAsync();
            }

            await fixture.CloseAsync();
        }

        var manifests = Manifests(fixture);
        Assert.Equal(Enumerable.Range(1, manifests.Count).Select(v => (long)v), manifests.Select(m => m.Manifest.Version));
        Assert.Equal(manifests.SkipLast(1).Select(m => m.Hash), manifests.Skip(1).Select(m => m.Manifest.Previous!.Value));
        Assert.All(manifests, m => Assert.True(m.IsSignedBy(fixture.Key.PublicKey)));
        Assert.Single(manifests.Select(m => m.Manifest.Epoch).Distinct());
    }

    [Fact]
    public async Task Eight_runs_of_a_level_become_one_of_the_next_without_a_gap()
    {
        await using var fixture = new CatalogFixture();
        var catalog = await fixture.OpenAsync();
        for (var i = 0; i < 8 * 8 + 3; i++)
        {
            await catalog.TakeAsync(fixture.Announce("n1", $"c{i}", "title"), fixture.Announce("n1", "changing", $"title {i}"));
            if (i % 5 == 4)
                await catalog.TakeAsync(CatalogFixture.Withdraw("n1", $"c{i - 1}"));
            await catalog.SealAsync();
        }

        var manifest = catalog.Manifest!.Manifest;

        Assert.Equal([2, 0, 0, 0], manifest.Runs.Select(r => r.Level));
        Assert.Equal(1, manifest.Runs[0].MinSeq);
        Assert.Equal(manifest.Runs.Skip(1).Select(r => r.MinSeq), manifest.Runs.SkipLast(1).Select(r => r.MaxSeq + 1));
        // The first run of the epoch holds no tombstones: what it counts is alive, but for what changed since.
        Assert.Equal(64 - 12 + 1, manifest.Runs[0].Count);
        Assert.Equal(catalog.Figures.Records, manifest.Live);
        await fixture.CloseAsync();
        Assert.Empty(await CatalogMaintenance.VerifyAsync(fixture.Settings, fixture.Key, _cancel));
    }

    [Fact]
    public async Task Merged_away_runs_stay_listed_until_64_newer_ones_of_their_level_went()
    {
        await using var fixture = new CatalogFixture();
        var catalog = await fixture.OpenAsync();
        for (var i = 0; i < 8 * 10; i++)
        {
            await catalog.TakeAsync(fixture.Announce("n1", $"c{i}", "title"));
            await catalog.SealAsync();
        }

        await fixture.CloseAsync();
        var newestManifest = Manifests(fixture)[^1].Manifest;
        var directory = new FeedDirectory(Path.Combine(fixture.Directory, "feed"));
        Assert.True(Retired.TryDecode(File.ReadAllBytes(directory.RetiredList(newestManifest.Retired)), out var retired, out _));

        Assert.Equal(64, retired.Runs.Count(r => r.Level == 0));
        Assert.Equal(80, retired.Runs.Where(r => r.Level == 0).Max(r => r.MaxSeq));
        Assert.Equal(8, retired.Runs.Count(r => r.Level == 1));
        var served = retired.Runs.Concat(newestManifest.Runs).Select(r => directory.Run(r.Id)).Order(StringComparer.Ordinal);
        Assert.Equal(served, Directory.GetFiles(directory.Runs).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_open_part_is_sealed_by_itself_when_it_is_old_enough()
    {
        await using var fixture = new CatalogFixture();
        var catalog = await fixture.OpenAsync();
        await catalog.TakeAsync(fixture.Announce("n1", "a", "A"));
        Assert.Null(catalog.Manifest);

        await Until.TrueAsync(() =>
        {
            fixture.Time.Advance(TimeSpan.FromMilliseconds(100));
            return catalog.Manifest is not null;
        });

        Assert.Equal((1, 1), (catalog.Manifest!.Manifest.Version, catalog.Figures.SealedSeq));
    }

    private static List<SignedManifest> Manifests(CatalogFixture fixture) =>
        [.. new FeedDirectory(Path.Combine(fixture.Directory, "feed")).ManifestFiles().Select(ManifestFile.Decode)];
}
