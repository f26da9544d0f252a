using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Datt.Paid.Cli.Terminal;
using Datt.Paid.Client;

namespace Datt.Paid.Cli.Demo;

/// <summary>A rendezvous server of our own in another process, with play money, on a free port of this machine; ends with this object.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const string Assembly = "Datt.Paid.Server.dll";
    private const int LinesKept = 40;
    private static readonly TimeSpan StartWithin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly Process _process;
    private readonly Queue<string> _lines = new();

    private ServerProcess(Process process, Uri address) => (_process, Address) = (process, address);

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>The assembly named, else the one built in the same tree as this program; null when there is none.</summary>
    public static string? Find(string? named)
    {
        if (named is not null)
        {
            return File.Exists(named) ? Path.GetFullPath(named) : null;
        }

        var beside = Path.Combine(AppContext.BaseDirectory, Assembly);
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var bin = new DirectoryInfo(Path.Combine(folder.FullName, "src", "Datt.Paid.Server", "bin"));
            if (bin.Exists)
            {
                // The newest build, whatever its configuration.
                return bin.EnumerateFiles(Assembly, SearchOption.AllDirectories)
                    .Where(f => File.Exists(Path.ChangeExtension(f.FullName, ".runtimeconfig.json")))
                    .OrderByDescending(f => f.LastWriteTimeUtc).FirstOrDefault()?.FullName ?? (File.Exists(beside) ? beside : null);
            }
        }

        return File.Exists(beside) ? beside : null;
    }

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <exception cref="CommandFailure">It ended or did not become ready.</exception>
    public static async Task<ServerProcess> StartAsync(string assembly, string dataDirectory, TimeProvider time, CancellationToken ct)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort()}/");
        var start = new ProcessStartInfo(DotnetHost())
        {
            ArgumentList = { assembly, "--urls", address.AbsoluteUri },
            WorkingDirectory = dataDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        start.Environment["Datt__DataDirectory"] = Path.Combine(dataDirectory, "server");
        start.Environment["Datt__Name"] = "demo";
        start.Environment["Datt__Search__Access"] = "Paid";
        start.Environment["Datt__Payments__Provider"] = "Sandbox";
        var server = new ServerProcess(new Process { StartInfo = start }, address);
        server._process.OutputDataReceived += (_, line) => server.Keep(line.Data);
        server._process.ErrorDataReceived += (_, line) => server.Keep(line.Data);
        server._process.Start();
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        try
        {
            await server.ReadyAsync(time, ct).ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync().ConfigureAwait(false);
        }

        _process.Dispose();
    }

    private async Task ReadyAsync(TimeProvider time, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = Address };
        var client = new DattClient(http, new DattClientOptions { MaxRetries = 0, Time = time });
        var start = time.GetTimestamp();
        while (!await client.Server.IsReadyAsync(ct).ConfigureAwait(false))
        {
            if (_process.HasExited || time.GetElapsedTime(start) > StartWithin)
            {
                var what = _process.HasExited ? $"The server ended with code {_process.ExitCode}." : $"The server was not ready within {StartWithin.TotalSeconds:0} s.";
                throw new CommandFailure(ExitCode.Failure, "no_server", $"{what} Its last words:\n{LastLines()}");
            }

            await Task.Delay(Look, time, ct).ConfigureAwait(false);
        }
    }

    private void Keep(string? line)
    {
        lock (_lines)
        {
            if (line is not null)
            {
                _lines.Enqueue(line);
            }

            if (_lines.Count > LinesKept)
            {
                _lines.Dequeue();
            }
        }
    }

    private string LastLines()
    {
        lock (_lines)
        {
            return new StringBuilder().AppendJoin('\n', _lines).ToString();
        }
    }

    /// <summary>The host that runs this program's own runtime.</summary>
    public static string DotnetHost()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        var host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name));
        return File.Exists(host) ? host : name;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
