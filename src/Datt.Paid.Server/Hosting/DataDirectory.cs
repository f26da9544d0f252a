using System.Runtime.Versioning;

namespace Datt.Paid.Server.Hosting;

/// <summary>
/// The directory that holds everything this server keeps, held by one process at a time. Disposing lets the next one in.
/// </summary>
public sealed class DataDirectory : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream held, bool isNew)
    {
        Path = path;
        _lock = held;
        IsNew = isNew;
    }

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>Whether no server ran here before.</summary>
    public bool IsNew { get; }

    /// <summary>The secret that names this server, readable by its owner alone.</summary>
    public string ServerKey => In("server.key");

    /// <summary>A folder with what cookies and forms of the pages are sealed with. Without it everybody is signed out, and nothing else is lost.</summary>
    public string PageKeys => In("page-keys");

    /// <summary>What passes are sealed with; apart from the key, so that passes sold before a rotation go on.</summary>
    public string PassSecret => In("pass.secret");

    /// <summary>The full-text index: derived, may be deleted when the server is stopped.</summary>
    public static string IndexIn(string dataDirectory) => System.IO.Path.Combine(System.IO.Path.GetFullPath(dataDirectory), "index");

    /// <summary>Creates the directory where it is missing and takes it for this process.</summary>
    /// <exception cref="StartRefused">Another process has it, or it cannot be written.</exception>
    public static DataDirectory Take(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        try
        {
            Create(full);
            var isNew = !File.Exists(System.IO.Path.Combine(full, "server.key"));
            var held = new FileStream(System.IO.Path.Combine(full, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new DataDirectory(full, held, isNew);
        }
        catch (UnauthorizedAccessException)
        {
            throw new StartRefused($"The data directory {full} cannot be written by this user. Set Datt:DataDirectory to one that can.");
        }
        catch (IOException) when (File.Exists(System.IO.Path.Combine(full, "lock")))
        {
            throw new StartRefused(
                $"Another process has the data directory {full} open. Stop that server first, or set Datt:DataDirectory to another directory.");
        }
        catch (IOException fault)
        {
            throw new StartRefused($"The data directory {full} cannot be used: {fault.Message}");
        }
    }

    public void Dispose() => _lock.Dispose();

    private string In(string name) => System.IO.Path.Combine(Path, name);

    private static void Create(string full)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(full);
        else
            CreateOwned(full);
    }

    [UnsupportedOSPlatform("windows")]
    private static void CreateOwned(string full) => Directory.CreateDirectory(full, OwnerOnly);
}
