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
        List<double> ours = [], durable = [], theirs = [];
        for (var round = 0; round < bench.Options.Rounds; round++)
        {
            using (var peer = PeerProcess.StartLucene(bench.Fresh("lucene-announce"), "nio", serverGc: true))
                theirs.Add(records / peer.Index(bench.Options.Seed, records, threads: 2));
            var data = bench.Fresh("server");
            using var server = bench.StartServer(data, "Paid");
            using var subscriber = await Subscriber.CreateAsync(server.Address);
            var before = server.ProcessorTime;
            var (acknowledged, searchable) = bench.Announce.Run(server.Address, subscriber.ApiKey);
            ours.Add(records / searchable);
            durable.Add(records / acknowledged);
            bench.Keep(new LoadedServer(data, subscriber.ApiKey));
            Workbench.Say(
                $"  announce round {round + 1}: {ours[^1]:N0}/s until searchable ({durable[^1]:N0}/s until durable, server " +
                $"{(server.ProcessorTime - before).TotalSeconds / searchable:F2} cores, peak {server.Megabytes("VmHWM"):F0} MB), bare {theirs[^1]:N0}/s");
        }
        var mine = $"{Spread.Of(ours).Show("#,0")} records/s; durable at {Spread.Of(durable).Median:N0}/s";
        return
        [
            new FigureResult(
                $"durable bulk announce over HTTP until searchable ({bench.Announce.Bytes / records} bytes of JSON a record), against bare AddDocument",
                0.6, false, "x", Spread.Ratio(ours, theirs), mine, $"Lucene.Net {Spread.Of(theirs).Show("#,0")} records/s"),
            new FigureResult("the same, rate", 15_000, false, "records/s", Spread.Of(ours), mine),
        ];
    }
}
