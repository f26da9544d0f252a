namespace Datt.Paid.Catalog.Feed;

/// <summary>
/// The few file operations that durability rests on. What is written counts only after <see cref="FeedFile.Sync"/>; a name that was made, moved or
/// deleted only after <see cref="SyncDirectory"/>. Reading goes to the files directly.
/// </summary>
public abstract class FeedFiles
{
    /// <summary>The file system.</summary>
    public static FeedFiles Disk { get; } = new DiskFiles();

    /// <summary>Makes a new, empty file; one of the same name is emptied.</summary>
    public abstract FeedFile Create(string path);

    /// <summary>Makes a new, empty file that only its owner may read, from its first moment on.</summary>
    /// <exception cref="IOException">There is one of this name.</exception>
    public virtual FeedFile CreatePrivate(string path) => Create(path);

    /// <summary>Opens a file to write on at its end.</summary>
    public abstract FeedFile Open(string path);

    /// <summary>Gives a file another name, replacing what had it, in one step.</summary>
    public abstract void Move(string from, string to);

    public abstract void Delete(string path);

    public abstract void SyncDirectory(string path);

    /// <summary>Makes a directory, durably, with its parents.</summary>
    public virtual void CreateDirectory(string path)
    {
        if (Directory.Exists(path))
            return;
        if (Path.GetDirectoryName(path) is not { Length: > 0 } parent)
        {
            Directory.CreateDirectory(path);
            return;
        }

        CreateDirectory(parent);
        Directory.CreateDirectory(path);
        SyncDirectory(parent);
    }

    /// <summary>Writes a whole file so that its name shows either the old or the new bytes, never a part, and survives a power cut.</summary>
    public void WriteDurably(string path, ReadOnlySpan<byte> bytes)
    {
        var temporary = path + ".tmp";
        using (var file = Create(temporary))
        {
            file.Write(bytes);
            file.Sync();
        }

        Move(temporary, path);
        SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Whether an error says that there is no room (ENOSPC, EDQUOT, ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL).</summary>
    public static bool IsDiskFull(Exception error) =>
        error is IOException && (OperatingSystem.IsWindows() ? (error.HResult & 0xFFFF) is 112 or 39 : error.HResult is 28 or 122);

    /// <summary>An error of a file operation in the words that operators see.</summary>
    public static string Describe(Exception error) => IsDiskFull(error) ? $"disk full: {error.Message}" : $"writing failed: {error.Message}";
}
