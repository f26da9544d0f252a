using Datt.Paid.Benchmarks.Load;

namespace Datt.Paid.Benchmarks.Figures;

/// <summary>
/// Keeps a loaded server busy with one kind of query after the other and prints its process id, for <c>perf</c> or another profiler. Set
/// <c>DOTNET_PerfMapEnabled=1</c> beforehand for names of compiled methods.
/// </summary>
internal static class SearchProfile
{
    public static async Task RunAsync(Options options)
    {
        using var bench = new Workbench(options);
        var loaded = await bench.LoadedAsync();
        var (heavy, light, rare) = bench.Queries();
        using var server = bench.StartServer(loaded.Data, "Paid");
        server.WaitUntilQuiet();
        Console.WriteLine($"server process {server.ProcessId}, http://{server.Address}, key {loaded.ApiKey}");
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var set in new[] { light, heavy, rare }.Where(s => options.Only.Count == 0 || options.Only.Contains(s.Name)))
            {
                var requests = HttpRequests.Searches(server.Address, set.Queries, loaded.ApiKey);
                var before = server.ProcessorTime;
                var stretch = server.Search(requests, SearchFigure.Connections, options.Stretch);
                var microseconds = (server.ProcessorTime - before).TotalMicroseconds / stretch.Count;
                Console.WriteLine(
                    $"{set.Name}: {stretch.PerSecond:N0}/s, p50 {stretch.P50:F2} ms, p99 {stretch.P99:F2} ms, {microseconds:F0} of {stretch.Microseconds:F0} microseconds of processor time are the server's");
            }
        }
    }
}
