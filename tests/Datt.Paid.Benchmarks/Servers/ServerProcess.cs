using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Datt.Paid.Benchmarks.Load;

namespace Datt.Paid.Benchmarks.Servers;

/// <summary>The server as its operator runs it: the Release build in a process of its own, sandbox payments, no limit on rates.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan SettledWithin = TimeSpan.FromMinutes(2);

    private readonly Process _process;

    private ServerProcess(Process process, IPEndPoint address) => (_process, Address) = (process, address);

    public IPEndPoint Address { get; }

    /// <summary>From the start of the process to the first <c>200</c> of <c>/health/ready</c>.</summary>
    public TimeSpan ReadyAfter { get; private set; }

    /// <summary>Processor time of the whole process so far, user and system.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public int ProcessId => _process.Id;

    /// <param name="assembly">The server's assembly.</param>
    /// <param name="data">Its data directory.</param>
    /// <param name="access"><c>Paid</c> or <c>Free</c>.</param>
    /// <param name="environment">Further settings, as environment variables.</param>
    public static ServerProcess Start(string assembly, string data, string access, Dictionary<string, string>? environment = null)
    {
        if (!File.Exists(assembly))
            throw new FileNotFoundException("The server is not built: dotnet build -c Release src/Datt.Paid.Server", assembly);
        Directory.CreateDirectory(data);
        var address = new IPEndPoint(IPAddress.Loopback, FreePort());
        // Through a shell, so that the log goes to a file without a reader here.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec dotnet \"$0\" >>\"$1\" 2>&1", assembly, data.TrimEnd('/') + ".log"]);
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["ASPNETCORE_URLS"] = $"http://{address}";
        start.Environment["Datt__DataDirectory"] = data;
        start.Environment["Datt__Search__Access"] = access;
        start.Environment["Datt__Payments__Provider"] = "Sandbox";
        start.Environment["Datt__Limits__RequestsPerSecond"] = "0";
        // All load comes from one address and one account.
        start.Environment["Datt__Nodes__SocketsPerAccount"] = "15000";
        start.Environment["Datt__Nodes__SocketsPerAddress"] = "15000";
        start.Environment["Serilog__MinimumLevel__Default"] = "Warning";
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        // Servers of one measurement may call each other.
        start.Environment["Datt__Federation__AllowPrivateAddresses"] = "true";
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;
        var began = Stopwatch.GetTimestamp();
        var server = new ServerProcess(Process.Start(start)!, address);
        try
        {
            server.WaitUntilReady(began);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Waits until the server has done what it does when nobody asks, such as merging its index: the peers' indexes have also settled before
    /// they are measured.
    /// </summary>
    public void WaitUntilQuiet()
    {
        var began = Stopwatch.GetTimestamp();
        using var pause = new ManualResetEventSlim();
        for (var quietSeconds = 0; quietSeconds < 6 && Stopwatch.GetElapsedTime(began) < SettledWithin;)
        {
            var before = ProcessorTime;
            pause.Wait(1_000);
            quietSeconds = (ProcessorTime - before).TotalSeconds < 0.1 ? quietSeconds + 1 : 0;
        }
    }

    /// <summary>Searches until the time is up; the processor time is that of the server and of the client together.</summary>
    public Stretch Search(byte[][] requests, int connections, TimeSpan time)
    {
        var before = ProcessorTime;
        var stretch = LoadRun.Http(Address, requests, connections, time);
        return stretch with { ProcessorSeconds = stretch.ProcessorSeconds + (ProcessorTime - before).TotalSeconds };
    }

    /// <summary>A value of <c>/proc/PID/status</c> in megabytes, for example <c>VmRSS</c>.</summary>
    public double Megabytes(string name)
    {
        var line = File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith(name + ":", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Trim(), CultureInfo.InvariantCulture) / 1024.0;
    }

    /// <summary>Asks the server to end, as a service manager would, and waits for it.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            kill.WaitForExit();
            if (!_process.WaitForExit(30_000))
                _process.Kill();
            _process.WaitForExit();
        }
        _process.Dispose();
    }

    private void WaitUntilReady(long began)
    {
        var request = HttpRequests.Get(Address, "/health/ready", null);
        using var pause = new ManualResetEventSlim();
        while (true)
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"The server ended with {_process.ExitCode} before it was ready; its log is beside its data.");
            try
            {
                using var connection = new HttpConnection(Address);
                if (connection.Send(request) == 200)
                {
                    ReadyAfter = Stopwatch.GetElapsedTime(began);
                    return;
                }
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                // Not listening yet.
            }
            if (Stopwatch.GetElapsedTime(began) > ReadyWithin)
                throw new TimeoutException("The server was not ready in time; its log is beside its data.");
            pause.Wait(5);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
