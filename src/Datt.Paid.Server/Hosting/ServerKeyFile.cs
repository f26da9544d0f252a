using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Server.Hosting;

/// <summary>The server's private key on disk: PKCS#8, readable by its owner alone. Who loses it loses the server's name.</summary>
public static class ServerKeyFile
{
    /// <summary>Reads the key, or makes one at the first start.</summary>
    /// <exception cref="StartRefused">The file is there but holds no key.</exception>
    public static ServerKey Open(string path)
    {
        if (File.Exists(path))
        {
            return ServerKey.TryImport(File.ReadAllBytes(path), id: null, out var known)
                ? known
                : throw new StartRefused($"{path} does not hold a server key. Restore it from a backup; without it this server gets another id.");
        }
        var key = ServerKey.Create();
        // Written aside and renamed, so that a crash never leaves half a key.
        var aside = path + ".new";
        File.Delete(aside);
        using (var file = new FileStream(aside, Owned()))
        {
            file.Write(key.Export());
            file.Flush(flushToDisk: true);
        }
        File.Move(aside, path);
        return key;
    }

    private static FileStreamOptions Owned()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
}
