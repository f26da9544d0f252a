namespace Datt.Paid.Cli.Sharing;

/// <summary>A folder whose files may be read, and nothing outside it, whatever links stand in it.</summary>
public sealed class SharedFolder
{
    private const int MaxLinks = 8;

    /// <param name="path">An existing folder; a link to one is followed once, here.</param>
    /// <exception cref="DirectoryNotFoundException">It is no folder.</exception>
    public SharedFolder(string path)
    {
        var full = Path.GetFullPath(path);
        if (!Directory.Exists(full))
        {
            throw new DirectoryNotFoundException(
                File.Exists(full) ? $"{full} is a file. Name the folder it is in." : $"{full} does not exist. Name an existing folder.");
        }

        Root = Path.TrimEndingDirectorySeparator(RealPath(full) ?? full);
    }

    /// <summary>Its real path, without links.</summary>
    public string Root { get; }

    /// <summary>Where a file of the folder lies.</summary>
    public string FullPath(string relativePath) => Path.Combine(Root, relativePath);

    /// <summary>Whether a path below the folder still leads to something below it when all links are followed.</summary>
    public bool Contains(string relativePath) =>
        RealPath(FullPath(relativePath)) is { } real && real.StartsWith(Root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>Opens a file for reading; null when it is gone, not readable, or leads out of the folder.</summary>
    public FileStream? TryOpen(string relativePath)
    {
        try
        {
            if (!Contains(relativePath))
            {
                return null;
            }

            return new FileStream(FullPath(relativePath), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete,
                64 * 1024, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The path with every link in it followed; null for a cycle or what does not exist.</summary>
    private static string? RealPath(string path)
    {
        for (var links = 0; links <= MaxLinks; links++)
        {
            var current = Path.GetPathRoot(path)!;
            string? redirected = null;
            var parts = path[current.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
            for (var i = 0; i < parts.Length && redirected is null; i++)
            {
                var next = Path.Combine(current, parts[i]);
                FileSystemInfo info = Directory.Exists(next) ? new DirectoryInfo(next) : new FileInfo(next);
                if (info.LinkTarget is { } target)
                {
                    redirected = Path.GetFullPath(Path.Combine([Path.Combine(current, target), .. parts[(i + 1)..]]));
                }
                else if (!info.Exists)
                {
                    return null;
                }

                current = next;
            }

            if (redirected is null)
            {
                return current;
            }

            path = redirected;
        }

        return null;
    }
}
