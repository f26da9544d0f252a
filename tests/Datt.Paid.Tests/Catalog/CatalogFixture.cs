using Datt.Paid.Catalog;
using Datt.Paid.Catalog.Feed;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Records;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Datt.Paid.Tests.Catalog;

/// <summary>A data directory in the temporary folder, a key and a clock that only moves when told.</summary>
internal sealed class CatalogFixture : IAsyncDisposable
{
    public CatalogFixture(FeedFiles? files = null)
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("datt-catalog-").FullName;
        Files = files ?? FeedFiles.Disk;
        Settings = new() { Directory = Directory };
    }

    public string Directory { get; }

    public CatalogSettings Settings { get; }

    public FeedFiles Files { get; set; }

    public ServerKey Key { get; set; } = ServerKey.Create();

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));

    public ContentCatalog? Opened { get; private set; }

    public async Task<ContentCatalog> OpenAsync() =>
        Opened = await ContentCatalog.OpenAsync(Settings, Key, Time, Files, NullLogger<ContentCatalog>.Instance, TestContext.Current.CancellationToken);

    public async Task CloseAsync()
    {
        if (Opened is not null)
            await Opened.DisposeAsync();
        Opened = null;
    }

    public async Task<ContentCatalog> ReopenAsync()
    {
        await CloseAsync();
        return await OpenAsync();
    }

    public Announcement Announce(string node, string contentId, string title, string summary = "", int size = 0)
    {
        var draft = new RecordDraft { ContentId = contentId, Title = title, Summary = summary, Size = size == 0 ? null : size };
        return RecordVerifier.Announce(node, draft, Time.GetUtcNow(), out var announcement, out var problem)
            ? announcement
            : throw new ArgumentException(problem.Detail);
    }

    public static Announcement Withdraw(string node, string contentId) =>
        RecordVerifier.Withdraw(node, contentId, out var announcement, out var problem) ? announcement : throw new ArgumentException(problem.Detail);

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Key.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}

internal static class CatalogCalls
{
    /// <summary>Appends and insists that it was taken.</summary>
    public static async Task<long> TakeAsync(this ContentCatalog catalog, params Announcement[] batch)
    {
        var outcome = await catalog.AppendAsync(batch, TestContext.Current.CancellationToken);
        return Assert.IsType<AppendOutcome.Appended>(outcome).LastPosition;
    }

    public static CatalogEntry? Find(this ContentCatalog catalog, string contentId) =>
        catalog.TryGet(ContentKey.Of(contentId), out var entry) ? entry : null;

    public static string? TitleOf(this ContentCatalog catalog, string contentId) => catalog.Find(contentId)?.Description.Title;
}
