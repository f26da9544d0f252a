using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Datt.Paid.Benchmarks.Servers;

namespace Datt.Paid.Benchmarks.Figures;

/// <summary>Nodes that are present by sockets and say nothing else: memory for each further one, and the server's work for all of them.</summary>
internal static class PresenceFigure
{
    public const string Name = "presence";

    // Below the bound of names of one account.
    private const int Few = 500;
    private const int Most = 9_500; // one account may have 10,000 nodes

    private static readonly byte[] Hello = Masked(1, """{"endpoints":["https://node.example/"]}""");
    private static readonly byte[] Pong = Masked(10, "");
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(15);

    public static async Task<IReadOnlyList<FigureResult>> MeasureAsync(Workbench bench)
    {
        var most = Math.Min(Most, bench.Options.Sockets);
        using var server = bench.StartServer(bench.Fresh("presence"), "Free");
        using var subscriber = await Subscriber.CreateAsync(server.Address);
        var sockets = new List<Socket>();
        using var stop = new CancellationTokenSource();
        try
        {
            await OpenAsync(server.Address, subscriber.ApiKey, sockets, Few, stop.Token);
            await Task.Delay(Rest);
            var few = server.Megabytes("VmRSS");
            await OpenAsync(server.Address, subscriber.ApiKey, sockets, most, stop.Token);
            await Task.Delay(Rest);
            var many = server.Megabytes("VmRSS");
            var before = server.ProcessorTime;
            await Task.Delay(Rest);
            var core = (server.ProcessorTime - before).TotalSeconds / Rest.TotalSeconds;
            var each = (many - few) * 1_024 * 1_024 / (most - Few);
            var text = string.Create(CultureInfo.InvariantCulture, $"{few:F0} MB with {Few:N0}, {many:F0} MB with {most:N0}, pings of all: {core:P1} of a core");
            Workbench.Say("  presence: " + text);
            return [new FigureResult("presence sockets, resident for each further one", null, true, "bytes", Spread.Of([each]), text)];
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var socket in sockets)
                socket.Dispose();
        }
    }

    private static async Task OpenAsync(IPEndPoint server, string key, List<Socket> sockets, int until, CancellationToken stop)
    {
        var answer = new byte[1_024];
        while (sockets.Count < until)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            sockets.Add(socket);
            await socket.ConnectAsync(server, stop);
            await socket.SendAsync(Encoding.ASCII.GetBytes(
                $"GET /api/v1/nodes/n{sockets.Count}/presence HTTP/1.1\r\nHost: {server}\r\nAuthorization: Bearer {key}\r\nConnection: Upgrade\r\n" +
                "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"), stop);
            var read = await socket.ReceiveAsync(answer, stop);
            if (!answer.AsSpan(0, read).StartsWith("HTTP/1.1 101 "u8))
                throw new InvalidOperationException($"Socket {sockets.Count} was answered with: {Encoding.ASCII.GetString(answer, 0, read)}");
            await socket.SendAsync(Hello, stop);
            _ = AnswerAsync(socket, stop);
        }
    }

    /// <summary>A pong for whatever comes: the server sends nothing else than pings.</summary>
    private static async Task AnswerAsync(Socket socket, CancellationToken stop)
    {
        var buffer = new byte[32];
        try
        {
            while (await socket.ReceiveAsync(buffer, stop) > 0)
                await socket.SendAsync(Pong, stop);
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The measurement is over.
        }
    }

    private static byte[] Masked(int opcode, string text)
    {
        // A mask of zeros is one too.
        var payload = Encoding.UTF8.GetBytes(text);
        return [(byte)(0x80 | opcode), (byte)(0x80 | payload.Length), 0, 0, 0, 0, .. payload];
    }
}
