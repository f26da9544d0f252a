using System.Diagnostics;
using Datt.Paid.Tests.Architecture;

namespace Datt.Paid.Browser.Running;

/// <summary>A package of npm, in a cache of these tests.</summary>
public static class NpmPackage
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>The text of a file of a package; the test is skipped where it cannot be had.</summary>
    public static async Task<string> ReadAsync(string package, string version, string file)
    {
        var folder = Path.Combine(Repository.Root, "artifacts", "npm", $"{package}-{version}");
        var path = Path.Combine(folder, "node_modules", package, file);
        if (!File.Exists(path))
            await InstallAsync(folder, $"{package}@{version}");
        return await File.ReadAllTextAsync(path);
    }

    private static async Task InstallAsync(string folder, string package)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "package.json"), "{}");
        var start = new ProcessStartInfo("npm", ["install", package, "--no-audit", "--no-fund", "--ignore-scripts"])
        {
            WorkingDirectory = folder,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        try
        {
            using var npm = Process.Start(start)!;
            using var deadline = new CancellationTokenSource(Patience);
            var errors = npm.StandardError.ReadToEndAsync(deadline.Token);
            _ = npm.StandardOutput.ReadToEndAsync(deadline.Token);
            await npm.WaitForExitAsync(deadline.Token);
            Assert.SkipUnless(npm.ExitCode == 0, $"npm cannot install {package}: {await errors}");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("npm is not installed.");
        }
    }
}
