using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Datt.Paid.Benchmarks.Load;
using Datt.Paid.Benchmarks.Servers;

namespace Datt.Paid.Benchmarks.Figures;

/// <summary>
/// 500 pairs of peers that call each other every five seconds, each at a moment of its own: an offer, an answer, and ten candidates each way. From
/// the sending to the arrival of each message, in one server and across two.
/// </summary>
internal static class SignallingFigure
{
    public const string Name = "signalling";

    private const int Pairs = 500;
    private const int Candidates = 10;

    private static readonly TimeSpan Between = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(15);

    public static async Task<IReadOnlyList<FigureResult>> MeasureAsync(Workbench bench)
    {
        using var one = bench.StartServer(bench.Fresh("signalling-1"), "Free");
        var here = await MeasureAsync("one server", one.Address, one.Address);
        using var two = ServerProcess.Start(bench.ServerAssembly, bench.Fresh("signalling-2"), "Free", new()
        {
            ["Datt__Bootstrap__0"] = $"http://{one.Address}",
        });
        var across = await MeasureAsync("two servers", one.Address, two.Address);
        return
        [
            Result("one server", 20, here), Result("two servers", 50, across),
        ];
    }

    private static FigureResult Result(string where, double goal, double[] milliseconds) => new(
        $"signalling of {Pairs} pairs, {where}, p99", goal, true, "ms", Spread.Of([At(milliseconds, 0.99)]),
        string.Create(CultureInfo.InvariantCulture, $"p50 {At(milliseconds, 0.5):F1} ms, largest {milliseconds[^1]:F0} ms, {milliseconds.Length:N0} messages"));

    private static double At(double[] sorted, double share) => sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];

    private static async Task<double[]> MeasureAsync(string where, IPEndPoint first, IPEndPoint second)
    {
        var times = new ConcurrentQueue<double>();
        using var stop = new CancellationTokenSource();
        var pairs = new List<Pair>();
        try
        {
            for (var i = 0; i < Pairs; i++)
            {
                var pair = new Pair($"{where[0]}a{i}", $"{where[0]}b{i}", times);
                pairs.Add(pair);
                await pair.OpenAsync(first, second, stop.Token);
            }
            var random = new Random(1);
            var calling = pairs.Select(pair => pair.CallAsync(Between * random.NextDouble(), stop.Token)).ToArray();
            await Task.Delay(WarmUp);
            times.Clear();
            await Task.Delay(Measured);
            var measured = times.Order().ToArray();
            await stop.CancelAsync();
            await Task.WhenAll(calling);
            var expected = (2 + (2 * Candidates)) * Pairs * (Measured / Between);
            if (measured.Length < expected * 0.9)
                throw new InvalidOperationException($"Only {measured.Length} of {expected} messages arrived ({where}).");
            Workbench.Say(string.Create(CultureInfo.InvariantCulture, $"  signalling, {where}: p50 {At(measured, 0.5):F2} ms, p99 {At(measured, 0.99):F2} ms"));
            return measured;
        }
        finally
        {
            foreach (var pair in pairs)
                pair.Dispose();
        }
    }

    private sealed class Pair(string a, string b, ConcurrentQueue<double> times) : IDisposable
    {
        private static readonly string Sdp = new('s', 2_000);
        private static readonly string Candidate = new('c', 150);

        private readonly PeerSocket _a = new();
        private readonly PeerSocket _b = new();

        public async Task OpenAsync(IPEndPoint first, IPEndPoint second, CancellationToken ct)
        {
            await _a.OpenAsync(first, a, ct);
            await _b.OpenAsync(second, b, ct);
            _ = _a.ReceiveAsync(Arrived);
            _ = _b.ReceiveAsync(message =>
            {
                Arrived(message);
                if (message.Span.IndexOf("\"OFFER\""u8) >= 0)
                    _ = AnswerAsync();
            });
        }

        public async Task CallAsync(TimeSpan first, CancellationToken stop)
        {
            try
            {
                await Task.Delay(first, stop);
                using var timer = new PeriodicTimer(Between);
                do
                {
                    await _a.SendAsync(Message("OFFER", b, Sdp));
                    for (var i = 0; i < Candidates; i++)
                        await _a.SendAsync(Message("CANDIDATE", b, Candidate));
                    await _a.BeatAsync();
                }
                while (await timer.WaitForNextTickAsync(stop));
            }
            catch (OperationCanceledException)
            {
                // The measurement is over.
            }
        }

        public void Dispose()
        {
            _a.Dispose();
            _b.Dispose();
        }

        private async Task AnswerAsync()
        {
            await _b.SendAsync(Message("ANSWER", a, Sdp));
            for (var i = 0; i < Candidates; i++)
                await _b.SendAsync(Message("CANDIDATE", a, Candidate));
            await _b.BeatAsync();
        }

        private void Arrived(ReadOnlyMemory<byte> message)
        {
            var at = message.Span.IndexOf("\"sent\":"u8);
            if (at >= 0 && System.Buffers.Text.Utf8Parser.TryParse(message.Span[(at + 7)..], out long sent, out _))
                times.Enqueue(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        }

        private static byte[] Message(string type, string dst, string text) => PeerSocket.Frame(Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $$$"""{"type":"{{{type}}}","dst":"{{{dst}}}","payload":{"sent":{{{Stopwatch.GetTimestamp()}}},"text":"{{{text}}}"}}""")));
    }
}
