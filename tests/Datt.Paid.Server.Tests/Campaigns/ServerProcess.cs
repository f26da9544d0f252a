using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Campaigns;

/// <summary>
/// The built server as a process of its own on a free loopback port: what a test can kill. It ends with the test at the latest,
/// also when the test run itself dies.
/// </summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int TerminateSignal = 15;
    private static readonly TimeSpan ReadyDeadline = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly HttpClient _probe;
    private readonly Queue<string> _lines;
    private readonly Stopwatch _age = Stopwatch.StartNew();

    private ServerProcess(Process process, Uri address, Queue<string> lines)
    {
        _process = process;
        _lines = lines;
        Address = address;
        _probe = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(5) };
    }

    public Uri Address { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Time since the process was started.</summary>
    public TimeSpan Age => _age.Elapsed;

    /// <summary>The last lines it printed, for the message of a failed test.</summary>
    public string Output
    {
        get
        {
            lock (_lines)
                return string.Join('\n', _lines);
        }
    }

    /// <summary>Resident memory in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>
    /// Starts the server over a data directory and does not wait for it. The settings come on top of those every test wants: sandbox
    /// payments, no limits on rates.
    /// </summary>
    public static ServerProcess Start(string dataDirectory, Uri address, IReadOnlyDictionary<string, string>? settings = null)
    {
        var lines = new Queue<string>();
        var start = ServerAssembly.StartInfo(dataDirectory, [], settings);
        start.Environment["ASPNETCORE_URLS"] = address.ToString();
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, e) => Keep(lines, e.Data);
        process.ErrorDataReceived += (_, e) => Keep(lines, e.Data);
        process.Start();
        Undertaker.Own(process.Id);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new ServerProcess(process, address, lines);
    }

    /// <summary>An address on loopback that was free just now, below the ports that outgoing connections take.</summary>
    public static Uri FreeAddress()
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return new Uri($"http://127.0.0.1:{port}/");
            }
            catch (SocketException)
            {
                // Taken; the next random port will do.
            }
        }
        throw new InvalidOperationException("No free port on loopback in 100 attempts.");
    }

    public async Task<ServerProcess> ReadyAsync(CancellationToken ct)
    {
        await Eventually.HoldsAsync(
            async () =>
            {
                if (_process.HasExited)
                    Assert.Fail($"The server ended with code {_process.ExitCode} before it was ready:\n{Output}");
                return await StatusAsync("/health/ready", ct) == HttpStatusCode.OK;
            },
            ReadyDeadline,
            () => $"/health/ready answers 200; output:\n{Output}",
            ct);
        return this;
    }

    /// <summary>Status of a GET, null where no answer came.</summary>
    public async Task<HttpStatusCode?> StatusAsync(string path, CancellationToken ct)
    {
        try
        {
            using var answer = await _probe.GetAsync(path, ct);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
        catch (TaskCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>kill -9, from any thread, without waiting.</summary>
    public void KillNow()
    {
        if (!_process.HasExited)
            _process.Kill();
    }

    /// <summary>kill -9, and waits until the process is gone.</summary>
    public async Task KillAsync()
    {
        KillNow();
        await _process.WaitForExitAsync(CancellationToken.None);
        Undertaker.Gone(_process.Id);
    }

    /// <summary>Asks it to stop, as a service manager does; <see cref="ExitedAsync"/> waits for it.</summary>
    public void Terminate()
    {
        if (!_process.HasExited)
            _ = SendSignal(_process.Id, TerminateSignal);
    }

    /// <summary>The exit code, once it has ended; null when it has not within the deadline.</summary>
    public async Task<int?> ExitedAsync(TimeSpan deadline, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(deadline);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
            Undertaker.Gone(_process.Id);
            return _process.ExitCode;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _probe.Dispose();
        _process.Dispose();
    }

    private static void Keep(Queue<string> lines, string? line)
    {
        if (line is null)
            return;
        lock (lines)
        {
            lines.Enqueue(line);
            if (lines.Count > 200)
                lines.Dequeue();
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int processId, int signal);
}
