using System.Diagnostics;

namespace Datt.Paid.Server.Tests.Campaigns.Disks;

/// <summary>A small file system in memory, mounted for one test, that can be filled to the last byte. Needs root.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const int BallastFiles = 64;

    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    private string Ballast => System.IO.Path.Combine(Path, "ballast");

    public long FreeBytes => new DriveInfo(Path).AvailableFreeSpace;

    /// <summary>Mounts it; null with the reason where that is not allowed.</summary>
    public static SmallDisk? Mount(int megabytes, out string? reason)
    {
        reason = null;
        if (!OperatingSystem.IsLinux())
            reason = "a tmpfs of a few megabytes can be mounted on Linux only";
        else if (!Environment.IsPrivilegedProcess)
            reason = "mounting a tmpfs needs root";
        if (reason is not null)
            return null;
        var path = Directory.CreateTempSubdirectory("datt-disk-").FullName;
        reason = Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", path);
        if (reason is not null)
        {
            Directory.Delete(path);
            return null;
        }
        Undertaker.Mounted(path);
        return new SmallDisk(path);
    }

    /// <summary>Takes every free byte, and again what was freed since.</summary>
    public void Fill()
    {
        Directory.CreateDirectory(Ballast);
        var megabyte = new byte[1 << 20];
        for (var file = 0; file < BallastFiles; file++)
        {
            try
            {
                using var ballast = new FileStream(System.IO.Path.Combine(Ballast, Guid.NewGuid().ToString("N")), FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
                foreach (var size in (int[])[megabyte.Length, 4096, 1])
                    WriteUntilFull(ballast, megabyte.AsSpan(0, size));
            }
            catch (IOException)
            {
                // Not even a directory entry fits.
            }
            if (FreeBytes == 0)
                return;
        }
    }

    public void Free()
    {
        if (Directory.Exists(Ballast))
            Directory.Delete(Ballast, recursive: true);
    }

    public void Dispose()
    {
        if (Run("umount", "-l", Path) is { } reason)
            throw new IOException($"{Path} stays mounted: {reason}");
        Undertaker.Unmounted(Path);
        Directory.Delete(Path);
    }

    private static void WriteUntilFull(FileStream ballast, ReadOnlySpan<byte> block)
    {
        try
        {
            while (true)
                ballast.Write(block);
        }
        catch (IOException)
        {
            // Full, at this size of block.
        }
    }

    /// <summary>Null when it went well, else what it said.</summary>
    private static string? Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : $"{program}: {said.Trim()}";
    }
}
