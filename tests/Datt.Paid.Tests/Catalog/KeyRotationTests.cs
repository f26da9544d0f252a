using Datt.Paid.Catalog;
using Datt.Paid.Protocol.Manifests;

namespace Datt.Paid.Tests.Catalog;

/// <summary>What a rotated key does to the feed: the same state, signed anew, wherever the power goes meanwhile.</summary>
public sealed class KeyRotationTests
{
    [Fact]
    public async Task The_newest_manifest_is_signed_by_the_new_key_wherever_the_power_goes_before()
    {
        for (long step = 0; ; step++)
        {
            await using var fixture = new CatalogFixture();
            var former = await FillAsync(fixture);
            using var old = fixture.Key;
            fixture.Key = old.Rotate(fixture.Time.GetUtcNow())!;

            var files = new FragileFiles { OperationsLeft = step };
            fixture.Files = files;
            SignedManifest? shown = null;
            try
            {
                shown = (await fixture.OpenAsync()).Manifest;
            }
            catch (IOException)
            {
            }
            var finished = !files.IsOff;
            files.CutPower();
            await fixture.CloseAsync();
            files.Restore(fixture.Directory, new Random((int)step));

            fixture.Files = new FragileFiles();
            var catalog = await fixture.OpenAsync();
            var manifest = catalog.Manifest!;
            Assert.True(manifest.IsSignedBy(fixture.Key.PublicKey), $"operation {step}");
            Assert.False(manifest.IsSignedBy(old.PublicKey));
            Assert.Equal(former.Manifest.Version + 1, manifest.Manifest.Version);
            Assert.Equal(former.Hash, manifest.Manifest.Previous);
            Assert.Equal((former.Manifest.Epoch, former.Manifest.Live, former.Manifest.CreatedAt), (manifest.Manifest.Epoch, manifest.Manifest.Live, manifest.Manifest.CreatedAt));
            Assert.Equal(former.Manifest.Runs, manifest.Manifest.Runs);
            // What anybody saw before the power went is what there is.
            Assert.True(shown is null || shown.Hash == manifest.Hash, $"operation {step}: two manifests of version {manifest.Manifest.Version}");
            Assert.Equal("title 2", catalog.TitleOf("c2"));
            await fixture.CloseAsync();
            Assert.Empty(await CatalogMaintenance.VerifyAsync(fixture.Settings, fixture.Key, TestContext.Current.CancellationToken));
            // A second start with the same key has nothing to sign.
            Assert.Equal(manifest.Hash, (await fixture.OpenAsync()).Manifest!.Hash);
            if (finished)
                return;
        }
    }

    private static async Task<SignedManifest> FillAsync(CatalogFixture fixture)
    {
        var catalog = await fixture.OpenAsync();
        for (var i = 0; i < 3; i++)
        {
            await catalog.TakeAsync(fixture.Announce("n1", $"c{i}", $"title {i}"));
            await catalog.SealAsync();
        }
        var newest = catalog.Manifest!;
        await fixture.CloseAsync();
        return newest;
    }
}
