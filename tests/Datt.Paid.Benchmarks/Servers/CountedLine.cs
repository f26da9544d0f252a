using System.Net;
using System.Net.Sockets;

namespace Datt.Paid.Benchmarks.Servers;

/// <summary>The way to a server as others see it: counts bytes both ways, and can hold them to a rate.</summary>
internal sealed class CountedLine : IDisposable
{
    private const int Piece = 64 << 10;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly double _bytesPerSecond;
    private readonly Lock _gate = new();
    private long _bytes;
    private double _freeAt;

    /// <param name="bytesPerSecond">Of all answers together; 0: as fast as it goes.</param>
    public CountedLine(double bytesPerSecond = 0)
    {
        _bytesPerSecond = bytesPerSecond;
        _listener.Start();
        Url = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _ = Task.Run(AcceptAsync);
    }

    public string Url { get; }

    /// <summary>Where the server listens.</summary>
    public IPEndPoint? Target { get; set; }

    /// <summary>Bytes both ways so far.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(TcpClient caller)
    {
        using (caller)
        using (var server = new TcpClient())
        {
            try
            {
                await server.ConnectAsync(Target ?? throw new IOException("There is no server yet."));
                (caller.NoDelay, server.NoDelay) = (true, true);
                await Task.WhenAny(CopyAsync(caller.GetStream(), server.GetStream(), 0), CopyAsync(server.GetStream(), caller.GetStream(), _bytesPerSecond));
            }
            catch (Exception end) when (end is IOException or SocketException)
            {
            }
        }
    }

    private async Task CopyAsync(Stream from, Stream to, double bytesPerSecond)
    {
        var buffer = new byte[Piece];
        while (await from.ReadAsync(buffer) is > 0 and var read)
        {
            Interlocked.Add(ref _bytes, read);
            if (bytesPerSecond > 0)
                await Task.Delay(TimeSpan.FromSeconds(Turn(read / bytesPerSecond)));
            await to.WriteAsync(buffer.AsMemory(0, read));
        }
    }

    /// <summary>How long to wait so that all connections together keep to the rate.</summary>
    private double Turn(double takes)
    {
        lock (_gate)
        {
            var now = TimeProvider.System.GetTimestamp() / (double)TimeProvider.System.TimestampFrequency;
            _freeAt = Math.Max(_freeAt, now) + takes;
            return _freeAt - now;
        }
    }
}
