using Datt.Paid.Benchmarks.Load;
using Datt.Paid.Benchmarks.Peers;
using Datt.Paid.Benchmarks.Servers;

namespace Datt.Paid.Benchmarks.Figures;

/// <summary>
/// Durable bulk announce over HTTP until the last record is found, beside adding the same records to a bare Lucene.Net writer and
/// reopening it. Both start with a fresh process and an empty directory in every round.
/// </summary>
internal static class AnnounceFigure
{
    public const string Name = "announce";

    public static async Task<IReadOnlyList<FigureResult>> MeasureAsync(Workbench bench)
    {
        var records = bench.Options.Records;
        List<double> durable = [];
        List<Stretch> ours = [], theirs = [];
        for (var round = 0; round < bench.Options.Rounds; round++)
        {
            using (var peer = PeerProcess.StartLucene(bench.Fresh("lucene-announce"), "nio", serverGc: true))
                theirs.Add(peer.Index(bench.Options.Seed, records, threads: 2));
            var data = bench.Fresh("server");
            using var server = bench.StartServer(data, "Paid");
            using var subscriber = await Subscriber.CreateAsync(server.Address);
            var before = server.ProcessorTime;
            var (acknowledged, searchable) = bench.Announce.Run(server.Address, subscriber.ApiKey);
            ours.Add(new Stretch(records, searchable, 0, 0, (server.ProcessorTime - before).TotalSeconds));
            durable.Add(records / acknowledged);
            bench.Keep(new LoadedServer(data, subscriber.ApiKey));
            Workbench.Say(
                $"  announce round {round + 1}: {Show(ours[^1])} until searchable ({durable[^1]:N0}/s until durable, peak {server.Megabytes("VmHWM"):F0} MB), " +
                $"bare {Show(theirs[^1])}");
        }
        double[] rates = [.. ours.Select(s => s.PerSecond)], bare = [.. theirs.Select(s => s.PerSecond)];
        var mine = $"{Spread.Of(rates).Show("#,0")} records/s, durable at {Spread.Of(durable).Median:N0}/s, server {Processor(ours):F0} µs each";
        return
        [
            new FigureResult(
                $"durable bulk announce over HTTP until searchable ({bench.Announce.Bytes / records} bytes of JSON a record), against bare AddDocument",
                0.6, false, "x", Spread.Ratio(rates, bare), mine, $"Lucene.Net {Spread.Of(bare).Show("#,0")} records/s, {Processor(theirs):F0} µs each"),
            new FigureResult("the same, rate", 15_000, false, "records/s", Spread.Of(rates), mine),
        ];
    }

    private static double Processor(List<Stretch> stretches) => Spread.Of(stretches.Select(s => s.Microseconds)).Median;

    private static string Show(Stretch stretch) => $"{stretch.PerSecond:N0}/s at {stretch.Microseconds:F0} microseconds of processor time each";
}
