using Datt.Paid.Benchmarks.Load;
using Datt.Paid.Benchmarks.Peers;

namespace Datt.Paid.Benchmarks.Figures;

/// <summary>The peers alone: which directory and which garbage collector suit Lucene.Net on this machine.</summary>
internal static class PeerRates
{
    public static void Measure(Options options)
    {
        using var bench = new Workbench(options);
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var serverGc in new[] { false, true })
            {
                using var peer = PeerProcess.StartLucene(bench.Fresh("lucene-announce"), "nio", serverGc);
                Console.WriteLine($"index: {peer.Name}: {Show(peer.Index(options.Seed, options.Records, 2))}");
            }
        }
        using var sqlite = PeerProcess.StartSqlite(bench.Fresh("sqlite"));
        Console.WriteLine($"index: {sqlite.Name}: {Show(sqlite.Index(options.Seed, options.Records, 1))}");
        var (heavy, light, rare) = bench.Queries();
        List<PeerProcess> peers = [sqlite];
        foreach (var serverGc in new[] { false, true })
        {
            foreach (var store in new[] { "nio", "mmap" })
                peers.Add(PeerProcess.StartLucene(bench.LuceneIndex(), store, serverGc));
        }
        peers.ForEach(p => p.Open());
        for (var round = 0; round < options.Rounds + 1; round++)
        {
            foreach (var set in new[] { heavy, light, rare })
            {
                foreach (var peer in peers)
                {
                    var stretch = peer.Search(bench.QueryFile(set.Name), 2, options.Stretch);
                    Console.WriteLine($"search {(round == 0 ? "warm-up" : $"round {round}")}, {set.Name}: {peer.Name}: {Show(stretch)}, p99 {stretch.P99:F2} ms");
                }
            }
        }
        peers.RemoveAt(0);
        peers.ForEach(p => p.Dispose());
    }

    private static string Show(Stretch stretch) => $"{stretch.PerSecond:N0}/s, {stretch.Microseconds:F0} microseconds of processor time each";
}
