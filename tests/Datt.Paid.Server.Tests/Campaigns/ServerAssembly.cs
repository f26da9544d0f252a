using System.Diagnostics;

namespace Datt.Paid.Server.Tests.Campaigns;

/// <summary>The server as it was built with these tests, and how to start it.</summary>
internal static class ServerAssembly
{
    private const string Name = "Datt.Paid.Server.dll";

    /// <summary>Beside the tests when their build put a startable copy there, else in the server's own output of the same configuration.</summary>
    public static string Path { get; } = Find();

    public static ProcessStartInfo StartInfo(string dataDirectory, string[] arguments, IReadOnlyDictionary<string, string>? settings)
    {
        var start = new ProcessStartInfo("dotnet", [Path, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = System.IO.Path.GetDirectoryName(dataDirectory)!,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["Datt__DataDirectory"] = dataDirectory;
        start.Environment["Datt__Payments__Provider"] = "Sandbox";
        start.Environment["Datt__Limits__RequestsPerSecond"] = "0";
        foreach (var (key, value) in settings ?? new Dictionary<string, string>())
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        return start;
    }

    /// <summary>Runs one of the operator's verbs to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string dataDirectory, string verb, CancellationToken ct) =>
        await RunAsync(dataDirectory, [verb], null, ct);

    /// <summary>Runs a verb with arguments and environment to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(
        string dataDirectory, string[] arguments, IReadOnlyDictionary<string, string>? settings, CancellationToken ct)
    {
        using var process = Process.Start(StartInfo(dataDirectory, arguments, settings))!;
        Undertaker.Own(process.Id);
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var errors = process.StandardError.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        Undertaker.Gone(process.Id);
        return (process.ExitCode, await output + await errors);
    }

    private static string Find()
    {
        var here = AppContext.BaseDirectory;
        if (IsStartable(here))
            return System.IO.Path.Combine(here, Name);
        // bin/<configuration>/<framework>/ of the tests: the server's is named alike.
        var framework = new DirectoryInfo(here);
        for (var folder = framework; folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(System.IO.Path.Combine(folder.FullName, "Datt.Paid.sln")))
                continue;
            var built = System.IO.Path.Combine(folder.FullName, "src", "Datt.Paid.Server", "bin", framework.Parent!.Name, framework.Name);
            if (IsStartable(built))
                return System.IO.Path.Combine(built, Name);
        }
        throw new FileNotFoundException($"{Name} with its runtimeconfig was found neither beside the tests nor in the server's output; build the solution.", Name);
    }

    private static bool IsStartable(string folder) =>
        File.Exists(System.IO.Path.Combine(folder, Name)) && File.Exists(System.IO.Path.Combine(folder, "Datt.Paid.Server.runtimeconfig.json"));
}
