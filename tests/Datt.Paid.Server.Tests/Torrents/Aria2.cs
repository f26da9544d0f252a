using System.ComponentModel;
using System.Diagnostics;
using Datt.Paid.Server.Tests.Campaigns;

namespace Datt.Paid.Server.Tests.Torrents;

/// <summary>A client that knows version 1 alone, takes pad files for files, and loads from web seeds.</summary>
internal static class Aria2
{
    /// <summary>Loads everything and ends; the test is skipped where it is not installed.</summary>
    public static async Task LoadAsync(string torrent, string folder)
    {
        var start = new ProcessStartInfo("aria2c",
        [
            "--no-conf", "--enable-dht=false", "--enable-dht6=false", "--bt-enable-lpd=false", "--enable-peer-exchange=false", "--disable-ipv6=true", "--seed-time=0",
            "--bt-stop-timeout=60", "--file-allocation=none", $"--dir={folder}", torrent,
        ])
        {
            RedirectStandardOutput = true,
        };
        using var process = TryStart(start);
        Assert.SkipWhen(process is null, "There is no aria2c; install the package aria2.");
        Undertaker.Own(process.Id);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Undertaker.Gone(process.Id);
        Assert.True(process.ExitCode == 0, output);
    }

    private static Process? TryStart(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
