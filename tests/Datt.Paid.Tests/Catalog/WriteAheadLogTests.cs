using Datt.Paid.Catalog;

namespace Datt.Paid.Tests.Catalog;

public class WriteAheadLogTests
{
    [Fact]
    public async Task A_tail_torn_at_any_byte_loses_only_the_last_record()
    {
        await using var fixture = new CatalogFixture();
        var (whole, lengths) = await WriteAsync(fixture, "first", "second");
        for (var length = lengths[0]; length <= whole.Length; length++)
        {
            var catalog = await OpenWithAsync(fixture, whole[..length]);

            Assert.Equal(["first", length == whole.Length ? "second" : null], new[] { "first", "second" }.Select(catalog.TitleOf));
            await catalog.TakeAsync(fixture.Announce("n1", "third", "third"));
            Assert.Equal("third", (await fixture.ReopenAsync()).TitleOf("third"));
        }
    }

    [Fact]
    public async Task A_log_of_which_not_even_the_header_arrived_is_begun_anew()
    {
        await using var fixture = new CatalogFixture();
        var (whole, _) = await WriteAsync(fixture, "first");
        for (var length = 0; length < 20; length++)
        {
            var catalog = await OpenWithAsync(fixture, whole[..length]);

            Assert.Equal(0, catalog.Figures.Records);
            await catalog.TakeAsync(fixture.Announce("n1", "first", "first"));
        }
    }

    [Fact]
    public async Task A_damaged_record_that_was_once_durable_is_reported_with_its_place()
    {
        await using var fixture = new CatalogFixture();
        var (whole, lengths) = await WriteAsync(fixture, "first", "second", "third");
        for (var at = lengths[0]; at < lengths[1]; at++)
        {
            var damaged = whole.ToArray();
            damaged[at] ^= 0x10;

            var error = await Assert.ThrowsAsync<CatalogDamagedException>(() => OpenWithAsync(fixture, damaged));

            Assert.Contains($"at byte {lengths[0]}", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_group_torn_in_the_middle_is_no_damage()
    {
        await using var fixture = new CatalogFixture();
        var catalog = await fixture.OpenAsync();
        await catalog.TakeAsync(fixture.Announce("n1", "first", "first"));
        var start = (int)new FileInfo(LogOf(fixture)).Length;
        await catalog.TakeAsync([.. Enumerable.Range(0, 10).Select(i => fixture.Announce("n1", $"c{i}", "title"))]);
        var torn = File.ReadAllBytes(LogOf(fixture));
        // The later pages of one write may reach the disk before the earlier ones.
        torn.AsSpan(start + 100, 50).Clear();

        catalog = await OpenWithAsync(fixture, torn);

        Assert.Equal("first", catalog.TitleOf("first"));
        Assert.InRange(catalog.Figures.Records, 1, 10);
    }

    [Fact]
    public async Task Segments_go_once_they_are_sealed_and_saved()
    {
        await using var fixture = new CatalogFixture();
        var catalog = await fixture.OpenAsync();
        var summary = new string('x', 29_000);
        for (var i = 0; i < 3; i++)
            await catalog.TakeAsync([.. Enumerable.Range(0, 600).Select(j => fixture.Announce("n1", $"c{i}-{j}", "title", summary))]);
        var log = Path.Combine(fixture.Directory, "feed", "wal");
        Assert.True(Directory.GetFiles(log).Length > 1);

        await catalog.SealAsync();
        Assert.True(Directory.GetFiles(log).Length > 1);
        await catalog.CheckpointAsync();

        Assert.Single(Directory.GetFiles(log));
        Assert.Equal(1_800, (await fixture.ReopenAsync()).Figures.Records);
    }

    private static string LogOf(CatalogFixture fixture) => Assert.Single(Directory.GetFiles(Path.Combine(fixture.Directory, "feed", "wal")));

    /// <summary>The log after each content was appended on its own, and how long it was each time.</summary>
    private static async Task<(byte[] Log, List<int> Lengths)> WriteAsync(CatalogFixture fixture, params string[] contents)
    {
        var catalog = await fixture.OpenAsync();
        var lengths = new List<int>();
        foreach (var content in contents)
        {
            await catalog.TakeAsync(fixture.Announce("n1", content, content));
            lengths.Add((int)new FileInfo(LogOf(fixture)).Length);
        }

        return (File.ReadAllBytes(LogOf(fixture)), lengths);
    }

    /// <summary>Opens a data directory that holds nothing but this log.</summary>
    private static async Task<ContentCatalog> OpenWithAsync(CatalogFixture fixture, byte[] log)
    {
        await fixture.CloseAsync();
        Directory.Delete(fixture.Directory, recursive: true);
        var path = Directory.CreateDirectory(Path.Combine(fixture.Directory, "feed", "wal")).FullName;
        File.WriteAllBytes(Path.Combine(path, "0000000000000001.wal"), log);
        return await fixture.OpenAsync();
    }
}
