using Datt.Paid.Catalog.Feed;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Runs;
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

    /// <summary>The newest manifest of the own feed on disk; null where there is none.</summary>
    /// <exception cref="CatalogDamagedException">It is damaged.</exception>
    public static SignedManifest? OwnManifest(CatalogSettings settings) =>
        new FeedDirectory(Path.Combine(settings.Directory, "feed")).ManifestFiles() is [.., var newest] ? ManifestFile.Decode(newest) : null;

    /// <summary>
    /// Takes a newer state of the own feed, which other servers had, and goes on in a new epoch, greater than any seen. What was taken here after that state was
    /// made stays. The table and the index are built anew at the next opening.
    /// </summary>
    /// <param name="settings">Where the catalog is; no server has it open.</param>
    /// <param name="newer">The own manifest that others have.</param>
    /// <param name="pathOf">Where its runs lie, verified.</param>
    /// <returns>The new state.</returns>
    /// <exception cref="CatalogDamagedException">A run is damaged.</exception>
    /// <exception cref="IOException">A file cannot be read or written; the former state stands.</exception>
    public static async Task<SignedManifest> AdoptOwnFeedAsync(
        CatalogSettings settings, ServerKey key, SignedManifest newer, Func<RunInfo, string> pathOf, TimeProvider time, ILogger<ContentCatalog> log, CancellationToken cancel)
    {
        // Opening and closing brings what is only in the log into runs. What it makes is shown to nobody.
        await using (await ContentCatalog.OpenAsync(settings, key, time, log, cancel))
        {
        }

        return await Task.Run(
            () =>
            {
                using var held = DirectoryLock.Take(settings.Directory);
                var now = time.GetUtcNow();
                var epoch = Math.Max(now.ToUnixTimeMilliseconds(), Math.Max(newer.Manifest.Epoch, OwnManifest(settings)?.Manifest.Epoch ?? 0) + 1);
                var signed = new FeedAdoption(FeedFiles.Disk, new(Path.Combine(settings.Directory, "feed")), key).Adopt(newer, pathOf, epoch, now, cancel);
                if (Directory.Exists(CatalogOpening.DerivedDirectory(settings)))
                    Directory.Delete(CatalogOpening.DerivedDirectory(settings), recursive: true);
                return signed;
            },
            cancel);
    }

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
