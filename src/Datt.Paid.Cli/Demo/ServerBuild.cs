using System.Diagnostics;
using Datt.Paid.Cli.Terminal;

namespace Datt.Paid.Cli.Demo;

/// <summary>In a source tree in which no server was built yet, builds it.</summary>
internal static class ServerBuild
{
    /// <summary>The server's project in the tree this program was built in; null elsewhere.</summary>
    public static string? FindProject()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var project = Path.Combine(folder.FullName, "src", "Datt.Paid.Server", "Datt.Paid.Server.csproj");
            if (File.Exists(project))
            {
                return project;
            }
        }

        return null;
    }

    /// <exception cref="CommandFailure">It does not build.</exception>
    public static async Task RunAsync(string project, CancellationToken ct)
    {
        var start = new ProcessStartInfo(ServerProcess.DotnetHost())
        {
            ArgumentList = { "build", project, "-c", "Release", "-v", "quiet", "-nologo" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var build = Process.Start(start)!;
        try
        {
            var output = build.StandardOutput.ReadToEndAsync(ct);
            var error = build.StandardError.ReadToEndAsync(ct);
            await build.WaitForExitAsync(ct).ConfigureAwait(false);
            if (build.ExitCode != 0)
            {
                throw new CommandFailure(ExitCode.Failure, "no_server", $"The server does not build:\n{await output.ConfigureAwait(false)}{await error.ConfigureAwait(false)}");
            }
        }
        finally
        {
            if (!build.HasExited)
            {
                build.Kill(entireProcessTree: true);
            }
        }
    }
}
