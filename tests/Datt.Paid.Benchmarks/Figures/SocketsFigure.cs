using System.Diagnostics;
using System.Globalization;
using System.Net;
using Datt.Paid.Benchmarks.Load;
using Datt.Paid.Benchmarks.Peers;

namespace Datt.Paid.Benchmarks.Figures;

/// <summary>Idle PeerJS sockets that beat every five seconds: memory for each further one, and processor time, beside npm's <c>peer</c>.</summary>
internal static class SocketsFigure
{
    public const string Name = "sockets";

    private const int Few = 500;

    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(20);

    public static async Task<IReadOnlyList<FigureResult>> MeasureAsync(Workbench bench)
    {
        var many = bench.Options.Sockets;
        Cost ours;
        using (var server = bench.StartServer(bench.Fresh("sockets"), "Free"))
            ours = await MeasureAsync(server.Address, server.ProcessId, many);
        Workbench.Say($"  sockets, ours: {ours}");
        var results = new List<FigureResult>();
        using var peer = NpmPeer.Start(out var whyNot);
        var beside = $"npm peer skipped: {whyNot}";
        if (peer is not null)
        {
            var theirs = await MeasureAsync(peer.Address, peer.ProcessId, many);
            Workbench.Say($"  sockets, npm peer: {theirs}");
            beside = $"npm peer: {theirs}";
            results.Add(new FigureResult(
                $"{many:N0} idle PeerJS sockets, processor time", 1.5, true, "x", Spread.Of([ours.SecondsPerMinute / theirs.SecondsPerMinute]), ours.ToString(), beside));
        }
        results.Insert(0, new FigureResult($"{many:N0} idle PeerJS sockets, resident for each further one", 12_288, true, "bytes", Spread.Of([ours.BytesEach]), ours.ToString(), beside));
        return results;
    }

    private static async Task<Cost> MeasureAsync(IPEndPoint server, int processId, int many)
    {
        var sockets = new List<PeerSocket>();
        using var stop = new CancellationTokenSource();
        var beating = Task.CompletedTask;
        try
        {
            await OpenAsync(server, sockets, Few, stop.Token);
            beating = BeatAsync(sockets, stop.Token);
            await Task.Delay(Settle);
            var few = ResidentBytes(processId);
            await OpenAsync(server, sockets, many, stop.Token);
            await Task.Delay(Settle);
            using var process = Process.GetProcessById(processId);
            var before = process.TotalProcessorTime;
            await Task.Delay(Measured);
            process.Refresh();
            var seconds = (process.TotalProcessorTime - before).TotalSeconds;
            return new Cost((ResidentBytes(processId) - few) / (many - Few), seconds * (60 / Measured.TotalSeconds));
        }
        finally
        {
            await stop.CancelAsync();
            await beating;
            foreach (var socket in sockets)
                socket.Dispose();
        }
    }

    private static async Task OpenAsync(IPEndPoint server, List<PeerSocket> sockets, int until, CancellationToken ct)
    {
        while (sockets.Count < until)
        {
            var next = Enumerable.Range(sockets.Count, Math.Min(50, until - sockets.Count)).Select(_ => new PeerSocket()).ToArray();
            await Task.WhenAll(next.Select((socket, i) => socket.OpenAsync(server, $"peer-{sockets.Count + i}", ct)));
            lock (sockets)
                sockets.AddRange(next);
        }
    }

    // Evenly over the five seconds, as clients that came at any time.
    private static async Task BeatAsync(List<PeerSocket> sockets, CancellationToken stop)
    {
        const int Slices = 100;
        using var timer = new PeriodicTimer(Beat / Slices);
        try
        {
            for (var slice = 0; await timer.WaitForNextTickAsync(stop); slice = (slice + 1) % Slices)
            {
                PeerSocket[] all;
                lock (sockets)
                    all = [.. sockets];
                for (var i = slice; i < all.Length; i += Slices)
                    await all[i].BeatAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The measurement is over.
        }
    }

    private static double ResidentBytes(int processId)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1_024.0;
    }

    private sealed record Cost(double BytesEach, double SecondsPerMinute)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{BytesEach:N0} bytes each, {SecondsPerMinute:F2} processor seconds a minute");
    }
}
