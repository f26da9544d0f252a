using System.Diagnostics;
using System.Net;

namespace Datt.Paid.Benchmarks.Load;

/// <summary>What one measured stretch of requests or queries did.</summary>
/// <param name="Count">Requests answered.</param>
/// <param name="Seconds">Wall time from the first request sent to the last answer.</param>
/// <param name="P50">Median latency in milliseconds.</param>
/// <param name="P99">99th percentile of latency in milliseconds.</param>
/// <param name="ProcessorSeconds">Processor time of this process over the stretch.</param>
internal sealed record Stretch(int Count, double Seconds, double P50, double P99, double ProcessorSeconds)
{
    /// <summary>Answers in a second of wall time.</summary>
    public double PerSecond => Count / Seconds;

    /// <summary>Processor time of one answer: what stays comparable when something else takes part of the machine.</summary>
    public double Microseconds => ProcessorSeconds * 1e6 / Count;
}

/// <summary>
/// Runs a list of work items on a fixed number of threads until the time is up, each thread taking the next item; the list starts again
/// when it ends.
/// </summary>
internal static class LoadRun
{
    /// <summary>Requests over one connection per thread; any status but 200 is a fault of the run.</summary>
    public static Stretch Http(IPEndPoint server, byte[][] requests, int connections, TimeSpan time)
    {
        var open = Enumerable.Range(0, connections).Select(_ => new HttpConnection(server)).ToArray();
        try
        {
            return Run(requests.Length, connections, time, (thread, item) =>
            {
                var status = open[thread].Send(requests[item]);
                if (status != 200)
                    throw new InvalidOperationException($"Request {item} was answered with {status}: {System.Text.Encoding.UTF8.GetString(open[thread].Body)}");
            });
        }
        finally
        {
            foreach (var connection in open)
                connection.Dispose();
        }
    }

    /// <param name="items">Length of the list.</param>
    /// <param name="threads">Threads at work.</param>
    /// <param name="time">No item starts later than this after the first.</param>
    /// <param name="work">Called with the number of the thread and of the item.</param>
    public static Stretch Run(int items, int threads, TimeSpan time, Action<int, int> work)
    {
        var next = -1;
        var latencies = Enumerable.Range(0, threads).Select(_ => new List<long>(1 << 16)).ToArray();
        Exception? fault = null;
        var processor = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        var end = start + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var running = Enumerable.Range(0, threads).Select(thread => new Thread(() =>
        {
            try
            {
                var before = Stopwatch.GetTimestamp();
                while (before < end && fault is null)
                {
                    work(thread, (int)((uint)Interlocked.Increment(ref next) % (uint)items));
                    var after = Stopwatch.GetTimestamp();
                    latencies[thread].Add(after - before);
                    before = after;
                }
            }
            catch (Exception e)
            {
                fault = e;
            }
        })).ToArray();
        foreach (var thread in running)
            thread.Start();
        foreach (var thread in running)
            thread.Join();
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var used = (Environment.CpuUsage.TotalTime - processor).TotalSeconds;
        if (fault is not null)
            throw new InvalidOperationException("A measured stretch failed: " + fault.Message, fault);
        var sorted = latencies.SelectMany(l => l).Order().ToArray();
        return new Stretch(sorted.Length, seconds, Quantile(0.5), Quantile(0.99), used);

        double Quantile(double q) => sorted.Length == 0 ? 0 : sorted[(int)(q * (sorted.Length - 1))] * 1000.0 / Stopwatch.Frequency;
    }
}
