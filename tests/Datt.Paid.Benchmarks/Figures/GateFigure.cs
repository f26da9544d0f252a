using Datt.Paid.Benchmarks.Load;
using Datt.Paid.Benchmarks.Servers;

namespace Datt.Paid.Benchmarks.Figures;

/// <summary>
/// Processor time of the server per search with the gate (access paid, with a key) against without (access free, no key), taking turns
/// between two servers on the same records. Compiled code differs a little from process to process, so each round has fresh ones.
/// </summary>
internal static class GateFigure
{
    public const string Name = "gate";

    private const int WarmUps = 4;
    private const int TurnsPerRound = 12;

    public static async Task<IReadOnlyList<FigureResult>> MeasureAsync(Workbench bench)
    {
        var loaded = await bench.LoadedAsync();
        var queries = bench.Queries().Light.Queries;
        var copy = bench.Fresh("server-free");
        foreach (var file in Directory.EnumerateFiles(loaded.Data, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(loaded.Data, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        List<double> with = [], without = [];
        for (var round = 0; round < bench.Options.Rounds; round++)
        {
            using var paid = bench.StartServer(loaded.Data, "Paid");
            using var free = bench.StartServer(copy, "Free");
            paid.WaitUntilQuiet();
            free.WaitUntilQuiet();
            var gated = HttpRequests.Searches(paid.Address, queries, loaded.ApiKey);
            var open = HttpRequests.Searches(free.Address, queries, null);
            for (var warmUp = 0; warmUp < WarmUps; warmUp++)
            {
                MicrosecondsPerRequest(paid, gated, bench.Options.Stretch);
                MicrosecondsPerRequest(free, open, bench.Options.Stretch);
            }
            // Many short turns: the machine's speed changes within seconds.
            var turnTime = bench.Options.Stretch / 3;
            double paidSum = 0, freeSum = 0;
            for (var turn = 0; turn < TurnsPerRound; turn++)
            {
                var paidFirst = turn % 2 == 0;
                if (paidFirst)
                    paidSum += MicrosecondsPerRequest(paid, gated, turnTime);
                freeSum += MicrosecondsPerRequest(free, open, turnTime);
                if (!paidFirst)
                    paidSum += MicrosecondsPerRequest(paid, gated, turnTime);
            }
            with.Add(paidSum / TurnsPerRound);
            without.Add(freeSum / TurnsPerRound);
            Workbench.Say($"  gate round {round + 1}: {with[^1]:F1} microseconds with, {without[^1]:F1} without");
        }
        var more = with.Zip(without, (w, o) => (w / o - 1) * 100);
        return
        [
            new FigureResult(
                "processor time of a light search with the gate, more than without", 3, true, "%", Spread.Of(more),
                $"{Spread.Of(with).Show("0.0")} microseconds", $"free access, no key: {Spread.Of(without).Show("0.0")} microseconds"),
        ];
    }

    private static double MicrosecondsPerRequest(ServerProcess server, byte[][] requests, TimeSpan time)
    {
        var before = server.ProcessorTime;
        var stretch = LoadRun.Http(server.Address, requests, SearchFigure.Connections, time);
        return (server.ProcessorTime - before).TotalMicroseconds / stretch.Count;
    }
}
