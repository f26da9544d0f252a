using System.Diagnostics;
using System.Globalization;

namespace Datt.Paid.Server.Tests.Campaigns;

/// <summary>
/// A shell process that outlives the test run: when the run ends in whatever way, its standard input closes, and it kills the
/// servers and unmounts the file systems that were handed to it and not taken back.
/// </summary>
internal static class Undertaker
{
    private const string Script = """
        trap '' INT TERM HUP
        pids=' '; mounts=' '
        while read -r verb what; do
          case $verb in
            own) pids="$pids$what " ;;
            gone) pids=$(printf %s "$pids" | sed "s| $what | |") ;;
            mounted) mounts="$mounts$what " ;;
            unmounted) mounts=$(printf %s "$mounts" | sed "s| $what | |") ;;
          esac
        done
        for p in $pids; do kill -9 "$p" 2>/dev/null; done
        for m in $mounts; do umount -l "$m" 2>/dev/null; done
        """;

    private static readonly Lock Gate = new();
    private static Process? s_shell;

    public static void Own(int processId) => Tell("own", processId.ToString(CultureInfo.InvariantCulture));

    public static void Gone(int processId) => Tell("gone", processId.ToString(CultureInfo.InvariantCulture));

    public static void Mounted(string path) => Tell("mounted", path);

    public static void Unmounted(string path) => Tell("unmounted", path);

    private static void Tell(string verb, string what)
    {
        if (!OperatingSystem.IsLinux())
            return;
        lock (Gate)
        {
            s_shell ??= Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Script]) { RedirectStandardInput = true, UseShellExecute = false })!;
            s_shell.StandardInput.WriteLine($"{verb} {what}");
            s_shell.StandardInput.Flush();
        }
    }
}
