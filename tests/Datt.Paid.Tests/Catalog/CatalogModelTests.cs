using Datt.Paid.Catalog;
using Datt.Paid.Catalog.Feed;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Protocol.Runs;
using FsCheck;
using FsCheck.Fluent;

namespace Datt.Paid.Tests.Catalog;

/// <summary>Random stories against a dictionary: whatever happens in between, the catalog says what was acknowledged last.</summary>
public class CatalogModelTests
{
    private enum Kind
    {
        Announce,
        AnnounceMany,
        Withdraw,
        Forget,
        Seal,
        Checkpoint,
        Reopen,
        Crash,
        Pass,
    }

    private readonly record struct Step(Kind Kind, int Node, int Content, int Title);

    private static readonly Gen<Kind> _kinds = Gen.Frequency(
        (12, Gen.Constant(Kind.Announce)), (3, Gen.Constant(Kind.AnnounceMany)), (6, Gen.Constant(Kind.Withdraw)), (1, Gen.Constant(Kind.Forget)),
        (8, Gen.Constant(Kind.Seal)), (2, Gen.Constant(Kind.Checkpoint)), (1, Gen.Constant(Kind.Reopen)), (2, Gen.Constant(Kind.Crash)),
        (3, Gen.Constant(Kind.Pass)));

    private static readonly Gen<Step> _steps =
        from kind in _kinds
        from node in Gen.Choose(0, 5)
        from content in Gen.Choose(0, 7)
        from title in Gen.Choose(0, 2)
        select new Step(kind, node, content, title);

    [Fact]
    public void The_catalog_behaves_like_a_dictionary()
    {
        var stories = _steps.ArrayOf(120).ToArbitrary();
        Prop.ForAll(stories, story => RunAsync(story).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(12));
    }

    private static async Task RunAsync(Step[] story)
    {
        await using var fixture = new CatalogFixture(new FragileFiles());
        var model = new Dictionary<(string Node, string Content), (string Title, long At)>();
        var random = new Random(story.Length);
        var catalog = await fixture.OpenAsync();
        foreach (var step in story)
        {
            switch (step.Kind)
            {
                case Kind.Announce:
                    await AnnounceAsync(step);
                    break;
                case Kind.AnnounceMany:
                    for (var node = 0; node <= step.Node; node++)
                        await AnnounceAsync(step with { Node = node });
                    break;
                case Kind.Withdraw:
                    await catalog.TakeAsync(CatalogFixture.Withdraw($"n{step.Node}", $"c{step.Content}"));
                    model.Remove(($"n{step.Node}", $"c{step.Content}"));
                    break;
                case Kind.Forget:
                    var expected = model.Keys.Count(k => k.Node == $"n{step.Node}");
                    Assert.Equal(expected, await catalog.ForgetNodeAsync($"n{step.Node}", CancellationToken.None));
                    foreach (var key in model.Keys.Where(k => k.Node == $"n{step.Node}").ToList())
                        model.Remove(key);
                    break;
                case Kind.Seal:
                    await catalog.SealAsync();
                    AssertRunsHold(fixture, catalog, model);
                    break;
                case Kind.Checkpoint:
                    await catalog.CheckpointAsync();
                    break;
                case Kind.Pass:
                    fixture.Time.Advance(TimeSpan.FromMilliseconds(20));
                    break;
                case Kind.Reopen:
                    catalog = await fixture.ReopenAsync();
                    break;
                case Kind.Crash:
                    var files = (FragileFiles)fixture.Files;
                    files.CutPower();
                    await fixture.CloseAsync();
                    files.Restore(fixture.Directory, random);
                    fixture.Files = new FragileFiles();
                    catalog = await fixture.OpenAsync();
                    break;
            }

            AssertIs(catalog, model);
        }

        async Task AnnounceAsync(Step step)
        {
            var statement = fixture.Announce($"n{step.Node}", $"c{step.Content}", $"title {step.Title}");
            await catalog.TakeAsync(statement);
            var key = (statement.NodeId, statement.ContentId);
            // What stands word for word keeps its time.
            if (!model.TryGetValue(key, out var standing) || standing.Title != statement.Description!.Title)
                model[key] = (statement.Description!.Title, fixture.Time.GetUtcNow().ToUnixTimeMilliseconds());
        }
    }

    private static void AssertIs(ContentCatalog catalog, Dictionary<(string Node, string Content), (string Title, long At)> model)
    {
        Assert.Equal(model.Count, catalog.Figures.Records);
        Assert.Equal(model.Keys.Select(k => ContentKey.Of(k.Content)).ToHashSet(), catalog.Keys().ToHashSet());
        Assert.Equal(model.Keys.Select(k => k.Node).Distinct().Count(), catalog.Figures.Nodes);
        foreach (var content in model.GroupBy(m => m.Key.Content))
        {
            var entry = catalog.Find(content.Key)!;
            Assert.Equal(
                content.Select(c => (c.Key.Node, c.Value.At)).ToHashSet(),
                entry.Holders.Select(h => (h.Node.NodeId, h.AnnouncedAt.ToUnixTimeMilliseconds())).ToHashSet());
            Assert.Equal(content.Count(), entry.HolderCount);
            Assert.Equal(Shown(content.Select(c => c.Value)), entry.Description.Title);
        }
    }

    /// <summary>The rule of the description shown, said in the plainest way.</summary>
    private static string Shown(IEnumerable<(string Title, long At)> given) => given
        .GroupBy(g => g.Title)
        .OrderByDescending(g => g.Count())
        .ThenBy(g => g.Min(h => h.At))
        .ThenBy(g => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(DescriptionCodec.Encode(new Description { Title = g.Key }))), StringComparer.Ordinal)
        .First().Key;

    private static void AssertRunsHold(
        CatalogFixture fixture, ContentCatalog catalog, Dictionary<(string Node, string Content), (string Title, long At)> model)
    {
        if (catalog.Manifest is not { Manifest: var manifest })
            return;
        Assert.Equal(model.Count, manifest.Live);
        var held = new Dictionary<(string, string), (string, long)>();
        foreach (var run in manifest.Runs)
        {
            var bytes = File.ReadAllBytes(new FeedDirectory(Path.Combine(fixture.Directory, "feed")).Run(run.Id));
            Assert.True(RunReader.TryOpen(new MemoryRunBytes(bytes), out var reader, out _));
            using var cursor = reader.Records();
            while (cursor.MoveNext())
            {
                var record = cursor.Current.ToRecord();
                if (record.Description is null)
                    held.Remove((record.NodeId, record.ContentId));
                else
                    held[(record.NodeId, record.ContentId)] = (record.Description.Title, record.AnnouncedAt);
            }
        }

        Assert.Equal(model.OrderBy(m => m.Key).ToArray(), held.Select(h => KeyValuePair.Create(h.Key, h.Value)).OrderBy(h => h.Key).ToArray());
    }
}
