using Datt.Paid.Benchmarks.Load;

namespace Datt.Paid.Benchmarks.Figures;

/// <summary>How long a loaded server takes from process start to ready, and how much memory it holds while it answers.</summary>
internal static class RestartFigure
{
    public const string Name = "restart";
    public const string Memory = "memory";

    public static async Task<IReadOnlyList<FigureResult>> MeasureAsync(Workbench bench, bool memory)
    {
        var loaded = await bench.LoadedAsync();
        List<double> seconds = [];
        List<double> resident = [], own = [], peak = [];
        var starts = memory ? bench.Options.Rounds : Math.Max(5, bench.Options.Rounds);
        for (var round = 0; round < starts; round++)
        {
            using var server = bench.StartServer(loaded.Data, "Paid");
            seconds.Add(server.ReadyAfter.TotalSeconds);
            if (memory)
            {
                var (heavy, light, _) = bench.Queries();
                foreach (var set in new[] { light, heavy })
                    LoadRun.Http(server.Address, HttpRequests.Searches(server.Address, set.Queries, loaded.ApiKey), SearchFigure.Connections, bench.Options.Stretch);
                resident.Add(server.Megabytes("VmRSS"));
                own.Add(server.Megabytes("RssAnon"));
                peak.Add(server.Megabytes("VmHWM"));
            }
            Workbench.Say(
                $"  restart {round + 1}: ready after {seconds[^1]:F2} s" +
                (memory ? $"; serving: resident {resident[^1]:F0} MB, private {own[^1]:F0} MB, peak {peak[^1]:F0} MB" : ""));
        }
        var results = new List<FigureResult>
        {
            new($"restart to ready with {bench.Options.Records:N0} records", 2, true, "s", Spread.Of(seconds)),
        };
        if (memory)
        {
            results.Add(new FigureResult("memory while serving them, resident", 350, true, "MB", Spread.Of(resident), $"peak {Spread.Of(peak).Median:F0} MB"));
            results.Add(new FigureResult("memory while serving them, private", 200, true, "MB", Spread.Of(own)));
        }
        return results;
    }
}
