using Datt.Paid.Cli.Extraction;

namespace Datt.Paid.Cli.Sharing;

/// <summary>How much of a folder is shared at most.</summary>
public sealed record FolderLimits
{
    /// <summary>Longer files are left out.</summary>
    public long MaxFileBytes { get; init; } = 50 * 1024 * 1024;

    /// <summary>Files beyond this number are left out.</summary>
    public int MaxFiles { get; init; } = 100_000;

    /// <summary>Folders nested deeper are left out.</summary>
    public int MaxDepth { get; init; } = 32;
}

/// <summary>A file found on a walk.</summary>
/// <param name="RelativePath">Below the shared folder.</param>
/// <param name="Size">In bytes.</param>
/// <param name="ModifiedAt">Last change, UTC.</param>
public sealed record FoundFile(string RelativePath, long Size, DateTime ModifiedAt);

/// <summary>What a walk left out, and why.</summary>
public sealed class Skipped
{
    /// <summary>Neither text nor markup by name.</summary>
    public int OtherTypes { get; set; }

    /// <summary>Named like a text and none by content.</summary>
    public int Binary { get; set; }

    /// <summary>Longer than the limit.</summary>
    public int TooLarge { get; set; }

    /// <summary>Without a byte.</summary>
    public int Empty { get; set; }

    /// <summary>Links that lead out of the folder, or to folders.</summary>
    public int Links { get; set; }

    /// <summary>Could not be read, or never stood still while being read.</summary>
    public int Unreadable { get; set; }

    /// <summary>Folders that could not be read.</summary>
    public int UnreadableFolders { get; set; }

    /// <summary>Folders nested too deep.</summary>
    public int TooDeep { get; set; }

    /// <summary>Whether there were more files than the limit.</summary>
    public bool TooMany { get; set; }

    /// <summary>For people: the reasons that occurred, with their counts; empty when nothing was left out.</summary>
    public string Summary()
    {
        (int Count, string What)[] reasons =
        [
            (OtherTypes, "of other types"), (Binary, "binary"), (TooLarge, "too large"), (Empty, "empty"), (Links, "links that lead elsewhere"),
            (Unreadable, "unreadable"), (UnreadableFolders, "unreadable folders"), (TooDeep, "folders nested too deep"),
        ];
        var parts = reasons.Where(r => r.Count > 0).Select(r => $"{r.Count} {r.What}");
        return string.Join(", ", TooMany ? parts.Append("more files than the limit") : parts);
    }
}

/// <summary>One walk through a shared folder, in a fixed order. Hidden files and folders are passed over in silence.</summary>
public sealed class FolderWalk(SharedFolder folder, FolderLimits limits)
{
    /// <summary>What was left out so far.</summary>
    public Skipped Skipped { get; } = new();

    /// <summary>Whether everything was seen: only then does an absent file mean a deleted one.</summary>
    public bool IsComplete => Skipped.UnreadableFolders == 0 && !Skipped.TooMany;

    /// <summary>The files to share, folder by folder, by name.</summary>
    public IEnumerable<FoundFile> Files()
    {
        var open = new Stack<(string Path, int Depth)>();
        open.Push(("", 0));
        var count = 0;
        while (open.TryPop(out var at))
        {
            foreach (var entry in Entries(at.Path))
            {
                var path = Path.Combine(at.Path, entry.Name);
                if (entry is DirectoryInfo)
                {
                    Descend(open, entry, path, at.Depth + 1);
                }
                else if (Shared((FileInfo)entry, path) is { } file)
                {
                    if (count++ == limits.MaxFiles)
                    {
                        Skipped.TooMany = true;
                        yield break;
                    }

                    yield return file;
                }
            }
        }
    }

    private void Descend(Stack<(string Path, int Depth)> open, FileSystemInfo entry, string path, int depth)
    {
        if (entry.LinkTarget is not null)
        {
            Skipped.Links++;
        }
        else if (depth > limits.MaxDepth)
        {
            Skipped.TooDeep++;
        }
        else
        {
            open.Push((path, depth));
        }
    }

    private FoundFile? Shared(FileInfo file, string path)
    {
        if (MediaType.Of(file.Name) is null)
        {
            Skipped.OtherTypes++;
            return null;
        }

        try
        {
            var target = file;
            if (file.LinkTarget is not null)
            {
                if (!folder.Contains(path) || file.ResolveLinkTarget(returnFinalTarget: true) is not FileInfo final)
                {
                    Skipped.Links++;
                    return null;
                }

                target = final;
            }

            return Measured(path, target.Length, target.LastWriteTimeUtc);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Skipped.Unreadable++;
            return null;
        }
    }

    private FoundFile? Measured(string path, long size, DateTime modifiedAt)
    {
        if (size == 0)
        {
            Skipped.Empty++;
            return null;
        }

        if (size > limits.MaxFileBytes)
        {
            Skipped.TooLarge++;
            return null;
        }

        return new FoundFile(path, size, modifiedAt);
    }

    private List<FileSystemInfo> Entries(string relativePath)
    {
        try
        {
            var entries = new DirectoryInfo(folder.FullPath(relativePath)).EnumerateFileSystemInfos()
                .Where(e => e.Name[0] != '.' && (e.Attributes & FileAttributes.Hidden) == 0).ToList();
            entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
            return entries;
        }
        catch (DirectoryNotFoundException) when (relativePath.Length > 0)
        {
            // Deleted since its parent was listed: its files are gone, and that is all.
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Skipped.UnreadableFolders++;
            return [];
        }
    }
}
