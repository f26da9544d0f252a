using Datt.Paid.Catalog.Feed;
using Datt.Paid.Protocol.Identity;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Catalog;

/// <summary>What an operator does with the catalog of a stopped server.</summary>
public static class CatalogMaintenance
{
    /// <summary>
    /// Reads the whole feed again: signatures, order of the manifests, ids and contents of all runs, live count, log.
    /// </summary>
    /// <returns>What is wrong, each in one line that names the file; empty when nothing is.</returns>
    /// <exception cref="IOException">The directory cannot be read, or a server has it open.</exception>
    public static Task<IReadOnlyList<string>> VerifyAsync(CatalogSettings settings, ServerKey key, CancellationToken cancel) => Task.Run(
        () =>
        {
            using var held = DirectoryLock.Take(settings.Directory);
            return new FeedVerification(new(Path.Combine(settings.Directory, "feed")), key, cancel).Run();
        },
        cancel);

    /// <summary>
    /// Throws away what is derived from the feed, the table and the descriptions, and builds it anew. The index must then be built anew too:
    /// <see cref="ChangeLog.RebuildNeeded"/> is set at the next opening.
    /// </summary>
    /// <exception cref="CatalogDamagedException">The feed is damaged.</exception>
    /// <exception cref="IOException">A file cannot be read or written, or a server has the directory open.</exception>
    public static async Task<CatalogFigures> ReindexAsync(
        CatalogSettings settings, ServerKey key, TimeProvider time, ILogger<ContentCatalog> log, CancellationToken cancel)
    {
        using (DirectoryLock.Take(settings.Directory))
        {
            if (Directory.Exists(CatalogOpening.DerivedDirectory(settings)))
                Directory.Delete(CatalogOpening.DerivedDirectory(settings), recursive: true);
        }

        await using var catalog = await ContentCatalog.OpenAsync(settings, key, time, log, cancel);
        await catalog.CheckpointAsync();
        return catalog.Figures;
    }
}

/// <summary>Keeps a second process out of a data directory; released with the process, however it ends.</summary>
internal static class DirectoryLock
{
    public static FileStream Take(string directory)
    {
        Directory.CreateDirectory(directory);
        return new(Path.Combine(directory, "catalog.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    }
}
