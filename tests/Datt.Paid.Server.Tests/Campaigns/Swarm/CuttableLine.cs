using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Datt.Paid.Server.Tests.Campaigns.Swarm;

/// <summary>
/// The way to a server as the others see it: passes connections on, and tells by the kernel's tables which process one comes from, so that the way between two servers can be cut
/// while that of all others stays open. It can also let bytes through one at a time.
/// </summary>
internal sealed class CuttableLine : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Pipe, bool> _pipes = new();
    private readonly Func<Uri?> _target;
    private readonly Func<IReadOnlyList<int>> _processes;
    private readonly Func<int, bool> _isCut;
    private long _bytes;

    /// <param name="target">Where the server listens; null while there is none.</param>
    /// <param name="processes">Processes that may call.</param>
    /// <param name="isCut">Whether connections of a process are refused now.</param>
    public CuttableLine(Func<Uri?> target, Func<IReadOnlyList<int>> processes, Func<int, bool> isCut)
    {
        _target = target;
        _processes = processes;
        _isCut = isCut;
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _ = Task.Run(AcceptAsync);
    }

    public Uri Address { get; }

    /// <summary>Bytes that went to callers.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Ends the connections of those who are cut off by now.</summary>
    public void Recheck()
    {
        foreach (var pipe in _pipes.Keys.Where(p => _isCut(p.Process)))
            pipe.Close();
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var pipe in _pipes.Keys)
            pipe.Close();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            TcpClient caller;
            try
            {
                caller = await _listener.AcceptTcpClientAsync();
            }
            catch (Exception end) when (end is SocketException or ObjectDisposedException)
            {
                return;
            }
            _ = Task.Run(() => ServeAsync(caller));
        }
    }

    private async Task ServeAsync(TcpClient caller)
    {
        using (caller)
        {
            var process = ProcessOf(((IPEndPoint)caller.Client.RemoteEndPoint!).Port);
            if (_isCut(process) || _target() is not { } target)
                return;
            using var server = new TcpClient();
            var pipe = new Pipe(process, caller, server);
            _pipes[pipe] = true;
            try
            {
                await server.ConnectAsync(target.Host, target.Port);
                var (up, down) = (caller.GetStream(), server.GetStream());
                await Task.WhenAny(up.CopyToAsync(down), CountAsync(down, up));
            }
            catch (Exception end) when (end is IOException or SocketException or ObjectDisposedException)
            {
            }
            finally
            {
                _pipes.TryRemove(pipe, out _);
            }
        }
    }

    private async Task CountAsync(Stream from, Stream to)
    {
        var buffer = new byte[64 << 10];
        while (await from.ReadAsync(buffer) is > 0 and var read)
        {
            Interlocked.Add(ref _bytes, read);
            await to.WriteAsync(buffer.AsMemory(0, read));
        }
    }

    /// <summary>The process that has a connection from this local port; 0 where none is found.</summary>
    private int ProcessOf(int port)
    {
        var wanted = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        string? inode = null;
        foreach (var table in new[] { "/proc/net/tcp", "/proc/net/tcp6" }.Where(File.Exists))
        {
            inode ??= File.ReadLines(table).Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .FirstOrDefault(f => f[1].EndsWith(wanted, StringComparison.Ordinal))?[9];
        }
        if (inode is null)
            return 0;
        var socket = $"socket:[{inode}]";
        foreach (var process in _processes())
        {
            try
            {
                if (Directory.GetFiles($"/proc/{process}/fd").Any(fd => new FileInfo(fd).LinkTarget == socket))
                    return process;
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
            }
        }
        return 0;
    }

    private sealed record Pipe(int Process, TcpClient Caller, TcpClient Server)
    {
        public void Close()
        {
            Caller.Close();
            Server.Close();
        }
    }
}
